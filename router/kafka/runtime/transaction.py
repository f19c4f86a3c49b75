"""One transactional producer, and the only sequence of calls that loses nothing.

Two things must never be left out. The future of EVERY batch is awaited before the commit: a
transaction whose batch was refused commits happily when nobody has looked, with the position in
and the records lost. And a producer of which any request went unanswered begins no other
transaction: the request may still arrive and end that one halfway, unless a successor has raised
the epoch, in which the broker then refuses whatever is late (ADR 0020).
"""

from __future__ import annotations

import asyncio

from aiokafka.errors import IllegalOperation, KafkaError
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_producer
from router.kafka.client.unanswered import UnansweredRequests
from router.kafka.runtime.batches import send_batches
from router.kafka.runtime.step import Receipt, RetriableError
from router.kafka.runtime.write_buffer import Outbox

_START_TIMEOUT_S = 20.0


class PartitionProducer:
    """Writes the transactions of one source partition, one after the other, in one epoch."""

    def __init__(self, clients: Clients, transactional_id: str, *, timeout_ms: int) -> None:
        """Not yet connected; see :meth:`start`."""
        self._producer = clients.producer(transactional_id=transactional_id, timeout_ms=timeout_ms)
        self._unanswered = UnansweredRequests(self._producer.client)
        self._transactional_id = transactional_id
        self._refused_by = ""

    async def start(self) -> None:
        """Fence every other producer of this id and wait for the end of its open transaction.

        Raises:
            RetriableError: the broker did not answer or refused.
        """
        try:
            await asyncio.wait_for(start_whole(self._producer), _START_TIMEOUT_S)
        except (KafkaError, TimeoutError) as error:
            raise RetriableError(
                f"the producer {self._transactional_id} could not start ({_name(error)}): check"
                " the broker and this user's rights with `lead-router doctor`"
            ) from error

    @property
    def must_be_replaced(self) -> bool:
        """Whether a request of it may still arrive, so that it must begin no transaction."""
        return self._unanswered.count > 0

    async def write(self, outbox: Outbox) -> Receipt:
        """Commit the contents of ``outbox``, or nothing.

        A transaction that fails is left open: the successor's start aborts it, or its time limit.

        Raises:
            RetriableError: nothing was committed, or nobody knows; memory must be discarded.
        """
        try:
            await self._producer.begin_transaction()
            receipt = await self._send(outbox)
            await self._producer.commit_transaction()
        except (KafkaError, IllegalOperation) as error:  # the latter once aiokafka knows of a fence
            raise RetriableError(
                f"the transaction of {self._transactional_id} failed{self._refused_by}"
                f" ({_name(error)}), so all memory of the partition is dropped and it is opened"
                " again; if it goes on, look at the broker's log"
            ) from error
        return receipt

    async def _send(self, outbox: Outbox) -> Receipt:
        """Send everything, and wait for what the broker says to each batch."""
        sent = await send_batches(self._producer, outbox)
        ends: dict[TopicPartition, int] = {}
        broker_ms = 0
        for target, record_count, answer in sent:
            self._refused_by = f" at {target.topic}-{target.partition}"
            metadata = answer.result()
            ends[target] = metadata.offset + record_count + 1
            broker_ms = max(broker_ms, metadata.timestamp or 0)
        self._refused_by = ""
        return Receipt(ends, broker_ms)

    async def stop(self) -> None:
        """Close the connection; within a bound, because the broker may be away."""
        await stop_producer(self._producer)


def _name(error: Exception) -> str:
    return type(error).__name__
