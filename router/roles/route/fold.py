"""What route needs of a shard; :class:`router.core.shard.Shard` is the one in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from router.core.model.assignment import Assignment
from router.core.model.events import Event
from router.core.ticks.clock_leap import Leap


class Fold(Protocol):
    """State as the fold of an inbox partition; see :class:`router.core.shard.Shard`."""

    next_offset: int
    now_ms: int
    leap: Leap | None

    def apply(
        self, sales_org: str, event: Event, *, timestamp_ms: int, offset: int
    ) -> list[Assignment]:
        """Take in a record; an exception leaves the state as if it had never been seen."""
        ...

    def skip(self, *, timestamp_ms: int, offset: int) -> None:
        """Pass over a record that became a dead letter."""
        ...

    def take_changes(self) -> list[tuple[str, object | None]]:
        """Changelog records since the last call; None is a tombstone."""
        ...

    def take_new_reps(self) -> list[tuple[str, int, str]]:
        """(sales_org, permanent number, rep_id) of reps numbered since the last call."""
        ...

    def take_faults(self) -> list[tuple[str, str]]:
        """(lead_id, kind of exception) of leads that were set aside since the last call."""
        ...

    def restore(self, key: str, value: Any) -> None:
        """Take back a changelog record."""
        ...

    def restoring(self) -> Iterator[None]:
        """The last record has been taken back: rebuild what is derived, step by step."""
        ...

    def holds_lead(self, sales_org: str, lead_id: str) -> bool:
        """Whether there is state of a lead; of one that was forgotten there is none."""
        ...

    def next_due_ms(self) -> int | None:
        """When the earliest deadline falls due."""
        ...
