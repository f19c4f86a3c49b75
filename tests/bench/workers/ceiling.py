"""The least that exactly once costs in Python: consume, produce unchanged, commit.

One process, one transactional producer per partition, whole batches; a transaction takes what
has arrived, up to ``RECORDS_MAX``, as the router's own runtime does.

Arguments: bootstrap servers, application id, input topic, output topic.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

RECORDS_MAX = 4_000
BATCH_BYTES = 900_000


async def main(bootstrap_servers: str, application: str, source: str, target: str) -> None:
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap_servers,
        group_id=application,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=4_000_000,
    )
    await consumer.start()
    try:
        while not consumer.assignment():  # noqa: ASYNC110 - aiokafka offers no event for it
            await asyncio.sleep(0.01)
        async with asyncio.TaskGroup() as steps:
            for partition in consumer.assignment():
                steps.create_task(pass_through(consumer, partition, application, target))
    finally:
        await consumer.stop()


async def pass_through(
    consumer: AIOKafkaConsumer, partition: TopicPartition, application: str, target: str
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=consumer._client._bootstrap_servers,
        transactional_id=f"{application}-{partition.topic}-{partition.partition}",
        acks="all",
        retry_backoff_ms=5,
        max_batch_size=BATCH_BYTES + 100_000,
        max_request_size=4 * BATCH_BYTES,
    )
    await producer.start()
    try:
        while True:
            arrived = await consumer.getmany(partition, timeout_ms=1_000, max_records=RECORDS_MAX)
            for records in arrived.values():
                await commit(producer, records, partition, application, target)
    finally:
        await producer.stop()


async def commit(
    producer: AIOKafkaProducer,
    records: list[ConsumerRecord],
    partition: TopicPartition,
    application: str,
    target: str,
) -> None:
    async with producer.transaction():
        written = []
        batch, size = producer.create_batch(), 0
        for record in records:
            batch.append(key=record.key, value=record.value, timestamp=None)
            size += len(record.value)
            if size >= BATCH_BYTES:
                written.append(
                    await producer.send_batch(batch, target, partition=partition.partition)
                )
                batch, size = producer.create_batch(), 0
        if size:
            written.append(await producer.send_batch(batch, target, partition=partition.partition))
        await asyncio.gather(*written)
        await producer.send_offsets_to_transaction({partition: records[-1].offset + 1}, application)


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # each commit's expected retry warns
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    asyncio.run(main(*sys.argv[1:5]))
