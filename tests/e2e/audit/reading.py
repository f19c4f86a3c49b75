"""Reading all topics as any consumer may: read_committed, from the first record to the end."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.e2e.audit.history import INPUTS, OUTPUTS, History, Record


async def read_history(
    bootstrap_servers: str, prefix: str, *, default_sales_org: str = "main"
) -> History:
    """What the topics under ``prefix`` hold, up to the end of the last closed transaction."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        names = [
            name for name in (*INPUTS, *OUTPUTS) if f"{prefix}{name}" in await consumer.topics()
        ]
        return History(
            {name: await _read(consumer, prefix, name) for name in names}, default_sales_org
        )
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, prefix: str, name: str) -> list[Record]:
    topic = f"{prefix}{name}"
    partitions = [
        TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic) or ()
    ]
    ends = await consumer.end_offsets(partitions)
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    found: list[Record] = []
    while await _unread(consumer, partitions, ends):
        fetched = await consumer.getmany(timeout_ms=200, max_records=20_000)
        found += [
            Record(
                name,
                each.partition,
                each.offset,
                each.timestamp,
                each.key,
                each.value,
                each.headers,
            )
            for records in fetched.values()
            for each in records
        ]
    return sorted(found, key=lambda record: record.place)


async def _unread(
    consumer: AIOKafkaConsumer,
    partitions: Sequence[TopicPartition],
    ends: dict[TopicPartition, int],
) -> bool:
    for partition in partitions:
        if await consumer.position(partition) < ends[partition]:
            return True
    return False
