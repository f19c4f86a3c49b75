"""Sending what an outbox holds, and never leaving before the broker has said what became of it."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata, TopicPartition

from router.kafka.outbox import Outbox

_STOP_TIMEOUT_S = 3.0


class Sent(NamedTuple):
    """One batch on its way: ``answer`` is done, and holds where it lies or why it does not."""

    target: TopicPartition
    record_count: int
    answer: asyncio.Future[RecordMetadata]


async def send_batches(producer: AIOKafkaProducer, outbox: Outbox) -> list[Sent]:
    """Send every batch, and wait for what the broker says to each.

    Raises:
        KafkaError: a batch could not even be sent; those before it are answered.
    """
    sent: list[Sent] = []
    try:
        for batch in outbox.batches():
            topic, partition = batch.target
            answer = await producer.send_batch(batch.builder, topic, partition=partition)
            sent.append(Sent(batch.target, batch.builder.record_count(), answer))
    finally:
        await asyncio.gather(*(each.answer for each in sent), return_exceptions=True)
    return sent


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Close the connection; within a bound, because the broker may be away."""
    try:
        await asyncio.wait_for(producer.stop(), _STOP_TIMEOUT_S)
    except (KafkaError, TimeoutError):
        await producer.client.close()
