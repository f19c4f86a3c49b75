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

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    IllegalGenerationError,
    NoError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from router.roles.streams.engagement.faust_app.consumer_thread import ConsumerThread
from router.roles.streams.engagement.faust_app.private_names import kafka_consumer
from router.roles.streams.engagement.faust_app.thread_call import in_thread_of

logging.getLogger(__name__).setLevel(logging.WARNING)  # Faust logs by the names of its subclasses

_BATCH_S_MAX = 5.0
"""A batch takes half a second; one that waits for the broker for longer is given up."""

_LAST_COMMIT_S_MAX = 1.5


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
        self._committed: dict[TP, int] = {}
        self._is_ending = asyncio.Event()
        self._ends_at_s = float("inf")

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def is_whole(self) -> bool:
        """Whether we have the table's partitions of the same numbers as those of the activity.

        Not, where one topic has got more partitions than the other: then Faust spreads them apart.
        """
        numbers: dict[str, set[int]] = {}
        for each in self._owned:
            numbers.setdefault(each.topic, set()).add(each.partition)
        return len(set(map(frozenset, numbers.values()))) <= 1 and len(numbers) != 1

    def reach(self, next_offsets: Mapping[TP, int]) -> None:
        """Everything before these offsets is in the table; to be committed with the next beat."""
        self._reached.update(next_offsets)

    def partitions_of(self, topic: str) -> list[int]:
        """Which partitions of ``topic`` are ours now."""
        return sorted(each.partition for each in self._owned if each.topic == topic)

    def end_soon(self) -> None:
        """Do not wait for the broker for long any more: a commit that it lets wait is given up."""
        self._is_ending.set()
        self._ends_at_s = asyncio.get_running_loop().time() + _LAST_COMMIT_S_MAX

    async def is_member(self, generation: int) -> bool:
        """Ask the group whether nobody else has been given our partitions of ``generation``.

        Raises:
            KafkaError: the group cannot be asked.
        """
        inner = kafka_consumer(self)
        return await in_thread_of(self, lambda: _is_member(inner, generation))

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
            self._committed.pop(each, None)

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

    def _should_commit(self, tp: TP, offset: int) -> bool:
        """Whether it is not committed; Faust counts what it could not commit as well."""
        return self._committed.get(tp) != offset

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit; whether it was done. aiokafka tries for ever."""
        committing = asyncio.ensure_future(super()._commit(offsets))
        ending = asyncio.ensure_future(self._is_ending.wait())
        await asyncio.wait([committing, ending], return_when=asyncio.FIRST_COMPLETED)
        if not committing.done():
            left_s = self._ends_at_s - asyncio.get_running_loop().time()
            await asyncio.wait([committing], timeout=max(left_s, 0.0))
        for each in (committing, ending):
            each.cancel()
        await asyncio.gather(committing, ending, return_exceptions=True)
        if committing.cancelled() or not committing.result():
            return False
        self._committed.update(offsets)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nobody asks for gaps."""


async def _is_member(consumer: AIOKafkaConsumer, generation: int) -> bool:
    """A heartbeat of ``generation``: while the next is being agreed on, this one still holds."""
    coordinator = consumer._coordinator  # noqa: SLF001 - aiokafka has no public heartbeat
    if coordinator.generation != generation:
        return False
    request = HeartbeatRequest(coordinator.group_id, generation, coordinator.member_id)
    answer = await coordinator._send_req(request)  # noqa: SLF001 - as above
    error = for_code(answer.error_code)
    if error in (NoError, RebalanceInProgressError):
        return True
    if error in (IllegalGenerationError, UnknownMemberIdError):
        return False
    raise error()


class TableTransport(driver.Transport):
    """Faust's way to Kafka, with our consumer."""

    Consumer: ClassVar[Any] = TableConsumer
