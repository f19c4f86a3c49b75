"""Writing what follows from a partition of activity: nobody who wrote for it before comes later.

A batch can be held up in the network (a proxy, a mesh), its connection be lost, and the batch be
sent again by us or by whoever has taken over; delivered late, the first would lie behind newer rows
of the same leads, and compaction would keep it. So each partition of activity has a writer with an
epoch, and the broker refuses what comes of an earlier one: see :mod:`router.kafka.client.fencing`.

A worker that has lost its partition and does not know it must not take an epoch above that of its
successor. Its epoch counts only when the group has confirmed, after it was taken, that the
partition is still its own: whoever gets the partition later takes a higher one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, ProducerClosed
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.client.closing import stop_producer
from router.kafka.client.fencing import fencing_producer, start_fencing
from router.kafka.runtime.batches import Sent, send_batches
from router.kafka.runtime.write_buffer import Outbox

_SEND_S_MAX = 15.0
_EPOCH_S_MAX = 86_400.0
"""The broker forgets an id that has not been used for seven days, and its epochs with it."""

_TIMEOUT_MS = 10_000

IsMember: TypeAlias = Callable[[], Awaitable[bool]]
"""Asks the group whether this process still has the partitions of a generation."""


class Written(NamedTuple):
    """Where records lie; those of others may lie among them."""

    first_offset: int
    last_offset: int


Places: TypeAlias = dict[TopicPartition, Written]


class Writer:
    """Writes for one partition of activity: no record twice and none out of order while it lives.

    A producer that has failed is not used again: it may have lost count of its records.
    """

    def __init__(self, clients: Clients, fencing_id: str, is_member: IsMember) -> None:
        """Connects when there is something to send."""
        self._clients = clients
        self._fencing_id = fencing_id
        self._is_member = is_member
        self._producer: AIOKafkaProducer | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._is_closed = False
        self._confirmed_s: float | None = None

    async def send(self, outbox: Outbox) -> Places | None:
        """Send everything; returns where it lies, None if the partition is not ours any more.

        Raises:
            KafkaError: something was not written, or nobody knows; all of it may be sent again.
        """
        try:
            sent = await self._within_bound(outbox)
            return None if sent is None else _places(sent)
        except KafkaError:
            await self._stop()
            raise

    async def _within_bound(self, outbox: Outbox) -> list[Sent] | None:
        """A producer of aiokafka tries for ever; we give up, to say so."""
        sending = asyncio.create_task(self._send(outbox))
        try:
            await asyncio.wait([sending], timeout=_SEND_S_MAX)
            if not sending.done():
                raise KafkaTimeoutError
            return sending.result()
        finally:
            while not sending.done():  # once for the sending, once for the wait for answers
                sending.cancel()
                await asyncio.wait([sending], timeout=0.1)

    async def _send(self, outbox: Outbox) -> list[Sent] | None:
        producer = self._confirmed() or await self._started()
        return None if producer is None else await send_batches(producer, outbox)

    def _confirmed(self) -> AIOKafkaProducer | None:
        confirmed_s = self._confirmed_s
        is_young = confirmed_s is not None and time.monotonic() - confirmed_s < _EPOCH_S_MAX
        return self._producer if is_young else None

    async def _started(self) -> AIOKafkaProducer | None:
        await self._stop()
        if self._is_closed:
            raise ProducerClosed
        producer = self._producer = fencing_producer(self._clients, self._fencing_id, _TIMEOUT_MS)
        await start_fencing(producer)
        if not await self._is_member():
            await self._stop()
            return None
        self._confirmed_s = time.monotonic()
        return producer

    async def close(self) -> None:
        """Close the connection for good; within a bound, because the broker may be away."""
        self._is_closed = True
        await self._stop()

    async def _stop(self) -> None:
        self._confirmed_s = None
        producer, self._producer = self._producer, None
        if producer is not None:
            self._stopping = asyncio.create_task(stop_producer(producer), name="writer.stop")
        if self._stopping is not None:
            # Who is cancelled here leaves it to `close`: broken off, connections would stay open.
            await asyncio.shield(self._stopping)


class Writers:
    """The writers of the partitions that are ours, made anew when partitions change hands."""

    def __init__(self, clients: Clients, group: str) -> None:
        """Nothing is connected yet."""
        self._clients = clients
        self._group = group
        self._writers: dict[int, Writer] = {}
        self._generation: int | None = None
        self._is_closed = False

    async def turn_to(self, generation: int) -> None:
        """Stop the writers of other generations."""
        if generation != self._generation:
            await self._stop()
            self._generation = generation

    def of(self, partition: int, is_member: IsMember) -> Writer:
        """The writer of a partition, which asks ``is_member`` before it first writes.

        Raises:
            ProducerClosed: after :meth:`close`.
        """
        if self._is_closed:
            raise ProducerClosed
        writer = self._writers.get(partition)
        if writer is None:
            fencing_id = f"{self._group}-{partition}"
            writer = self._writers[partition] = Writer(self._clients, fencing_id, is_member)
        return writer

    async def close(self) -> None:
        """Close the connections for good, within a bound."""
        self._is_closed = True
        await self._stop()

    async def _stop(self) -> None:
        writers = list(self._writers.values())
        self._writers.clear()
        await asyncio.gather(*(writer.close() for writer in writers))


def _places(sent: list[Sent]) -> Places:
    """Where the batches lie.

    Raises:
        KafkaError: one was refused.
    """
    places: Places = {}
    for target, record_count, answer in sent:
        first = answer.result().offset
        before = places.get(target, Written(first, first))
        places[target] = Written(before.first_offset, first + record_count - 1)
    return places
