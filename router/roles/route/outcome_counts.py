"""What route has decided in one transaction, counted for the metrics when it is committed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from router.core.model.assignment import Assignment, Reason
from router.observe.meters import RoutingMeters

_CLOCKS: Mapping[str, str] = {
    Reason.ACCEPT_MISSED: "accept",
    Reason.CONTACT_MISSED: "contact",
    Reason.WAITED_TOO_LONG: "backlog",
    Reason.SILENT_TOO_LONG: "silence",
}
"""Which clock it was, by the reason that its decision gives."""

_Kind = tuple[str, str, str]


class DecisionTally:
    """Counts by outcome, reason and channel: one dictionary entry a decision."""

    def __init__(self, meters: RoutingMeters) -> None:
        """Nothing decided yet."""
        self._meters = meters
        self._counts: defaultdict[_Kind, int] = defaultdict(int)
        self._shadows: defaultdict[str, int] = defaultdict(int)
        for clock in _CLOCKS.values():
            meters.clocks_fired.add(clock, by=0)

    def count(self, assignment: Assignment) -> None:
        """A decision about a lead."""
        channel = assignment.get("sales_channel", "")
        self._counts[assignment["outcome"], assignment["reason"], channel] += 1

    def count_shadow(self, assignment: Assignment) -> None:
        """What would have been decided about a test lead."""
        self._shadows[assignment["outcome"]] += 1

    def committed(self) -> None:
        """All of it is published."""
        meters = self._meters
        for (outcome, reason, channel), count in self._counts.items():
            meters.decisions.add(outcome, reason, channel, by=count)
            if (clock := _CLOCKS.get(reason)) is not None:
                meters.clocks_fired.add(clock, by=count)
        for outcome, count in self._shadows.items():
            meters.shadow_decisions.add(outcome, by=count)
        self._counts.clear()
        self._shadows.clear()
