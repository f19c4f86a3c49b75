"""Records into Kafka: written by all in-sync replicas, or not said to be.

A producer that has failed is replaced: after a batch whose fate is unknown an idempotent one can
write no more. What it was writing may still arrive; its sender hears 503, sends again, and the
event's id makes that harmless.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_producer
from router.telemetry import logger

log = logger(__name__)


class Record(NamedTuple):
    """A record that is to be written."""

    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


WRITE_S_MAX = 5.0
_PAUSE_S = 0.5


class Writer:
    """Writes while :meth:`run` runs and the broker is there."""

    def __init__(self, clients: Clients) -> None:
        """A writer without a producer."""
        self._clients = clients
        self._producer: AIOKafkaProducer | None = None
        self._failed = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether there is a producer that has not failed."""
        return self._producer is not None and not self._failed.is_set()

    async def write(self, topic: str, records: Iterable[Record]) -> list[bool]:
        """Return of each record whether Kafka has it for sure."""
        producer = self._producer
        wanted = list(records)
        if producer is None or self._failed.is_set():
            return [False] * len(wanted)
        writing = [asyncio.ensure_future(_write(producer, topic, each)) for each in wanted]
        try:
            await asyncio.wait(writing, timeout=WRITE_S_MAX)
        finally:
            for task in writing:
                task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        # By then another producer may be there, which has not failed.
        if producer is self._producer and any(_is_in_doubt(task) for task in writing):
            self._failed.set()
        return [not task.cancelled() and task.exception() is None for task in writing]

    async def run(self, stop: asyncio.Event) -> None:
        """Keep a producer that works, until ``stop``."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                with contextlib.suppress(KafkaError):
                    await self._keep_one(stopping)
                await asyncio.wait([stopping], timeout=_PAUSE_S)
        finally:
            stopping.cancel()

    async def _keep_one(self, stopping: asyncio.Task[bool]) -> None:
        producer = self._clients.plain_producer()
        failing: asyncio.Task[bool] | None = None
        try:
            await start_whole(producer)
            self._failed.clear()
            self._producer = producer
            failing = asyncio.create_task(self._failed.wait())
            await asyncio.wait([stopping, failing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._producer = None
            if failing is not None:
                failing.cancel()
            await stop_producer(producer)
        if not stopping.done():
            log.warning("gateway.producer_replaced")


async def _write(producer: AIOKafkaProducer, topic: str, record: Record) -> None:
    await producer.send_and_wait(topic, record.value, key=record.key, headers=record.headers)


def _is_in_doubt(task: asyncio.Future[None]) -> bool:
    if task.cancelled():
        return True
    error = task.exception()
    return error is not None and not isinstance(error, MessageSizeTooLargeError)
