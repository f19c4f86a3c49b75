"""E-mail addresses: one spelling per mailbox, and what kind of address it is.

Tags and dots are cut where a provider delivers the address with and without them to one mailbox,
and nowhere else: at a company ``ann+x@`` may be somebody else. ``docs/marketing.md`` has the rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import idna

from router.core.model.events import ReadProblem
from router.intake.normalise.dummies import DUMMY_ADDRESSES, is_dummy
from router.intake.normalise.mail_domains import kind_of_domain, name_of_provider
from router.intake.normalise.text import clean, is_placeholder

_SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
}
_DOTS_DO_NOT_COUNT = frozenset({"gmail.com"})
_TAG_SIGNS = {
    "gmail": "+",
    "outlook": "+",
    "hotmail": "+",
    "live": "+",
    "msn": "+",
    "icloud": "+",
    "me": "+",
    "mac": "+",
    "proton": "+",
    "fastmail": "+",
    "zoho": "+",
    "zohomail": "+",
    "yahoo": "-",  # no name of theirs has a hyphen: what stands before one is the mailbox's own
    "ymail": "-",
    "rocketmail": "-",
}
"""By a provider's name under any public suffix; read only where the domain is free mail."""

_ADDRESS_MAX = 254  # RFC 5321, 4.5.3.1.3
_ATOM = r"[^\s@,;:<>()\[\]\\\".\x00-\x20]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*").fullmatch
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"')
_AT_WRITTEN = re.compile(r"\s*(?:@|[(\[]at[)\]])\s*")
_COMMENT = re.compile(r"\s+\([^()]*\)$")
_UNUSUAL_STARTS = frozenset(
    """
    nor no- no. no_ no@ don do- do. do_ mai not bou aut nep ne- ne. ne_ nic kei bit non nao nie
    tes na@ noe nom asd abc aa@ aaa xx@ xxx unk und nul
    """.split()  # noqa: SIM905 - quoted parts are harder to read and to extend
)
"""The first three characters of dummies, of what nobody reads, and of what nobody has."""
_NO_REPLY = re.compile(
    r"(?:no[-_.]?repl(?:y|ies)|do[-_.]?not[-_.]?reply|mailer[-_.]?daemon|notifications?"
    r"|bounces?|auto[-_.]?(?:reply|mailer|response)|ne[-_.]?pas[-_.]?repondre"
    r"|no[-_.]?(?:responder|contestar)|(?:bitte[-_.]?)?nicht[-_.]?antworten|keine?[-_.]?antwort"
    r"|non[-_.]?rispondere|nao[-_.]?responda|niet[-_.]?(?:be)?antwoorden)(?:[-_.+0-9].*)?"
)
_NOBODY = re.compile(
    r"(?:none|na|no|test|asdf|abc|aaa?|xxx?|unknown|undefined|null|no[-_.]?e?mail)@"
    r"(?:none|na|no|test|asdf|abc|aaa?|xxx?|unknown|undefined|null|no[-_.]?e?mail|email|mail)\.\w+"
    r"|(?:unknown|undefined|null|no[-_.]?e?mail|no[-_.]?email[-_.]?(?:given|provided))@.+"
)
"""Addresses that people write who give none, such as ``none@none.com``: strangers share them."""

NO_REPLY = "no_reply"


Address = tuple[str, str, str]
"""A mailbox in the spelling that is digested, its domain, and the kind of the address.

Kinds are business, free_mail, disposable and no_reply.
"""


def read_email(text: str, own_kinds: Mapping[str, str] | None = None) -> Address | ReadProblem:
    """The address in ``text`` (``A@b.co``, ``Ann <a@b.co>``, ``mailto:a@b.co``), or why not.

    Args:
        text: one address, with what people and programs put around it.
        own_kinds: kinds of domains that the settings name.
    """
    address = text.strip().lower()
    local, _, domain = address.partition("@")
    kind = kind_of_domain(domain) if _PLAIN_LOCAL(local) else None
    if kind is None:
        found = _mended(text)
        if found.__class__ is ReadProblem:
            return found
        local, domain = found
        address, kind = f"{local}@{domain}", kind_of_domain(domain) or "business"
    if len(address) > _ADDRESS_MAX:
        return ReadProblem.TOO_LONG
    if address[:3] in _UNUSUAL_STARTS:
        if address in DUMMY_ADDRESSES:
            return ReadProblem.DUMMY
        if _NO_REPLY.fullmatch(local):
            return address, domain, NO_REPLY
        if _NOBODY.fullmatch(address):
            return ReadProblem.FILLER
    if own_kinds:
        kind = own_kinds.get(domain, kind)
    if kind == "business":
        return address, domain, kind
    local, domain = _one_mailbox(local, domain)
    return f"{local}@{domain}", domain, kind


@lru_cache(maxsize=4_096)
def _mended(text: str) -> tuple[str, str] | ReadProblem:
    """Mailbox and domain of an address that is not plain."""
    if is_placeholder(text):
        return ReadProblem.PLACEHOLDER
    if is_dummy(text):
        return ReadProblem.DUMMY
    address = clean(unicodedata.normalize("NFKC", text)).lower()
    if address.endswith(">"):
        address = address[address.rfind("<") + 1 : -1]
    address = _COMMENT.sub("", address.strip(" '`")).rstrip(".,;:")
    if address.startswith("mailto:"):
        address = address.removeprefix("mailto:").partition("?")[0].strip()
    local, at, domain = _AT_WRITTEN.sub("@", address).rpartition("@")
    host = _host(domain.rstrip("."))
    quoted = _QUOTED.fullmatch(local)
    if quoted and _LOCAL.fullmatch(quoted[1]):
        local = quoted[1]
    elif not quoted and not _LOCAL.fullmatch(local):
        return ReadProblem.NOT_UNDERSTOOD
    return (local, host) if at and host else ReadProblem.NOT_UNDERSTOOD


def _host(domain: str) -> str | None:
    """``müller.example`` as it is looked up: ``xn--mller-kva.example``; None if it is no domain."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    return domain if kind_of_domain(domain) else None


def _one_mailbox(local: str, domain: str) -> tuple[str, str]:
    domain = _SAME_DOMAIN.get(domain, domain)
    sign = _TAG_SIGNS.get(name_of_provider(domain))
    if sign is not None:
        local = local.partition(sign)[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        local = local.replace(".", "") or local
    return local, domain
