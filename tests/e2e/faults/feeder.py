"""Feeds a load wave by wave, at a pace that leaves something to do all the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from router.settings import Settings
from tests.e2e.faults.company import Message

CHUNK = 100
CHUNKS_PER_S = 20
"""At least: a slow pace is no pace if it comes in heaps."""


class Feeder:
    """Publishes messages, each exactly once however often the broker dies meanwhile."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        """The producer is started already."""
        self._producer = producer
        self._prefix = prefix

    async def publish(self, messages: Sequence[Message], *, per_s: int = 0) -> None:
        """Publish in order and return when all is stored; ``per_s`` 0 is without a break."""
        size = max(min(CHUNK, per_s // CHUNKS_PER_S), 1) if per_s else CHUNK
        for start in range(0, len(messages), size):
            chunk = messages[start : start + size]
            stored = [
                await self._producer.send(
                    f"{self._prefix}{message.topic}",
                    key=message.key.encode(),
                    value=message.value,
                    headers=list(message.headers),
                )
                for message in chunk
            ]
            await asyncio.gather(*stored)
            if per_s:
                await asyncio.sleep(len(chunk) / per_s)


@asynccontextmanager
async def feeding(settings: Settings) -> AsyncIterator[Feeder]:
    """A :class:`Feeder` for the time of an ``async with`` block."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        enable_idempotence=True,
        request_timeout_ms=60_000,  # longer than the broker is ever away
        retry_backoff_ms=50,
    )
    await producer.start()
    try:
        yield Feeder(producer, settings.topics.prefix)
    finally:
        await producer.stop()
