"""Faust's consumer, committing what is in the table instead of what it believes was acknowledged.

Faust adds up acknowledgements, and after a rebalance its sum can have a hole that nothing fills:
what it had fetched and thrown away is never acknowledged, and then it commits no further, or past
it. The table knows better how far it goes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import Message
from mode.utils.futures import notify


class TableConsumer(driver.Consumer):
    """Commits what :meth:`reach` was told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As Faust makes it."""
        super().__init__(*args, **kwargs)
        self._reached: dict[TP, int] = {}

    def reach(self, next_offsets: Mapping[TP, int]) -> None:
        """Everything before these offsets is in the table; to be committed with the next beat."""
        self._reached.update(next_offsets)

    def lags(self) -> dict[TP, int]:
        """Of each partition of ours: the records that are known of and not in the table."""
        found = {}
        for each in self.assignment():
            end = None if self._is_changelog_tp(each) else self._end(each)
            if end is not None:
                begin = self._reached.get(each, self._committed_offset[each])
                found[each] = max(0, end - (begin or 0))
        return found

    def _end(self, tp: TP) -> int | None:
        with contextlib.suppress(AssertionError):  # its thread may be giving the partition up
            return self.highwater(tp)
        return None

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Theirs to commit who have them next."""
        for each in revoked:
            self._reached.pop(each, None)
        await super().on_partitions_revoked(revoked)

    def ack(self, message: Message) -> bool:
        """It needs no more waiting for; that says nothing of what may be committed."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        return True

    def _filter_tps_with_pending_acks(
        self, topics: AbstractSet[str | TopicPartition] | None = None
    ) -> Iterator[TP]:
        chosen = (each for each in self._reached if not topics or {each, each.topic} & topics)
        return iter(list(chosen))

    def _new_offset(self, tp: TP) -> int | None:
        return self._reached.get(tp)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nobody asks for gaps."""


class TableTransport(driver.Transport):
    """Faust's way to Kafka, with our consumer."""

    Consumer: ClassVar[Any] = TableConsumer
