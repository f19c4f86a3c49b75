"""The breaker: a partition in which too much becomes a dead letter waits for an operator.

A defect of ours or a wrong policy would otherwise turn a whole day's leads into dead letters.
The window is one of offsets and is kept in the changelog, so that a restart does not reset it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from router.settings import BreakerSettings


@dataclass(frozen=True, slots=True)
class Trip:
    """Why the breaker opened."""

    dead_letters: int
    window_records: int


class Breaker:
    """Counts the dead letters among the last offsets of one partition."""

    def __init__(self, settings: BreakerSettings, *, accept_until: int = -1) -> None:
        """Dead letters up to and including the offset ``accept_until`` do not count."""
        self._settings = settings
        self._accept_until = accept_until
        self._offsets: list[int] = []
        self._changed = False

    def restore(self, offsets: Iterable[int]) -> None:
        """Take back what :meth:`take_changed` gave."""
        self._offsets = [offset for offset in offsets if offset > self._accept_until]

    def would_trip(self, offset: int) -> Trip | None:
        """Whether a dead letter at ``offset`` would be one too many."""
        if offset <= self._accept_until:
            return None
        window = self._settings.window_records
        recent = len(self._offsets) - bisect_right(self._offsets, offset - window)
        if recent < self._settings.dead_letters_max:
            return None
        return Trip(recent + 1, window)

    def count(self, offset: int) -> None:
        """A record became a dead letter."""
        if offset > self._accept_until:
            self._offsets.append(offset)
            del self._offsets[: -self._settings.dead_letters_max]
            self._changed = True

    def take_changed(self) -> list[int] | None:
        """The offsets that count, if there are new ones since the last call."""
        if not self._changed:
            return None
        self._changed = False
        return self._offsets
