"""One plain producer for all in a process who write beside transactions."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_producer


class SharedProducer:
    """Started when it is first wanted, and replaced once somebody has found that it failed.

    After a batch whose fate is unknown an idempotent producer can write no more.
    """

    def __init__(self, clients: Clients) -> None:
        """It is not connected yet."""
        self._clients = clients
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def started(self) -> AIOKafkaProducer:
        """Return the producer, connected.

        Raises:
            KafkaError: no broker can be reached.
        """
        async with self._starting:
            if self._producer is None:
                producer = self._clients.plain_producer()
                try:
                    await start_whole(producer)
                except BaseException:
                    await stop_producer(producer)
                    raise
                self._producer = producer
            return self._producer

    async def drop(self, producer: AIOKafkaProducer | None) -> None:
        """End ``producer``, which failed; whoever wants one next has it replaced."""
        if producer is not None and producer is self._producer:
            self._producer = None
            await stop_producer(producer)

    async def stop(self) -> None:
        """End the producer, once nobody writes any more."""
        await self.drop(self._producer)
