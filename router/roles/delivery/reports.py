"""Outcomes of deliveries, written to Kafka: to the lead's story, and to what has failed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from router.kafka.client.clients import Clients
from router.kafka.client.shared_producer import SharedProducer
from router.kafka.runtime.backoff import Backoff
from router.telemetry import logger

log = logger(__name__)

Headers = Sequence[tuple[str, bytes]]


class Reports:
    """Reports of all destinations of a process, by one producer."""

    def __init__(self, clients: Clients) -> None:
        """A producer is connected with the first report."""
        self._producer = SharedProducer(clients)

    async def write(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()
    ) -> None:
        """Return when the broker has the record; however long that takes."""
        backoff = Backoff()
        while True:
            producer = None
            try:
                producer = await self._producer.started()
                await producer.send_and_wait(topic, value, key=key, headers=list(headers))
            except KafkaError as error:
                await self._producer.drop(producer)
                pause_s = backoff.failed()
                log.warning("delivery.report_waits", why=type(error).__name__, in_s=pause_s)
                await asyncio.sleep(pause_s)
            else:
                return

    async def stop(self) -> None:
        """End the producer."""
        await self._producer.stop()
