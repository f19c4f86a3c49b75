"""Whether the CRM's answers are still on their way through intake."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from router.kafka.clients import Clients, start_whole, stop_consumer


class FeedbackQueue:
    """Compares the intake group's offsets with the ends of ``crm.feedback``.

    One consumer, in the intake group by name but without a subscription, so that it never takes
    part in it.
    """

    def __init__(self, clients: Clients, *, topic: str, partition_count: int, group: str) -> None:
        """Connects on first use."""
        self._clients = clients
        self._group = group
        self._partitions = [
            TopicPartition(topic, partition) for partition in range(partition_count)
        ]
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def waits(self) -> bool:
        """Whether there is feedback that intake has not yet put into the inbox, or may be."""
        async with self._lock:
            try:
                return await self._is_behind(await self._connected())
            except KafkaError:
                return True  # the broker is away; time can wait as well

    async def _is_behind(self, consumer: AIOKafkaConsumer) -> bool:
        ends = await consumer.end_offsets(self._partitions)
        for partition in self._partitions:
            end = ends[partition]
            if end > 0 and (await consumer.committed(partition) or 0) < end:
                return True
        return False

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = self._clients.consumer(group=self._group)
            try:
                await start_whole(consumer)
            except (KafkaError, asyncio.CancelledError):
                await stop_consumer(consumer)
                raise
            self._consumer = consumer
        return self._consumer

    async def stop(self) -> None:
        """Close the connection."""
        if self._consumer is not None:
            await stop_consumer(self._consumer)
