"""E-mail addresses: one spelling per mailbox, and what kind of address it is."""

from __future__ import annotations

from functools import lru_cache

from router.intake.normalise.mail_domains import DISPOSABLE, FREE_MAIL

_SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
}
_DOTS_DO_NOT_COUNT = frozenset({"gmail.com"})
_TAGS_DO_NOT_COUNT = frozenset(
    {
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "icloud.com",
        "me.com",
        "proton.me",
        "fastmail.com",
        "zoho.com",
    }
)
_ADDRESS_MAX = 254  # RFC 5321, 4.5.3.1.3


def read_email(text: str) -> tuple[str, str, str] | None:
    """The address in ``text`` (``A@b.co``, ``Ann <a@b.co>``), or None if there is none.

    Returns:
        The mailbox in the spelling that is digested; its domain; the address's kind: business,
        free_mail or disposable.
    """
    address = text.strip().lower()
    if address.endswith(">"):
        address = address[address.rfind("<") + 1 : -1]
    parts = address.split("@")
    if len(parts) != 2 or len(address) > _ADDRESS_MAX:  # noqa: PLR2004 - mailbox and domain
        return None
    local, domain = parts
    if not local or " " in local:
        return None
    kind = _kind(domain)
    if kind == "business":
        return address, domain, kind
    if kind is None:
        return None
    local, domain = _one_mailbox(local, domain)
    return f"{local}@{domain}", domain, kind


def _one_mailbox(local: str, domain: str) -> tuple[str, str]:
    domain = _SAME_DOMAIN.get(domain, domain)
    if domain in _TAGS_DO_NOT_COUNT:
        local = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        local = local.replace(".", "") or local
    return local, domain


@lru_cache(maxsize=65_536)
def _kind(domain: str) -> str | None:
    """The kind of a lower-case domain; None if it is no domain."""
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels) or not _is_host(domain):  # noqa: PLR2004 - name and top level
        return None
    if domain in FREE_MAIL:
        return "free_mail"
    if domain in DISPOSABLE or ".".join(labels[-2:]) in DISPOSABLE:
        return "disposable"
    return "business"


def _is_host(domain: str) -> bool:
    """Whether it is made of letters, digits, dots and hyphens."""
    letters = domain.replace(".", "").replace("-", "")
    return not letters or letters.isalnum()
