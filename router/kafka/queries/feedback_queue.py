"""Whether the CRM's answers that have come by now have gone through intake."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Final, TypeAlias

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_consumer

Ends: TypeAlias = Mapping[TopicPartition, int]

_LONG_S: Final = 10.0
"""Intake at work passes feedback in a second or two: after so long, it had stood still."""


class FeedbackQueue:
    """Compares the offsets that the intake group shows with the ends of ``crm.feedback``.

    One consumer, in the intake group by name but without a subscription, so that it never takes
    part in it.
    """

    def __init__(self, clients: Clients, *, topic: str, group: str) -> None:
        """Connects on first use."""
        self._clients = clients
        self._topic = topic
        self._group = group
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def ends(self) -> Ends | None:
        """What has come by now; None when the broker is away, and time can wait as well."""
        async with self._lock:
            with contextlib.suppress(KafkaError):
                consumer = await self._connected()
                return dict(await consumer.end_offsets(self._partitions(consumer)))
        return None

    def _partitions(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Return those that there are now: some may have been added.

        Raises:
            UnknownTopicOrPartitionError: the topic is not there, or not for this user.
        """
        found = consumer.partitions_for_topic(self._topic)
        if not found:
            raise UnknownTopicOrPartitionError(self._topic)
        return [TopicPartition(self._topic, partition) for partition in sorted(found)]

    async def has_passed(self, ends: Ends) -> bool:
        """Whether all that had come by ``ends`` is in the inbox; what came later need not be.

        Intake shows its offsets within a second of committing them.
        """
        async with self._lock:
            with contextlib.suppress(KafkaError):
                consumer = await self._connected()
                for partition, end in ends.items():
                    if end > 0 and (await consumer.committed(partition) or 0) < end:
                        return False
                return True
        return False

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = self._clients.consumer(group=self._group)
            try:
                await start_whole(consumer)
                # Without it the client asks for the partitions of all topics of the cluster.
                await consumer._client.set_topics([self._topic])  # noqa: SLF001 - no other way
            except (KafkaError, asyncio.CancelledError):
                await stop_consumer(consumer)
                raise
            self._consumer = consumer
        return self._consumer

    async def stop(self) -> None:
        """Close the connection."""
        if self._consumer is not None:
            await stop_consumer(self._consumer)


class FeedbackGate:
    """Holds up time in one partition until the feedback that had come is in the inbox.

    Feedback that never ceases must not hold it up for ever, so what comes meanwhile is not waited
    for. Unless intake stood still: then that may be hours of answers, and it is waited for once.
    """

    def __init__(self, queue: FeedbackQueue) -> None:
        """Nothing is waited for yet."""
        self._queue = queue
        self._ends: Ends | None = None
        self._since_s = 0.0
        self._is_second_wait = False

    def forget(self) -> None:
        """Time is not to pass now; the next wait begins anew."""
        self._ends, self._is_second_wait = None, False

    async def is_open(self) -> bool:
        """Whether time may pass; ask again until it may."""
        if self._ends is None:
            self._ends, self._since_s = await self._queue.ends(), time.monotonic()
        if self._ends is None or not await self._queue.has_passed(self._ends):
            return False
        waits_again = not self._is_second_wait and time.monotonic() - self._since_s > _LONG_S
        self._ends, self._is_second_wait = None, waits_again
        return not waits_again
