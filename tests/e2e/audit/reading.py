"""Reading all topics as any consumer may: read_committed, from the first record to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.e2e.audit.history import INPUTS, OUTPUTS, History, Record

TOPICS = (*INPUTS, *OUTPUTS)


async def read_history(
    bootstrap_servers: str, prefix: str, *, default_sales_org: str = "main"
) -> History:
    """What the topics under ``prefix`` hold, up to the end of the last closed transaction.

    Raises:
        KeyError: a topic does not exist.
    """
    counts = await _partition_counts(bootstrap_servers, prefix)
    topics: dict[str, list[Record]] = {}
    for name in TOPICS:
        async with _consumer(bootstrap_servers) as consumer:
            topic = f"{prefix}{name}"
            topics[name] = await _read(consumer, name, topic, counts[topic])
    return History(topics, default_sales_org)


@asynccontextmanager
async def _consumer(bootstrap_servers: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _partition_counts(bootstrap_servers: str, prefix: str) -> Mapping[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        described = await admin.describe_topics([f"{prefix}{name}" for name in TOPICS])
    finally:
        await admin.close()
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def _read(consumer: AIOKafkaConsumer, name: str, topic: str, count: int) -> list[Record]:
    partitions = [TopicPartition(topic, partition) for partition in range(count)]
    ends = await consumer.end_offsets(partitions)
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    found: list[Record] = []
    while await _is_unread(consumer, partitions, ends):
        fetched = await consumer.getmany(timeout_ms=200, max_records=20_000)
        found += [
            Record(
                name,
                each.partition,
                each.offset,
                each.timestamp,
                each.key,
                each.value,
                tuple(each.headers),
            )
            for records in fetched.values()
            for each in records
        ]
    return sorted(found, key=lambda record: record.place)


async def _is_unread(
    consumer: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    ends: Mapping[TopicPartition, int],
) -> bool:
    for partition in partitions:
        if await consumer.position(partition) < ends[partition]:
            return True
    return False
