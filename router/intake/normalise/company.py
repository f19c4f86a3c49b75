"""Companies: one key for the spellings of a name, the bare domain, the number of employees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import idna

from router.core.model.events import ReadProblem
from router.intake.normalise.mail_domains import is_public_suffix, kind_of_domain
from router.intake.normalise.numbers import read_whole
from router.intake.normalise.spelling import plain
from router.intake.normalise.text import clean, is_placeholder, tidy

_LEGAL_FORMS = frozenset(
    """
    ab ag aktiengesellschaft as asa aps bv bvba bhd co company corp corporation cv doo dba ehf ek
    eg ev eurl gbr ges gesmbh gmbh group holding holdings inc incorporated intl international kft
    kg kgaa kk limited limitada llc llp lp lllp ltd ltda mbh nv ohg oy oyj pc plc pllc plt pte pty
    pvt private sa sab sapi sarl sas sasu sau sca scs se sl slu snc societe spa spol sp spzoo sprl
    srl srls sro ug unlimited vof zoo zrt
    """.split()  # noqa: SIM905 - a hundred quoted words are harder to read and to extend
) - {"group", "holding", "holdings", "international", "intl"}
_INITIALS = re.compile(r"\b((?:\w )+\w)\b")
_AND = frozenset({"and", "und", "et", "y", "e"})
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_BARE_DOMAIN = re.compile(r"(?!www\.)(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}")
"""Most domains: they are read as they stand, and faster than they would be remembered."""
_HOST_END = re.compile(r"[/?#:]")
_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-")
_ALONE = frozenset(
    {
        "self employed",
        "selfemployed",
        "freelance",
        "freelancer",
        "sole trader",
        "sole proprietor",
        "solo",
        "just me",
        "only me",
        "myself only",
        "selbststandig",
        "selbstandig",
        "freiberufler",
        "einzelunternehmer",
        "independant",
        "autonomo",
    }
)
_PEOPLE = re.compile(
    r"\s*\b(?:employees?|people|persons?|staff|headcount|users?|ftes?|mitarbeiter(?:innen)?|ma"
    r"|personen|angestellte|employes|employés|salariés|empleados|personas|dipendenti)\.?$|\s*[名人명]$"
)
_ABOUT = re.compile(r"^(?:~|ca\.?|circa|about|approx\.?|approximately|around|roughly|etwa|rund)\s*")
_COUNT = r"([0-9][0-9.,' ]*(?:k|m|tsd)?)"
_UP_TO = frozenset({"<=", "≤", "up to", "max", "max.", "bis", "bis zu", "at most"})
_BELOW = re.compile(
    r"(<=|≤|<|up to|max\.?|bis zu|bis|at most|under|less than|fewer than|below|unter"
    rf"|weniger als|moins de|menos de)\s*{_COUNT}"
)
_ABOVE = re.compile(
    r"(?:>=|≥|>|over|more than|above|at least|from|über|mehr als|mindestens|ab|plus de|más de)"
    rf"\s*{_COUNT}(?:\s*\+)?"
)
_OR_MORE = re.compile(
    rf"{_COUNT}\s*(?:\+|plus|or more|and more|and above|and over|or above|und mehr|et plus)"
)
_RANGE = re.compile(
    rf"(?:(?:between|from|zwischen|von|de|entre|da|tra) )?{_COUNT}"
    rf"(?:\s*(?:-+|\.\.+|[~\u301c])\s*|\s+(?:to|bis|and|und|et|y|e|à|a)\s+){_COUNT}"
)
_LABELLED = re.compile(r"[^0-9(]+\((.*[0-9].*)\)|size ([0-9].*)")
"""``Enterprise (1000+)``, ``SIZE_11_TO_50``: a word for the class, then the class."""
_MYSELF = re.compile(r"1 ?\((.+)\)")
EMPLOYEES_MAX = 1_000_000_000


@lru_cache(maxsize=65_536)
def company_key(name: str) -> str | None:
    """``Example Werke GmbH & Co. KG`` → ``example werke``; None if nothing remains."""
    written = tidy(name)
    if written is None:
        return None
    every = plain(written).split()
    if 1 in map(len, every):  # spares most names a search with a pattern
        every = _INITIALS.sub(_joined, " ".join(every)).split()
    words = every
    if not _AND.isdisjoint(every):
        words = [word for word in every if word not in _AND] or every
    end = len(words)
    while end > 1 and words[end - 1] in _LEGAL_FORMS:
        end -= 1
    return " ".join(words[:end]) or None


def _joined(initials: re.Match[str]) -> str:
    return initials[1].replace(" ", "")


_PAGES = frozenset(
    """
    about.me bit.ly facebook.com instagram.com linkedin.com linktr.ee sites.google.com t.me
    tiktok.com twitter.com x.com xing.com youtube.com
    """.split()  # noqa: SIM905 - quoted names are harder to read and to extend
)
"""Hosts with a page for each of many companies: ``linkedin.com/company/acme``."""


def read_company_domain(
    text: str, own_kinds: Mapping[str, str] | None = None
) -> str | ReadProblem | None:
    """``https://www.Example.com/about`` → ``example.com``; None if it is no domain.

    The domain of a mail provider, or one under which many companies are, is no company's.
    ``own_kinds`` are those that the settings name.
    """
    domain = text if _BARE_DOMAIN.fullmatch(text) else _domain_in(text)
    if domain is None:
        return None
    kind = kind_of_domain(domain)
    if own_kinds:
        kind = own_kinds.get(domain, kind)
    if kind != "business":
        return None if kind is None else ReadProblem.FREE_MAIL
    return ReadProblem.PUBLIC_SUFFIX if is_public_suffix(domain) else domain


@lru_cache(maxsize=4_096)
def _domain_in(text: str) -> str | None:
    bare = clean(text).casefold().partition("://")
    host = _HOST_END.split(bare[2] or bare[0], maxsplit=1)[0]
    host = host.removeprefix("www.").rstrip(".")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    if host in _PAGES and "/" in (bare[2] or bare[0]).rstrip("/"):
        return None
    return host if _DOMAIN.fullmatch(host) else None


@lru_cache(maxsize=4_096)
def read_employees(text: str) -> int | ReadProblem | None:
    """``1,200`` → 1200; ``51-200`` → 125, its middle; ``1000+`` → 1000; ``<10`` → 9.

    The middle of a range lands in the right band of a policy more often than either end does.
    None of empty text; a text of which any part is not understood is a problem.
    """
    word = clean(text).casefold().translate(_DASHES)
    if not word:
        return None
    if is_placeholder(word):
        return ReadProblem.PLACEHOLDER
    myself = _MYSELF.fullmatch(word)
    if plain(myself[1] if myself else word) in _ALONE:
        return 1
    if labelled := _LABELLED.fullmatch(word.replace("_", " ")):
        word = labelled[1] or labelled[2]
    bare = _ABOUT.sub("", _PEOPLE.sub("", word)).strip()
    found = _employees(bare)
    if isinstance(found, int) and found > EMPLOYEES_MAX:
        return ReadProblem.TOO_LARGE
    return found


def _employees(bare: str) -> int | ReadProblem:
    if below := _BELOW.fullmatch(bare):
        most = read_whole(below[2])
        is_itself = below[1] in _UP_TO
        return most if isinstance(most, ReadProblem) or is_itself else max(most - 1, 0)
    if above := _ABOVE.fullmatch(bare):
        return read_whole(above[1])
    if more := _OR_MORE.fullmatch(bare):
        return read_whole(more[1])
    if between := _RANGE.fullmatch(bare):
        low, high = read_whole(between[1]), read_whole(between[2])
        if isinstance(low, ReadProblem) or isinstance(high, ReadProblem):
            return ReadProblem.NOT_UNDERSTOOD
        return (low + high) // 2
    count = read_whole(bare)
    return ReadProblem.NEGATIVE if isinstance(count, int) and count < 0 else count
