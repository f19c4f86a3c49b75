"""All sales orgs of one inbox partition: the fold of the inbox, one event at a time."""

from __future__ import annotations

from collections.abc import Sequence

from router.core.decision import Assignment
from router.core.events import Event


class Shard:
    """State of one partition and its only writer.

    ``next_offset`` is the inbox offset that must be applied next or later (compaction and
    transaction markers leave gaps); ``now_ms`` is the log's time, which never runs backwards.
    """

    def __init__(self, partition: int, sales_orgs: Sequence[str]) -> None:
        """Start empty, before the first record."""
        self.partition = partition
        self.sales_orgs = tuple(sales_orgs)
        self.next_offset = 0
        self.now_ms = 0

    def apply(
        self, sales_org: str, event: Event, *, timestamp_ms: int, offset: int
    ) -> list[Assignment]:
        """Take in one inbox record and return what was decided, in order.

        Raises:
            KeyError: ``sales_org`` is not one of this shard's.
            Exception: a broken invariant; the state is as if the event had never been seen, and
                the caller dead-letters it and calls :meth:`skip`.
        """
        raise NotImplementedError

    def skip(self, *, timestamp_ms: int, offset: int) -> None:
        """Pass over a record that became a dead letter; time and offset move on."""

    def take_changes(self) -> list[tuple[str, object | None]]:
        """Changelog records (key, JSON-ready value or None for a tombstone) since the last call.

        One for each changed entity, and always the ``clock`` with the offset and the time.
        """
        raise NotImplementedError

    def take_new_reps(self) -> list[tuple[str, int, str]]:
        """(sales_org, permanent number, rep_id) of reps numbered since the last call."""
        raise NotImplementedError

    def restore(self, key: str, value: object | None) -> None:
        """Take back one changelog record; later records of a key replace earlier ones."""

    def restored(self) -> None:
        """Rebuild indexes after the last :meth:`restore`."""

    def next_due_ms(self) -> int | None:
        """When the earliest deadline falls due, or None."""
        raise NotImplementedError

    @property
    def lead_count(self) -> int:
        """Leads held in state."""
        raise NotImplementedError
