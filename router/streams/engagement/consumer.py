"""Faust's consumer, committing what is in the table instead of what it believes was acknowledged.

Faust adds up acknowledgements, and after a rebalance its sum can have a hole that nothing fills:
what it had fetched and thrown away is never acknowledged, and then it commits no further, or past
it. The table knows better how far it goes.

And it gives partitions away only between two batches: Faust would wait for what it handed to its
own streams, which our agent goes past.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

logging.getLogger(__name__).setLevel(logging.WARNING)  # Faust logs by the names of its subclasses

_BATCH_S_MAX = 5.0
"""A batch takes half a second; one that waits for the broker for longer is given up."""


class TableConsumer(driver.Consumer):
    """Commits what :meth:`reach` was told.

    Whoever works on a batch holds ``turn``; while partitions change hands the consumer does.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As Faust makes it."""
        super().__init__(*args, **kwargs)
        self.turn = asyncio.Lock()
        self.rebalances = 0
        self._holds_turn = False
        self._owned: frozenset[TP] = frozenset()
        self._reached: dict[TP, int] = {}

    def reach(self, next_offsets: Mapping[TP, int]) -> None:
        """Everything before these offsets is in the table; to be committed with the next beat."""
        self._reached.update(next_offsets)

    def partitions_of(self, topic: str) -> list[int]:
        """Which partitions of ``topic`` are ours now."""
        return sorted(each.partition for each in self._owned if each.topic == topic)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let the batch under way end, commit, and then forget what is others' to commit."""
        if not self._holds_turn:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.turn.acquire(), _BATCH_S_MAX)
                self._holds_turn = True
        await super().on_partitions_revoked(revoked)
        self._owned -= revoked
        for each in revoked:
            self._reached.pop(each, None)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Work may go on, once the tables are restored."""
        self.rebalances += 1
        # Faust does so when partitions are revoked, if there were any.
        self.app.flow_control.suspend()
        await super().on_partitions_assigned(assigned, generation_id)
        self._owned = frozenset(assigned)
        if self._holds_turn:
            self._holds_turn = False
            self.turn.release()

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
