"""Times of day when a customer welcomes a call."""

from __future__ import annotations

import re
from functools import lru_cache

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-\u2013]\s*(\d{1,2})(?::(\d{2}))?")
_DAY_MINUTES = 1_440
_NAMED = {"morning": (480, 720), "afternoon": (720, 1_020), "evening": (1_020, 1_200)}

Window = tuple[int, int]


@lru_cache(maxsize=4_096)
def read_windows(text: str) -> tuple[Window, ...]:
    """(start, end) in minutes of the local day: ``09:00-12:00, 14-16`` or ``morning``."""
    windows = []
    for piece in text.casefold().split(","):
        found = _SPAN.fullmatch(piece.strip())
        window = _window(found) if found else _NAMED.get(piece.strip())
        if window:
            windows.append(window)
    return tuple(windows)


def _window(found: re.Match[str]) -> Window | None:
    start = int(found[1]) * 60 + int(found[2] or 0)
    end = int(found[3]) * 60 + int(found[4] or 0)
    return (start, end) if start < end <= _DAY_MINUTES else None
