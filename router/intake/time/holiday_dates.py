"""Holidays of a roster entry to dates: given ones, and the public ones of a country or region."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays as public

from router.intake.time.timestamps import local_day
from router.intake.wire.refusal import FieldError

_YEARS = 3  # this one and the next two


def holiday_ordinals(entries: list[str] | str, year: int) -> list[int]:
    """``date.toordinal`` of every date that ``entries`` name, in order.

    An entry is a date, or a country or region (``DE``, ``DE-BY``) expanded for ``year`` and the
    next two.

    Raises:
        FieldError: neither a date nor a region whose holidays are known.
    """
    days: set[int] = set()
    for entry in entries.split(",") if isinstance(entries, str) else entries:
        code = entry.strip()
        if code[:1].isdigit():
            days.add(local_day(code, "holidays").toordinal())
        elif code:
            days.update(_public_ordinals(code.upper(), year))
    return sorted(days)


def names_region(entries: list[str] | str) -> bool:
    """Whether any entry is a country or region, of which only the coming years are known."""
    texts = entries.split(",") if isinstance(entries, str) else entries
    return any(text.strip() and not text.strip()[0].isdigit() for text in texts)


def holidays_end(year: int) -> date:
    """The first day of which :func:`holiday_ordinals` of a year knows nothing."""
    return date(year + _YEARS, 1, 1)


@lru_cache(maxsize=512)
def _public_ordinals(code: str, year: int) -> tuple[int, ...]:
    country, _, region = code.partition("-")
    try:
        days: dict[date, str] = public.country_holidays(
            country, subdiv=region or None, years=range(year, year + _YEARS)
        )
    except NotImplementedError:
        raise FieldError(
            "holidays", "must hold dates such as 2026-12-24 or a country or region such as DE-BY"
        ) from None
    return tuple(day.toordinal() for day in days)
