"""The place of a lead, by codes: country, state and postal code say more together than alone."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

import msgspec

from router.intake.normalise.places.country import read_country
from router.intake.normalise.places.postal_code import PostalCode, read_postal_code
from router.intake.normalise.places.state import read_state

NOT_UNDERSTOOD = "not_understood"  # it counts as not given
MENDED = "mended"  # the zeros that a spreadsheet cut off are there again
INCOMPLETE = "incomplete"  # too short, and nothing proves what is missing: kept as it is


Given: TypeAlias = str | msgspec.UnsetType | None


class Place(NamedTuple):
    """``problems`` are (field of the contract, code) of what was not read as it stands."""

    country: str | None
    state: str | None
    postal_code: str | None
    problems: tuple[tuple[str, str], ...] = ()


def read_place(country: Given, state: Given, postal_code: Given) -> Place:
    """Return the place that these texts name; what is not given or empty says nothing."""
    code, region = _country_and_state(country or None, state or None)
    zip_code = read_postal_code(postal_code, code, region) if postal_code else PostalCode(None)
    problems = []
    if code is None and country and country.strip():
        problems.append(("location.country", NOT_UNDERSTOOD))
    if zip_code.is_mended or zip_code.is_incomplete:
        problem = MENDED if zip_code.is_mended else INCOMPLETE
        problems.append(("location.postal_code", problem))
    return Place(code, region, zip_code.code, tuple(problems))


@lru_cache(maxsize=16_384)
def _country_and_state(
    country_text: str | None, state_text: str | None
) -> tuple[str | None, str | None]:
    """Country and state by their codes: few pairs are most of what senders write."""
    country = read_country(country_text) if country_text else None
    return country, read_state(state_text, country) if state_text else None
