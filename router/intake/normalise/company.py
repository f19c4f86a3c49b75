"""Companies: one key for the spellings of a name, the bare domain, the number of employees."""

from __future__ import annotations

import re
from functools import lru_cache

from router.intake.normalise.spelling import plain

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
_DIGITS = re.compile(r"\d+(?:[.,\u00a0 ']\d{3})*(?![\d])")
_SHORT_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([km])\b")
EMPLOYEES_MAX = 1_000_000_000


@lru_cache(maxsize=65_536)
def company_key(name: str) -> str | None:
    """``Example Werke GmbH & Co. KG`` → ``example werke``; None if nothing remains."""
    every = plain(name).split()
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


def read_domain(text: str) -> str | None:
    """``https://www.Example.com/about`` → ``example.com``; None if it is no domain."""
    return text if _BARE_DOMAIN.fullmatch(text) else _domain_in(text)


@lru_cache(maxsize=4_096)
def _domain_in(text: str) -> str | None:
    bare = text.strip().casefold().partition("://")
    host = _HOST_END.split(bare[2] or bare[0], maxsplit=1)[0]
    host = host.removeprefix("www.").rstrip(".")
    return host if _DOMAIN.fullmatch(host) else None


@lru_cache(maxsize=4_096)
def read_employees(text: str) -> int | None:
    """``1,200`` → 1200; ``51-200`` → 125, its middle; ``1000+`` → 1000; ``<10`` → 9; else None.

    The middle of a range lands in the right band of a policy more often than either end does.
    """
    folded = text.casefold().replace("\u2013", "-").replace("\u2014", "-")
    spelt = _SHORT_NUMBER.sub(_spelt_out, folded)
    numbers = [int(re.sub(r"\D", "", found)) for found in _DIGITS.findall(spelt)]
    if not numbers or max(numbers) > EMPLOYEES_MAX:
        return None
    if len(numbers) > 1:
        return (min(numbers[:2]) + max(numbers[:2])) // 2
    is_below = spelt.lstrip().startswith(("<", "under", "less", "below", "fewer", "unter"))
    return max(numbers[0] - 1, 0) if is_below else numbers[0]


def _spelt_out(found: re.Match[str]) -> str:
    times = 1_000 if found[2] == "k" else 1_000_000
    whole, _, part = found[1].replace(",", ".").partition(".")
    return str((int(whole) * 1_000 + int((part + "000")[:3])) * times // 1_000)
