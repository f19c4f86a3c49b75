"""Ending clients within a bound, also when the broker is frozen or gone.

aiokafka waits for requests that are under way, looks for a coordinator for ever, and lets a
connection drain before it closes it: with a broker that does not answer none of it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import ProducerClosed
from aiokafka.producer.message_accumulator import MessageAccumulator

_ORDERLY_S = 1.5
"""For what a broker that is well does in milliseconds: sending what is left, leaving the group."""
_CLOSE_S = 0.5
_CANCEL_S = 0.1
_CANCELS_MAX = 10


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Stop ``producer`` whatever state it is in; what it has not sent is given up."""
    stopping = asyncio.create_task(producer.stop())
    try:
        await asyncio.wait([stopping], timeout=_ORDERLY_S)
    finally:
        if not _is_done_well(stopping):
            _fail_unsent(producer._message_accumulator)  # noqa: SLF001 - see above
            await end_tasks([*_tasks_of(producer._sender), stopping])  # noqa: SLF001 - likewise
            await _close(producer.client)
        _notice_end(producer)


def _fail_unsent(accumulator: MessageAccumulator) -> None:
    """Fail what is not sent, and leave no error behind that nobody reads.

    A batch that was to be sent again is not in the set that it takes itself out of when it is done.
    """
    unsent = [each for batches in accumulator._batches.values() for each in batches]  # noqa: SLF001 - see above
    accumulator._pending_batches.update(unsent)  # noqa: SLF001 - likewise
    accumulator.fail_all(ProducerClosed())
    for batch in unsent:
        if (drained := batch._drain_waiter).done():  # noqa: SLF001 - likewise
            drained.exception()


def _notice_end(producer: AIOKafkaProducer) -> None:
    """Read how the last transaction ended, which nobody may have asked after it had failed."""
    ended = producer._txn_manager and producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001 - no public call gives it without waiting
    if ended is not None and ended.done() and not ended.cancelled():
        ended.exception()


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop ``consumer`` whatever state it is in; one that cannot leave its group is expelled later.

    Its own ``stop`` cancels fetches that are under way and, when one had not begun, lets that
    cancellation out as if the caller had been cancelled; the connections then stay open.
    """
    stopping = asyncio.create_task(consumer.stop())
    try:
        await asyncio.wait([stopping], timeout=_ORDERLY_S)
    finally:
        if not _is_done_well(stopping):
            parts = (consumer._coordinator, consumer._fetcher)  # noqa: SLF001 - see above
            tasks = [task for part in parts if part is not None for task in _tasks_of(part)]
            await end_tasks([*tasks, stopping])
            await _close(consumer._client)  # noqa: SLF001 - the only way to its connections


async def stop_admin(admin: AIOKafkaAdminClient) -> None:
    """Close the connections of ``admin``, whatever state it is in."""
    await _close(admin._client)  # noqa: SLF001 - see above


def _is_done_well(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _tasks_of(part: object) -> Iterator[asyncio.Task[object]]:
    """Yield the tasks that ``part`` of a client has under way, whatever it calls them."""
    for value in vars(part).values():
        for each in value if isinstance(value, (set, list)) else (value,):
            if isinstance(each, asyncio.Task):
                yield each


async def end_tasks(tasks: Iterable[asyncio.Task[object]]) -> None:
    """Cancel until it helps: aiokafka's tasks answer a cancellation by awaiting the next task."""
    for _ in range(_CANCELS_MAX):
        if not (pending := [task for task in tasks if not task.done()]):
            break
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_CANCEL_S)
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)


async def _close(client: AIOKafkaClient) -> None:
    """Close the connections; one that does not drain is broken off."""
    writers = [each._writer for each in client._conns.values() if each._writer]  # noqa: SLF001 - see above
    if client._sync_task is not None and client._sync_task.done():  # noqa: SLF001 - likewise
        client._sync_task = None  # noqa: SLF001 - one that has died would be all that `close` tells
    closing = asyncio.create_task(client.close())
    await asyncio.wait([closing], timeout=_CLOSE_S)
    for writer in writers:
        writer.transport.abort()
    await asyncio.wait([closing], timeout=_CLOSE_S)
    await end_tasks([closing])
