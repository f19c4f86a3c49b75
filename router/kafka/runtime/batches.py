"""Sending what an outbox holds, and never leaving before the broker has said what became of it."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata, TopicPartition

from router.kafka.runtime.write_buffer import Outbox


class Sent(NamedTuple):
    """One batch on its way: ``answer`` is done, and holds where it lies or why it does not."""

    target: TopicPartition
    record_count: int
    answer: asyncio.Future[RecordMetadata]


async def send_batches(producer: AIOKafkaProducer, outbox: Outbox) -> list[Sent]:
    """Send every batch, and wait for what the broker says to each.

    Cancelled, it does not wait: a broker that is frozen never answers.

    Raises:
        KafkaError: a batch could not even be sent; those before it are answered.
    """
    sent: list[Sent] = []
    try:
        for batch in outbox.batches():
            topic, partition = batch.target
            answer = await producer.send_batch(batch.builder, topic, partition=partition)
            answer.add_done_callback(_notice)
            sent.append(Sent(batch.target, batch.builder.record_count(), answer))
    except KafkaError:
        await _answers(sent)
        raise
    await _answers(sent)
    return sent


async def _answers(sent: list[Sent]) -> None:
    await asyncio.gather(*(each.answer for each in sent), return_exceptions=True)


def _notice(answer: asyncio.Future[RecordMetadata]) -> None:
    """Read the error of an answer that comes when nobody waits for it any more."""
    if not answer.cancelled():
        answer.exception()
