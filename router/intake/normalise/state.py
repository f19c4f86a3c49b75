"""States, provinces and postal codes; names of states become codes for the US and Canada."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import pycountry

from router.intake.normalise.spelling import plain

_NAMED = ("US", "CA")
_CODE_LENGTH_MAX = 3


@lru_cache(maxsize=16_384)
def read_state(text: str, country: str | None) -> str | None:
    """``CA`` of ``California``, ``US-CA`` or ``ca``; elsewhere names stay as they are."""
    written = " ".join(text.split())
    code = written.upper()
    if country and code.startswith(f"{country}-"):
        return code[len(country) + 1 :]
    if len(written) <= _CODE_LENGTH_MAX:
        return code or None
    for named in _NAMED if country is None else (country,):
        found = _codes(named).get(plain(written)) if named in _NAMED else None
        if found:
            return found
    return written


@lru_cache(maxsize=16_384)
def read_postal_code(text: str) -> str | None:
    """``m5h 2n2`` → ``M5H2N2``; None for empty text."""
    return "".join(text.split()).upper() or None


@cache
def _codes(country: str) -> dict[str, str]:
    states: Any = pycountry.subdivisions  # its methods are not typed
    return {
        plain(state.name): state.code.partition("-")[2]
        for state in states.get(country_code=country)
    }
