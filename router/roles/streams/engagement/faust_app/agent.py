"""The agent: activity in batches, straight from its channel, and what may be committed of it.

Faust's own ways to take many events at once do not fit. ``take_events`` acknowledges its events
also when their processing was broken off, which loses them; and a stream costs a pass of the event
loop and two dozen calls an event. So the agent takes what waits in the channel's queue, looks at
each event as the stream would have (is it of this assignment of partitions?), and says itself what
may be committed: see :mod:`router.roles.streams.engagement.faust_app.consumer`. What Faust leaves
out it reads from the log: see :mod:`router.roles.streams.engagement.faust_app.progress`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from aiokafka.errors import KafkaError
from faust.types import TP

from router.kafka.client.closing import end_tasks
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.failures import reason_of
from router.kafka.runtime.step import Record
from router.roles.streams.engagement.batch import BatchWorker, ByPartition, Tenure
from router.roles.streams.engagement.faust_app.log import ActivityLog
from router.roles.streams.engagement.faust_app.progress import (
    is_gapless,
    read_progress,
    start_of,
    unknown,
)
from router.telemetry import logger

log = logger(__name__)

BATCH_EVENTS_MAX = 4_000

GATHER_S = 0.005
"""Waited before a batch that is not full: each has its cost. Far below what p95 allows."""

_READ_AGAIN_MAX = 20_000
"""Records in a turn, of two seconds; between turns partitions may change hands."""

_LAST_WORK_S_MAX = 1.0

_Answer = TypeVar("_Answer")


class Read(NamedTuple):
    """A record as Faust delivered it: what our steps need of one."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class EngagementAgent:
    """Reads, lets the worker of batches decide and write, and tells what may be committed.

    Work that the broker does not let end is done again, until it does. Any other error is nobody's
    fault among the records and ends it: ``failed`` is set, and whoever runs it has to make another.
    What was not committed comes again.
    """

    def __init__(self, app: Any, table: Any, worker: BatchWorker, activity: ActivityLog) -> None:
        """``app`` and ``table`` are Faust's."""
        self._app = app
        self._table = table
        self._worker = worker
        self._log = activity
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._taken: Sequence[Any] = ()
        self._working: asyncio.Task[Any] | None = None
        self._is_over = False
        self.trouble: str | None = None
        """Why the work under way is done again and again; None when it is not."""
        self.failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def end(self) -> None:
        """Take up nothing any more; let the work under way end within a moment, or break it off."""
        self._is_over = True
        if self._working is not None:
            await asyncio.wait([self._working], timeout=_LAST_WORK_S_MAX)
            await end_tasks([self._working])

    def waiting(self) -> Iterator[Any]:
        """The events that are being worked on, and those that wait; oldest first."""
        return chain(self._taken, self._queue._queue)  # type: ignore[attr-defined]  # noqa: SLF001

    async def run(self, stream: Any) -> None:
        """The body of the agent; never raises."""
        self._queue = stream.channel.queue
        while not self._is_over:
            try:
                self._taken = await _gathered(self._queue)
            except StopAsyncIteration:  # how Faust ends a channel
                return
            await self._until_done(partial(self._take, self._taken))
            self._taken = ()
        await asyncio.Event().wait()

    async def progress(self) -> dict[int, int]:
        """The offset after the last record that is in the table, of each partition of ours."""
        consumer = self._app.consumer
        async with consumer.turn:
            # Between giving up and restoring, the table is not to be opened.
            if not self._is_current(self._app.consumer_generation_id):
                return {}
            found = {
                number: read_progress(self._table.data, number)
                for number in consumer.partitions_of(self._log.topic)
            }
        return {number: place.next_offset if place else 0 for number, place in found.items()}

    async def catch_up(self, partition: int, end: int) -> bool:
        """Take what is missing before ``end`` although nothing comes behind it.

        Returns whether that much has been read; not, if the partition has gone meanwhile.
        """
        while not self._is_over:
            read_to = await self._until_done(partial(self._take_missing, partition, end))
            if read_to is None or read_to >= end:
                return read_to is not None
        return False

    async def _until_done(self, work: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer | None:
        """Return what comes of ``work``, None when there is no going on."""
        backoff = Backoff()
        while not self._is_over:
            try:
                return await self._done_in_turn(work)
            except KafkaError as error:
                if self.trouble is None:
                    log.warning("engagement.held_up", error=type(error).__name__)
                self.trouble = f"engagement waits: {reason_of(error)}"
                await asyncio.sleep(backoff.failed())
            except Exception as error:  # noqa: BLE001 - Faust would go on past what has failed
                self._is_over = True
                if not self.failed.done():
                    self.failed.set_result(error)
        return None

    async def _done_in_turn(
        self, work: Callable[[], Coroutine[Any, Any, _Answer]]
    ) -> _Answer | None:
        async with self._app.consumer.turn:
            if self._is_over:
                return None
            working: asyncio.Task[_Answer] = asyncio.create_task(work(), name="engagement.work")
            self._working = working
            try:
                await asyncio.wait([working])
            finally:
                await end_tasks([working])
            if working.cancelled():  # by `end`
                return None
            answer = working.result()
            self.trouble = None
            return answer

    async def _take(self, events: Sequence[Any]) -> None:
        generation = self._app.consumer_generation_id
        if not self._is_current(generation):
            return
        current = [event for event in events if event.message.generation_id == generation]
        by_partition = _by_partition(current)
        for number in list(by_partition):
            progress = read_progress(self._table.data, number)
            records = by_partition[number]
            if not is_gapless(progress, records):
                # Read whole from the log, what was delivered included: once for all its holes. More
                # than a turn's worth is left to the watch.
                del by_partition[number]
                start, end = start_of(progress, records[0]), records[-1].offset + 1
                if await self._read_again(number, start, end, generation) is None:
                    return
        await self._work(by_partition, generation)

    async def _take_missing(self, partition: int, end: int) -> int | None:
        generation = self._app.consumer_generation_id
        is_ours = partition in self._app.consumer.partitions_of(self._log.topic)
        if not is_ours or not self._is_current(generation):
            return None
        progress = read_progress(self._table.data, partition)
        start = None if progress is None else progress.next_offset
        return await self._read_again(partition, start, end, generation)

    async def _read_again(
        self, partition: int, start: int | None, end: int, generation: int
    ) -> int | None:
        """Read what is not in the table yet from the log, as much as a turn holds, and work on it.

        Returns up to where there is nothing left to read; None if the partition has gone.
        """
        held = (await self._log.spans([partition]))[partition]
        if start is not None and held.start > start:
            log.warning("engagement.gone", partition=partition, records=held.start - start)
        begin, end = max(held.start, start or 0), min(end, held.end)
        taken = 0
        found = self._log.read(partition, begin, end, partial(self._is_current, generation))
        async with aclosing(found) as lists:
            async for records in lists:
                log.info("engagement.read_again", partition=partition, records=len(records))
                if not await self._work({partition: records}, generation):
                    return None
                taken += len(records)
                if taken >= _READ_AGAIN_MAX:
                    return int(records[-1].offset) + 1
        return end if self._is_current(generation) else None

    async def _work(self, by_partition: ByPartition, generation: int) -> bool:
        """Decide and write what is not in the table; whether the partitions were ours meanwhile.

        Had they changed hands, the table would not be ours to write; all that was not committed
        is read again, by whoever has them now.
        """
        if not self._is_current(generation):
            return False
        new = {
            number: unknown(read_progress(self._table.data, number), records)
            for number, records in by_partition.items()
        }
        new = {number: records for number, records in new.items() if records}
        tenure = Tenure(
            generation,
            partial(self._is_current, generation),
            partial(self._app.consumer.is_member, generation),
        )
        if new and not await self._worker.work(new, tenure):
            return False
        self._app.consumer.reach(
            {TP(of[-1].topic, of[-1].partition): of[-1].offset + 1 for of in by_partition.values()}
        )
        return True

    def _is_current(self, generation: int) -> bool:
        """Whether nothing has changed hands, and the table is whole.

        Not whether Faust is rebalancing: then the batch under way is to end.
        """
        app = self._app
        return (
            bool(app.consumer_generation_id == generation)
            and bool(app.flow_control.is_active())
            and not app.in_recovery
            and app.consumer.is_whole
        )


def _by_partition(events: list[Any]) -> dict[int, list[Record]]:
    by_partition: dict[int, list[Record]] = {}
    for event in events:
        message = event.message
        read = Read(
            message.topic,
            message.partition,
            message.offset,
            round(message.timestamp * 1_000),
            message.key,
            message.value,
            message.headers or (),
        )
        by_partition.setdefault(message.partition, []).append(read)
    return by_partition


async def _gathered(queue: Any) -> list[Any]:
    """All that waits in ``queue``, and what comes within a moment, up to a full batch."""
    events = [await queue.get()]
    if queue.qsize() < BATCH_EVENTS_MAX:
        await asyncio.sleep(GATHER_S)
    while len(events) < BATCH_EVENTS_MAX and not queue.empty():
        events.append(queue.get_nowait())
    return events
