"""Writing to the topics as strangers do, and reading what has become of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import ConsumerRecord

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import log_spans, read_topic
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import Settings
from tests.e2e.bad_input.program import RunningRouter

WITHIN_S = 40.0
SETTLED_S = 0.7
_BATCH_BYTES_MAX = 500_000  # a larger record travels alone


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
        self.router: RunningRouter | None = None
        """Where waiting makes no sense any more once this one has ended."""

    async def send(self, records: Sequence[Sent]) -> list[Place]:
        """Send records, each to the partition that it names; the order in each is kept.

        By batches, because a producer's own ``send`` refuses what other clients do send.
        """
        places: dict[int, Place] = {}
        async with self._producer() as producer:
            for target, numbers in _by_partition(records).items():
                builder, held = producer.create_batch(), []
                for number in numbers:
                    if not _append(builder, records[number]):
                        places |= await _sent(producer, builder, target, held)
                        builder, held = producer.create_batch(), []
                        assert _append(builder, records[number])
                    held.append(number)
                places |= await _sent(producer, builder, target, held)
        return [places[number] for number in range(len(records))]

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka.bootstrap_servers,
            max_batch_size=_BATCH_BYTES_MAX,
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def read(self, topic: str) -> list[ConsumerRecord]:
        """Every committed record of a topic."""
        return [record async for record in read_topic(self._clients, topic)]

    async def read_when(
        self, topic: str, is_enough: Callable[[list[ConsumerRecord]], bool]
    ) -> list[ConsumerRecord]:
        """Every record as soon as there are enough, and what came in a moment later."""
        deadline_s = time.monotonic() + WITHIN_S
        while not is_enough(records := await self.read(topic)):
            output = self.router.output if self.router else ""
            assert self.router is None or self.router.is_running, output
            assert time.monotonic() < deadline_s, f"only {len(records)} in {topic}\n{output}"
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


def _by_partition(records: Sequence[Sent]) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for number, record in enumerate(records):
        found.setdefault((record.topic, record.partition), []).append(number)
    return found


def _append(builder: BatchBuilder, record: Sent) -> bool:
    appended = builder.append(
        timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
    )
    return appended is not None


async def _sent(
    producer: AIOKafkaProducer, builder: BatchBuilder, target: tuple[str, int], held: list[int]
) -> dict[int, Place]:
    topic, partition = target
    base = (await (await producer.send_batch(builder, topic, partition=partition))).offset
    return {number: Place(topic, partition, base + at) for at, number in enumerate(held)}


def headers_of(record: ConsumerRecord) -> dict[str, bytes]:
    """The headers of a record by name."""
    return dict(record.headers)


def source_of(dead_letter: ConsumerRecord) -> Place:
    """Where the record of a dead letter was read."""
    said = headers_of(dead_letter)
    return Place(said["topic"].decode(), int(said["partition"]), int(said["offset"]))
