"""The log of activity, read beside Faust: what it left out, and how far the log goes."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import NamedTuple

from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import TopicPartition

from router.kafka.client.background_tasks import check_tasks
from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_consumer
from router.kafka.client.reach import in_words
from router.kafka.rights.right import Operation
from router.kafka.runtime.step import Record

_POLL_MS = 200
_RECORDS_MAX = 2_000
_SILENT_POLLS_MAX = 25
"""Five seconds: then the log may have become shorter, and its bounds are asked again."""


class Held(NamedTuple):
    """What a partition holds: offsets from ``start`` up to, not including, ``end``."""

    start: int
    end: int


class ActivityLog:
    """One connection, which stays. It reads uncommitted, as Faust does."""

    def __init__(self, clients: Clients, topic: str) -> None:
        """Not yet connected; see :meth:`start`."""
        self.topic = topic
        self._clients = clients
        self._consumer = clients.consumer(isolation="read_uncommitted")
        self.answered_s = time.monotonic()
        """When the broker last answered (monotonic); at first when we began to wait for it."""

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError: the broker cannot be reached.
        """
        try:
            await start_whole(self._consumer)
        except KafkaError as error:
            doing = f"read {self.topic}"
            raise await in_words(error, self._clients.settings, doing, Operation.READ) from error

    async def stop(self) -> None:
        """Close the connection, within a bound."""
        await stop_consumer(self._consumer)

    def check(self) -> None:
        """Check that the connection still works.

        Raises:
            KafkaError: a background task of it has died.
        """
        check_tasks(self._consumer)

    def partition_count(self) -> int | None:
        """How many partitions the topic has, as of some seconds ago; None before it is known."""
        partitions = self._consumer.partitions_for_topic(self.topic)
        return len(partitions) if partitions else None

    async def spans(self, partitions: Sequence[int]) -> dict[int, Held]:
        """What the partitions hold now.

        Raises:
            KafkaError: the broker does not answer.
        """
        sources = [TopicPartition(self.topic, number) for number in partitions]
        starts = await self._consumer.beginning_offsets(sources)
        ends = await self._consumer.end_offsets(sources)
        self.answered_s = time.monotonic()
        return {each.partition: Held(starts[each], ends[each]) for each in sources}

    async def read(
        self, partition: int, start: int, end: int, goes_on: Callable[[], bool]
    ) -> AsyncGenerator[Sequence[Record], None]:
        """The records from ``start`` up to, not including, ``end``, in lists.

        Ends before that when ``goes_on`` says so, which is asked while the broker says nothing.

        Raises:
            KafkaError: the broker refuses or says nothing, or the log has changed meanwhile.
        """
        source = TopicPartition(self.topic, partition)
        self._consumer.assign([source])
        self._consumer.seek(source, start)
        silent_polls = 0
        try:
            while await self._consumer.position(source) < end and goes_on():
                fetched = await self._consumer.getmany(
                    source, timeout_ms=_POLL_MS, max_records=_RECORDS_MAX
                )
                silent_polls = 0 if fetched else silent_polls + 1
                if silent_polls > _SILENT_POLLS_MAX:
                    raise KafkaTimeoutError
                if records := [each for each in fetched.get(source, ()) if each.offset < end]:
                    self.answered_s = time.monotonic()
                    yield records
        finally:
            self._consumer.pause(source)  # or it would go on fetching what nobody takes
