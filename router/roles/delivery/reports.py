"""Outcomes of deliveries, written to Kafka: to the lead's story, and to what has failed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_producer
from router.kafka.runtime.backoff import Backoff
from router.telemetry import logger

log = logger(__name__)

Headers = Sequence[tuple[str, bytes]]


class Reports:
    """One producer for all destinations of a process, replaced when it fails."""

    def __init__(self, clients: Clients) -> None:
        """A producer is connected with the first report."""
        self._clients = clients
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()

    async def write(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()
    ) -> None:
        """Return when the broker has the record; however long that takes."""
        backoff = Backoff()
        while True:
            producer = None
            try:
                producer = await self._started()
                await producer.send_and_wait(topic, value, key=key, headers=list(headers))
            except KafkaError as error:
                await self._drop(producer)
                pause_s = backoff.failed()
                log.warning("delivery.report_waits", why=type(error).__name__, in_s=pause_s)
                await asyncio.sleep(pause_s)
            else:
                return

    async def stop(self) -> None:
        """End the producer."""
        await self._drop(self._producer)

    async def _started(self) -> AIOKafkaProducer:
        async with self._lock:
            if self._producer is None:
                producer = self._clients.plain_producer()
                try:
                    await start_whole(producer)
                except BaseException:
                    await stop_producer(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _drop(self, producer: AIOKafkaProducer | None) -> None:
        """Stop ``producer``; whoever is first has it replaced."""
        if producer is not None and producer is self._producer:
            self._producer = None
            await stop_producer(producer)
