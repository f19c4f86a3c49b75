"""What measurements of latency have in common: a sender, a reader of assignments, percentiles."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

See = Callable[[bytes, float], None]
"""Is told the value of an assignment, and when it was read (perf_counter)."""


@contextlib.asynccontextmanager
async def sender_and_reader(
    bootstrap_servers: str, assignments: str, partition_count: int, see: See
) -> AsyncIterator[AIOKafkaProducer]:
    """A producer; for the time of the block ``see`` gets every committed assignment."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    async with contextlib.AsyncExitStack() as stack:
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        await producer.start()
        stack.push_async_callback(producer.stop)
        consumer.assign([TopicPartition(assignments, number) for number in range(partition_count)])
        reader = asyncio.create_task(_read(consumer, see))
        try:
            yield producer
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def _read(consumer: AIOKafkaConsumer, see: See) -> None:
    while True:
        arrived = await consumer.getmany(timeout_ms=1_000)
        now_s = time.perf_counter()
        for records in arrived.values():
            for record in records:
                see(record.value, now_s)


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """The measuring process must not pause."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def percentiles(waits_s: Sequence[float]) -> dict[str, float]:
    """How many there are, and how they are spread, in milliseconds."""
    waits_ms = sorted(1_000 * wait for wait in waits_s)
    return {
        "events": len(waits_ms),
        **{f"p{share}_ms": waits_ms[len(waits_ms) * share // 100] for share in (50, 95, 99)},
        "max_ms": waits_ms[-1],
    }
