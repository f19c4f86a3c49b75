"""Topics of a measurement: made, filled beforehand, and read back to count what came out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 4
BATCH_BYTES = 500_000
IN_FLIGHT_BATCHES = 8


@dataclass(frozen=True, slots=True)
class Record:
    """What is written beforehand."""

    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class Contents:
    """What a topic holds for a read_committed reader.

    ``appended`` maps a broker time (ms) to the records appended then; ``marked`` counts the
    values that contain the mark asked for.
    """

    records: int = 0
    marked: int = 0
    value_bytes: int = 0
    appended: dict[int, int] = field(default_factory=dict)

    @property
    def bytes_per_record(self) -> float:
        """Mean size of a value."""
        return self.value_bytes / max(self.records, 1)


async def create(
    bootstrap_servers: str, *names: str, compacted: bool = False, partitions: int = PARTITIONS
) -> None:
    """Make topics that stamp records with the broker's time."""
    configs = {
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "compact" if compacted else "delete",
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs=configs) for name in names]
        )
    finally:
        await admin.close()


async def delete_all(bootstrap_servers: str, prefix: str) -> None:
    """Delete every topic whose name starts with ``prefix``."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if name.startswith(prefix)]
        if names:
            await admin.delete_topics(names)
    finally:
        await admin.close()


async def fill(bootstrap_servers: str, topic: str, records: Iterable[Record]) -> int:
    """Write records without transactions, in order per partition; returns how many."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        max_batch_size=2 * BATCH_BYTES,
        max_request_size=4 * BATCH_BYTES,
    )
    await producer.start()
    try:
        return await _fill(producer, topic, records)
    finally:
        await producer.stop()


async def _fill(producer: AIOKafkaProducer, topic: str, records: Iterable[Record]) -> int:
    batches = {}
    sizes: dict[int, int] = {}
    in_flight: list[asyncio.Future] = []
    count = 0
    for record in records:
        partition = record.partition
        batch = batches.get(partition)
        if batch is None:
            batch = batches[partition] = producer.create_batch()
            sizes[partition] = 0
        batch.append(
            key=record.key, value=record.value, timestamp=None, headers=list(record.headers)
        )
        count += 1
        sizes[partition] += len(record.value)
        if sizes[partition] >= BATCH_BYTES:
            future = await producer.send_batch(batches.pop(partition), topic, partition=partition)
            in_flight.append(future)
            if len(in_flight) >= IN_FLIGHT_BATCHES:
                await in_flight.pop(0)
    for partition, batch in batches.items():
        in_flight.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*in_flight)
    return count


class EndOffsets:
    """Asks again and again how far a topic has grown."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers, enable_auto_commit=False
        )
        self._partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._consumer.stop()

    async def total(self) -> int:
        """The sum over the partitions; transaction markers count too."""
        return sum((await self._consumer.end_offsets(self._partitions)).values())


async def read_back(
    bootstrap_servers: str,
    topic: str,
    partitions: int = PARTITIONS,
    mark: bytes | None = None,
) -> Contents:
    """Read a whole topic with read_committed, counting the values that contain ``mark``."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8_000_000,
    )
    await consumer.start()
    try:
        assigned = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(assigned)
        await consumer.seek_to_beginning(*assigned)
        ends = await consumer.end_offsets(assigned)
        return await _read_until(consumer, ends, mark)
    finally:
        await consumer.stop()


async def _read_until(
    consumer: AIOKafkaConsumer,
    ends: dict[TopicPartition, int],
    mark: bytes | None,
) -> Contents:
    contents = Contents()
    appended = contents.appended
    waiting = {partition for partition, end in ends.items() if end > 0}
    while waiting:
        batches = await consumer.getmany(*waiting, timeout_ms=200, max_records=20_000)
        for records in batches.values():
            for record in records:
                value = record.value or b""
                contents.records += 1
                contents.value_bytes += len(value)
                contents.marked += mark is not None and mark in value
                appended[record.timestamp] = appended.get(record.timestamp, 0) + 1
        for partition in list(waiting):
            # a position passes over transaction markers too, so it does reach the end
            if await consumer.position(partition) >= ends[partition]:
                waiting.remove(partition)
    return contents
