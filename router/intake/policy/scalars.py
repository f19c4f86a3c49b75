"""Durations, amounts, shares, ranges and moments as people write them: pure, None if it is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
YEAR_MS = 366 * DAY_MS
DURATION_MS_MAX = 100 * YEAR_MS

_UNITS_MS = {"w": WEEK_MS, "d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "s": SECOND_MS}
_DURATION = re.compile(r"(?:[0-9]{1,6}[wdhms]\s*)+")
_PART = re.compile(r"([0-9]{1,6})([wdhms])")
_NUMBER = r"-?[0-9]{1,15}(?:_[0-9]{3})*(?:\.[0-9]{1,6})?"
_FORMS = (
    ("from", re.compile(rf"({_NUMBER})\+")),
    ("between", re.compile(rf"({_NUMBER})\s*(?:-|\N{{EN DASH}}|\bto\b)\s*({_NUMBER})")),
    ("under", re.compile(rf"under\s+({_NUMBER})")),
    ("at most", re.compile(rf"(?:at most|up to)\s+({_NUMBER})")),
    ("over", re.compile(rf"over\s+({_NUMBER})")),
    ("at least", re.compile(rf"at least\s+({_NUMBER})")),
    ("exactly", re.compile(rf"({_NUMBER})")),
)

Range = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: ``scale`` small units to one, such as 100 cents to a euro.

    ``open_top`` says that the upper end of ``1000-4999`` reaches up to the next whole number,
    as people mean it of money.
    """

    scale: int = 1
    open_top: bool = False

    def of(self, number: Decimal) -> int | None:
        """``number`` in small units, None if it is finer than they are."""
        scaled = number * self.scale
        return int(scaled) if scaled == scaled.to_integral_value() else None

    def top(self, number: Decimal) -> int | None:
        """The last small unit that an upper end of ``number`` still covers."""
        units = self.of(number)
        if units is None or not self.open_top or number != number.to_integral_value():
            return units
        return units + self.scale - 1


WHOLE = Unit()
MONEY = Unit(100, open_top=True)


def duration_ms(text: str) -> int | None:
    """``30d``, ``4h``, ``1h 30m``, ``90s``, ``1w`` in milliseconds; at most a hundred years."""
    if not _DURATION.fullmatch(text):
        return None
    total = sum(int(count) * _UNITS_MS[unit] for count, unit in _PART.findall(text))
    return total if total <= DURATION_MS_MAX else None


def number(text: str) -> Decimal | None:
    """``1200``, ``-40``, ``0.75``, ``1_000``; no thousands commas, no exponents."""
    if not re.fullmatch(_NUMBER, text):
        return None
    return Decimal(text.replace("_", ""))


def share_permille(text: str) -> int | None:
    """``0.8`` or ``80%`` in thousandths."""
    percent = text.endswith("%")
    value = number(text.removesuffix("%").rstrip())
    if value is None:
        return None
    return Unit(10 if percent else 1000).of(value)


def number_range(text: str, unit: Unit = WHOLE) -> Range | None:
    """``250+``, ``50-249``, ``under 500``, ``over 100``, ``at most 9``, ``7``; ends included.

    A negative upper end is written with ``to``: ``-20 to -5``.
    """
    for form, pattern in _FORMS:
        found = pattern.fullmatch(text.strip().casefold())
        if found:
            ends = [Decimal(end.replace("_", "")) for end in found.groups()]
            return _range_of(form, ends, unit)
    return None


def _range_of(form: str, ends: list[Decimal], unit: Unit) -> Range | None:
    first, last = unit.of(ends[0]), unit.of(ends[-1])
    top = unit.top(ends[-1])
    if first is None or last is None or top is None:
        return None
    by_form: dict[str, Range] = {
        "from": (first, None),
        "at least": (first, None),
        "under": (None, first - 1),
        "at most": (None, top),
        "over": (first + 1, None),
        "exactly": (first, first),
        "between": (first, top),
    }
    return by_form[form] if form != "between" or first <= top else None


def moment_ms(text: str) -> int | None:
    """An RFC 3339 time, or a date (its first moment, UTC), in milliseconds since the epoch."""
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        if len(text) > len("2027-01-04"):
            return None
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def gaps_and_overlaps(ranges: Sequence[Range]) -> tuple[list[Range], list[int]]:
    """What lies between ``ranges``, and the indexes of those that overlap an earlier one."""
    ordered = sorted(range(len(ranges)), key=lambda i: _low(ranges[i]))
    gaps: list[Range] = []
    overlapping: list[int] = []
    reached: int | None = None  # the highest number covered so far
    for position, index in enumerate(ordered):
        low, high = ranges[index]
        if position and (reached is None or low is None or low <= reached):
            overlapping.append(index)
        elif position and reached is not None and low is not None and low > reached + 1:
            gaps.append((reached + 1, low - 1))
        if high is None:
            reached = None
        elif not position or (reached is not None and high > reached):
            reached = high
    return gaps, overlapping


def _low(bounds: Range) -> float:
    return float("-inf") if bounds[0] is None else bounds[0]
