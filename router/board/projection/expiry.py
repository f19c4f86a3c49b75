"""Lead ids by the quarter of an hour in which something happened to them.

So that to forget a quarter costs what happened in it, and not a look at every lead.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.board.statistics.series import QUARTER_MS


class Expiry:
    """Takes note of what happens; gives back whose time is over, a few at a time."""

    def __init__(self) -> None:
        """Start empty."""
        self._quarters: dict[int, set[str]] = {}

    def note(self, lead_id: str, at_ms: int) -> None:
        """Something happened to a lead."""
        self._quarters.setdefault(at_ms // QUARTER_MS, set()).add(lead_id)

    def take(self, horizon_ms: int, at_most: int) -> Iterator[str]:
        """Leads to which something happened in a quarter that ended by ``horizon_ms``, once."""
        end = horizon_ms // QUARTER_MS
        for quarter in [each for each in self._quarters if each < end]:
            leads = self._quarters[quarter]
            while leads:
                if not at_most:
                    return
                at_most -= 1
                yield leads.pop()
            del self._quarters[quarter]
