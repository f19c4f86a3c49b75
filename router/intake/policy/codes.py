"""Country and currency codes: ISO 3166 alpha-2 and ISO 4217, with a hint for near misses."""

from __future__ import annotations

from functools import cache

import pycountry

from router.intake.normalise.money import minor_units
from router.intake.normalise.places.country import read_country

KOSOVO = "XK"  # not in ISO 3166, in daily use


@cache
def countries() -> tuple[str, ...]:
    """Every country code in order."""
    return tuple(sorted({country.alpha_2 for country in pycountry.countries} | {KOSOVO}))


@cache
def _known() -> frozenset[str]:
    return frozenset(countries())


def is_country(code: str) -> bool:
    """Whether ``code`` is an upper-case alpha-2 code."""
    return code in _known()


def country_hint(given: str) -> str:
    """``"; did you mean DE?"`` for a name or a slip."""
    code = read_country(given)
    return f"; did you mean {code}?" if code else "; write its two-letter code, such as DE or US"


def is_currency(code: str) -> bool:
    """Whether ``code`` is an upper-case ISO 4217 code."""
    return len(code) == 3 and pycountry.currencies.get(alpha_3=code) is not None  # noqa: PLR2004 - their length


def minor_per_unit(currency: str) -> int:
    """How many minor units make one unit: 100 cents to a euro, 1 to a yen."""
    return minor_units(1, currency)[0]
