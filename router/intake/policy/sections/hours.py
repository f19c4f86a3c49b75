"""Duty hours as people write them: ``Mon-Fri 08:30-18:00, Sat 09:00-12:00``."""

from __future__ import annotations

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
HOURS_FORM = "`Mon-Fri 08:30-18:00`, `Mon-Thu 09:00-17:00, Fri 09:00-13:00` or `daily 10:00-20:00`"

Window = tuple[int, int, int]
"""Weekday 0-6 from Monday, start minute, end minute (excluded): past 1,440 on the next day."""

_PIECE = re.compile(
    r"(?P<days>[a-z]+(?:\s*[-/]\s*[a-z]+)*)?\s*(?P<times>[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}"
    r"(?:\s+[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2})*)"
)
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")


def parse_hours(text: str) -> tuple[Window, ...] | None:
    """Windows of local time in order, touching ones joined; None if the text is no hours.

    Pieces are separated by commas. Days are ``Mon``, ``Mon-Fri``, ``Mon/Wed/Fri`` or ``daily``;
    a piece without days is for those of the piece before it. A window that ends before it begins
    goes on into the next day, and is of the day on which it begins; so is the morning of a shift
    that is written in two pieces, up to 24:00 and from 00:00 on.
    """
    days: tuple[int, ...] | None = None
    windows: list[Window] = []
    for piece in text.replace("\N{EN DASH}", "-").casefold().split(","):
        found = _PIECE.fullmatch(piece.strip())
        if found is None:
            return None
        days = _days(found["days"]) if found["days"] else days
        if days is None:
            return None
        for span in _SPAN.findall(found["times"]):
            minutes = _minutes(*map(int, span))
            if minutes is None:
                return None
            start, end = minutes
            windows += [(day, start, end if start < end else end + DAY_MINUTES) for day in days]
    return _over_midnight(_joined(windows))


def _days(text: str) -> tuple[int, ...] | None:
    if text == "daily":
        return tuple(range(7))
    chosen: list[int] = []
    for part in text.split("/"):
        ends = [_day(name) for name in part.split("-")]
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or first is None or last is None:  # noqa: PLR2004 - a span has two ends
            return None
        chosen += [(first + i) % 7 for i in range((last - first) % 7 + 1)]
    return tuple(chosen)


def _day(name: str) -> int | None:
    short = name.strip()
    return DAYS.index(short[:3]) if short[:3] in DAYS and _is_day_name(short) else None


def _is_day_name(name: str) -> bool:
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return any(day.startswith(name) for day in full)


def _minutes(start_h: int, start_m: int, end_h: int, end_m: int) -> tuple[int, int] | None:
    start, end = start_h * 60 + start_m, end_h * 60 + end_m
    if start_m > 59 or end_m > 59 or start >= DAY_MINUTES or end > DAY_MINUTES or start == end:  # noqa: PLR2004 - minutes of an hour
        return None
    return start, end


def _joined(windows: list[Window]) -> tuple[Window, ...]:
    joined: list[Window] = []
    for day, start, end in sorted(windows):
        if joined and joined[-1][0] == day and start <= joined[-1][2]:
            joined[-1] = (day, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((day, start, end))
    return tuple(joined)


def _over_midnight(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """Make one of an evening up to midnight and the morning after it, if that is less than a day.

    ``Mon-Fri 22:00-24:00, Tue-Sat 00:00-06:00`` are five shifts.
    """
    mornings = {day: end for day, start, end in windows if start == 0 and end < DAY_MINUTES}
    joined: list[Window] = []
    continued: set[int] = set()
    for day, start, end in windows:
        following = (day + 1) % 7
        morning = mornings.get(following, DAY_MINUTES)
        if end == DAY_MINUTES and morning <= start:
            continued.add(following)
            joined.append((day, start, end + morning))
        else:
            joined.append((day, start, end))
    return tuple(
        (day, start, end)
        for day, start, end in joined
        if start > 0 or end >= DAY_MINUTES or day not in continued
    )


def write_hours(windows: tuple[Window, ...] | list[Window]) -> str:
    """The plain form of ``windows``; ``parse_hours`` reads it back."""
    names = [day.capitalize() for day in DAYS]
    by_day: dict[int, list[str]] = {}
    for day, start, end in sorted(windows):
        until = end if end <= DAY_MINUTES else end - DAY_MINUTES
        span = f"{start // 60:02d}:{start % 60:02d}-{until // 60:02d}:{until % 60:02d}"
        by_day.setdefault(day, []).append(span)
    runs: list[tuple[int, int, str]] = []
    for day, spans in by_day.items():
        times = " ".join(spans)
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == times:
            runs[-1] = (runs[-1][0], day, times)
        else:
            runs.append((day, day, times))
    return ", ".join(
        f"{names[first]}{'' if first == last else '-' + names[last]} {times}"
        for first, last, times in runs
    )
