"""The safeguards that can be taken out, each by one patch."""

from __future__ import annotations

import os
from collections.abc import Callable

from router.kafka.runtime.partition import PartitionWorker
from router.kafka.runtime.step import Receipt
from router.kafka.runtime.transaction import PartitionProducer
from router.kafka.runtime.write_buffer import Outbox


def no_fencing() -> None:
    """Give every process transactional ids of its own: nobody is ever fenced."""
    init = PartitionProducer.__init__

    def with_own_id(self, clients, transactional_id, **more) -> None:
        init(self, clients, f"{transactional_id}-{os.getpid()}", **more)

    PartitionProducer.__init__ = with_own_id  # type: ignore[method-assign]


def position_before_fencing() -> None:
    """Read where to go on first, and fence the former owner only then."""
    replace, open_partition = PartitionWorker._replace_producer, PartitionWorker._open
    fences = {}

    async def replace_without_fencing(self) -> PartitionProducer:
        producer = await replace(self)
        fences[self] = producer.start

        async def later() -> None:
            """Nothing yet."""

        producer.start = later
        return producer

    async def read_then_fence(self) -> None:
        await open_partition(self)
        await fences.pop(self)()

    PartitionWorker._replace_producer = replace_without_fencing  # type: ignore[method-assign]
    PartitionWorker._open = read_then_fence  # type: ignore[method-assign]


def batch_not_awaited() -> None:
    """Hand batches to the producer and look at none of their futures before the commit."""

    async def send_only(self, outbox: Outbox) -> Receipt:
        for batch in outbox.batches():
            topic, partition = batch.target
            await self._producer.send_batch(batch.builder, topic, partition=partition)
        return Receipt({}, 0)

    PartitionProducer._send = send_only  # type: ignore[method-assign]


def long_transactions() -> None:
    """Let transactions outlive the session: the broker does not end a frozen one by itself."""
    init = PartitionProducer.__init__

    def with_a_minute(self, clients, transactional_id, **_) -> None:
        init(self, clients, transactional_id, timeout_ms=60_000)

    PartitionProducer.__init__ = with_a_minute  # type: ignore[method-assign]


def late_frames_welcome() -> None:
    """Keep a producer of which a request went unanswered: what comes late is of its epoch."""
    PartitionProducer.must_be_replaced = False  # type: ignore[assignment,method-assign]


ACTS: dict[str, Callable[[], None]] = {
    act.__name__: act
    for act in (
        no_fencing,
        position_before_fencing,
        batch_not_awaited,
        long_transactions,
        late_frames_welcome,
    )
}
