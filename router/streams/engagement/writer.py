"""Writing without transactions: every batch is awaited, and what the broker refuses is an error."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import TopicPartition

from router.kafka.batches import Sent, send_batches
from router.kafka.clients import Clients, start_whole
from router.kafka.closing import stop_producer
from router.kafka.outbox import Outbox

_SEND_S_MAX = 15.0


class Written(NamedTuple):
    """Where records lie; those of others may lie among them."""

    first_offset: int
    last_offset: int


class Writer:
    """An idempotent producer: no record twice and none out of order while it lives.

    One that has failed is not used again: it may have lost count of its records.
    """

    def __init__(self, clients: Clients) -> None:
        """Connects when there is something to send."""
        self._clients = clients
        self._producer: AIOKafkaProducer | None = None

    async def send(self, outbox: Outbox) -> dict[TopicPartition, Written]:
        """Send everything; returns where it lies in each partition.

        Raises:
            KafkaError: something was not written, or nobody knows; all of it may be sent again.
        """
        written: dict[TopicPartition, Written] = {}
        try:
            for target, record_count, answer in await self._sent(outbox):
                first = answer.result().offset
                before = written.get(target, Written(first, first))
                written[target] = Written(before.first_offset, first + record_count - 1)
        except KafkaError:
            await self.stop()
            raise
        return written

    async def _sent(self, outbox: Outbox) -> list[Sent]:
        """An idempotent producer of aiokafka tries for ever; we give up, to say so."""
        sending = asyncio.create_task(send_batches(await self._started(), outbox))
        try:
            await asyncio.wait([sending], timeout=_SEND_S_MAX)
            if not sending.done():
                raise KafkaTimeoutError
            return sending.result()
        finally:
            while not sending.done():  # once for the sending, once for the wait for answers
                sending.cancel()
                await asyncio.wait([sending], timeout=0.1)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = self._clients.plain_producer()
            await start_whole(self._producer)
        return self._producer

    async def stop(self) -> None:
        """Close the connection; within a bound, because the broker may be away."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_producer(producer)
