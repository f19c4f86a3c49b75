"""Writing to the topics as strangers do, and reading what has become of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from router.kafka.clients import Clients
from router.kafka.reader import log_spans, read_topic
from router.kafka.topics import Topics, topics_of
from router.settings import Settings

WITHIN_S = 40.0
SETTLED_S = 0.7
_REQUEST_BYTES_MAX = 16 * 1024 * 1024


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


class Sent(NamedTuple):
    """A record as a stranger sends it; ``topic`` is a full name."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int = 0


class Board:
    """All topics of one deployment."""

    def __init__(self, settings: Settings) -> None:
        self.names: Topics = topics_of(settings)
        self._settings = settings
        self._clients = Clients(settings.kafka)

    @asynccontextmanager
    async def producer(self, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
        """A foreign producer without any of our limits."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka.bootstrap_servers,
            max_request_size=_REQUEST_BYTES_MAX,
            **options,
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def send(self, records: Sequence[Sent], **options: Any) -> list[Place]:
        """Send records in their order, each to the partition that it names."""
        async with self.producer(**options) as producer:
            futures = [
                await producer.send(
                    record.topic,
                    record.value,
                    record.key,
                    partition=record.partition,
                    headers=list(record.headers),
                )
                for record in records
            ]
            sent = await asyncio.gather(*futures)
        return [Place(each.topic, each.partition, each.offset) for each in sent]

    async def read(self, topic: str) -> list[ConsumerRecord]:
        """Every committed record of a topic."""
        return [record async for record in read_topic(self._clients, topic)]

    async def read_when(
        self, topic: str, is_enough: Callable[[list[ConsumerRecord]], bool]
    ) -> list[ConsumerRecord]:
        """Every record as soon as there are enough, and what came in a moment later."""
        deadline_s = time.monotonic() + WITHIN_S
        while not is_enough(records := await self.read(topic)):
            if time.monotonic() > deadline_s:
                return records
            await asyncio.sleep(0.1)
        await asyncio.sleep(SETTLED_S)
        return await self.read(topic)

    async def read_count(self, topic: str, count: int) -> list[ConsumerRecord]:
        """At least ``count`` records, and what came in a moment later."""
        return await self.read_when(topic, lambda records: len(records) >= count)

    async def assignments(self, count: int) -> list[dict[str, Any]]:
        """At least ``count`` assignment events, in the order of each partition."""
        records = await self.read_count(self.names.assignments, count)
        return [json.loads(record.value) for record in records]

    async def is_empty(self, *topics: str) -> bool:
        """Whether nothing was ever written to these topics."""
        spans = await log_spans(self._clients, topics)
        return all(span.end == 0 for span in spans.values())


def headers_of(record: ConsumerRecord) -> dict[str, bytes]:
    """The headers of a record by name."""
    return dict(record.headers)


def source_of(dead_letter: ConsumerRecord) -> Place:
    """Where the record of a dead letter was read."""
    said = headers_of(dead_letter)
    return Place(said["topic"].decode(), int(said["partition"]), int(said["offset"]))
