"""Assignment events of the last day by lead, as they came, within a bound of bytes."""

from __future__ import annotations

from collections.abc import Callable

from router.board.projection.histories import DECISIONS_MAX
from router.board.statistics.slices import Slices

_AT_ONCE = 5_000
"""Lead ids looked at in a slice: a few milliseconds."""


class Stories:
    """The newest leads' events; when the bound is reached, the lead longest silent goes first.

    Of one lead the newest are kept, so that no story is too long to be told.
    """

    def __init__(self, bytes_max: int) -> None:
        """Start empty."""
        self._bytes_max = bytes_max
        self._bytes = 0
        self._events: dict[
            str, dict[tuple[int, int], bytes]
        ] = {}  # by place; ordered by last change
        self._left_out: dict[str, int] = {}

    def add(self, lead_id: str, place: tuple[int, int], event: bytes) -> None:
        """Keep an event; ``place`` is its decision's inbox offset and sequence."""
        of_lead = self._events.pop(lead_id, None) or {}
        self._bytes += len(event) - len(of_lead.get(place, b""))
        of_lead[place] = event
        self._events[lead_id] = of_lead
        if len(of_lead) > DECISIONS_MAX:
            self._bytes -= len(of_lead.pop(min(of_lead)))
            self._left_out[lead_id] = self.left_out(lead_id) + 1
        while self._bytes > self._bytes_max and len(self._events) > 1:
            self.forget(next(iter(self._events)))

    def forget(self, lead_id: str) -> None:
        """Drop a lead's events."""
        of_lead = self._events.pop(lead_id, {})
        self._bytes -= sum(map(len, of_lead.values()))
        self._left_out.pop(lead_id, None)

    def left_out(self, lead_id: str) -> int:
        """How many older events of a lead are not kept."""
        return self._left_out.get(lead_id, 0)

    def of(self, lead_id: str) -> list[bytes]:
        """The events of a lead, in their order; empty when there are none of the last day."""
        return [event for _, event in sorted(self._events.get(lead_id, {}).items())]

    def newest_with(
        self, prefix: str, count: int, is_wanted: Callable[[str], bool] = lambda _: True
    ) -> Slices[list[str]]:
        """So many lead ids that begin so, the last decided first; as it is at the first slice."""
        found: list[str] = []
        for place, lead_id in enumerate(reversed(list(self._events)), start=1):
            if lead_id.startswith(prefix) and is_wanted(lead_id):
                found.append(lead_id)
                if len(found) == count:
                    break
            if place % _AT_ONCE == 0:
                yield
        return found

    def __contains__(self, lead_id: object) -> bool:
        return lead_id in self._events
