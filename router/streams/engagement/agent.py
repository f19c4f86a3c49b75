"""The agent: activity in batches, straight from its channel, acknowledged when all is written.

Faust's own ways to take many events at once do not fit. ``take_events`` acknowledges its events
also when their processing was broken off, which loses them; and a stream costs a pass of the event
loop and two dozen calls an event. So the agent takes what waits in the channel's queue, looks at
each event as the stream would have (is it of this assignment of partitions?), and says itself what
may be committed: see :mod:`router.streams.engagement.consumer`. What Faust leaves out it reads from
the log: see :mod:`router.streams.engagement.progress`.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from itertools import chain
from typing import Any, NamedTuple

from aiokafka.structs import TopicPartition
from faust.types import TP

from router.errors import LeadRouterError
from router.kafka.outbox import NO_HEADERS, Outbox
from router.kafka.shapes import TopicShape
from router.kafka.step import Record
from router.streams.engagement.progress import (
    MissingRecords,
    Records,
    is_gapless,
    progress_row,
    read_progress,
    runs,
)
from router.streams.engagement.step import EngagementStep
from router.streams.engagement.table import Rows
from router.streams.engagement.writer import Writer
from router.telemetry import logger

log = logger(__name__)

BATCH_EVENTS_MAX = 4_000
_COLLECT_EVERY_EVENTS = 100_000
GATHER_S = 0.02
"""So long a batch gathers events when few come; it is part of every activity's way."""


class Read(NamedTuple):
    """A record as the rest of us knows it, made of Faust's message."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class EngagementAgent:
    """Reads, lets the step decide, writes, acknowledges; in this order, so that nothing is lost.

    An error that is nobody's fault among the records ends it: ``failed`` is set, nothing more is
    acknowledged, and whoever runs it has to stop. What was not acknowledged comes again.

    ``count`` is told how many activities of a batch were ``added``, ``repeated``, ``forwarded`` and
    ``refused`` (dead letters), and how many engagement records were ``published``.
    """

    def __init__(
        self,
        app: Any,
        table: Any,
        step: EngagementStep,
        writer: Writer,
        missing: MissingRecords,
        *,
        changelog: str,
        shapes: dict[str, TopicShape],
        count: Callable[[Mapping[str, int]], None],
    ) -> None:
        """``app`` and ``table`` are Faust's."""
        self._app = app
        self._table = table
        self._step = step
        self._writer = writer
        self._missing = missing
        self._changelog = changelog
        self._shapes = shapes
        self._uncollected = 0
        self._count = count
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._taken: Sequence[Any] = ()
        self.failed: asyncio.Future[LeadRouterError] = asyncio.get_running_loop().create_future()

    def waiting(self) -> Iterator[Any]:
        """The events that are being worked on, and those that wait; oldest first."""
        return chain(self._taken, self._queue._queue)  # type: ignore[attr-defined]  # noqa: SLF001

    async def run(self, stream: Any) -> None:
        """The body of the agent; never raises."""
        self._queue = stream.channel.queue
        while not self.failed.done():
            try:
                self._taken = await _gathered(self._queue)
            except StopAsyncIteration:  # how Faust ends a channel
                return
            try:
                await self._take(self._taken)
                self._taken = ()
            except Exception as error:  # noqa: BLE001 - Faust would acknowledge what has failed
                self.failed.set_result(_failure(error))
        await asyncio.Event().wait()

    async def _take(self, events: Sequence[Any]) -> None:
        generation = self._app.consumer_generation_id
        if not self._app.flow_control.is_active():
            return
        current = [event for event in events if event.message.generation_id == generation]
        if not current:
            return
        by_partition = _by_partition(current)
        for partition in list(by_partition):
            progress = read_progress(self._table.data, partition)
            if not is_gapless(progress, by_partition[partition]):
                records = by_partition.pop(partition)
                if not await self._fill_up(partition, progress, records, generation):
                    return
        if await self._work(by_partition, generation):
            for event in current:
                event.ack()

    async def _fill_up(
        self, partition: int, progress: int | None, records: Records, generation: int
    ) -> bool:
        """Work on ``records`` and on what is missing before and among them; as :meth:`_work`."""
        for run in runs(records):
            if progress is None or run[0].offset > progress:
                missing = self._missing.read(partition, progress, run[0].offset)
                async with aclosing(missing) as found:
                    async for some in found:
                        log.info("engagement.read_again", partition=partition, records=len(some))
                        if not await self._work({partition: some}, generation):
                            return False
            if not await self._work({partition: run}, generation):
                return False
            progress = max(progress or 0, run[-1].offset + 1)
        return True

    async def _work(self, by_partition: Mapping[int, Records], generation: int) -> bool:
        """Decide and write; whether the partitions were ours all the while.

        Had they changed hands, the table would not be ours to write; all that was not acknowledged
        is read again, by whoever has them now.
        """
        outbox = Outbox(self._shapes, is_transactional=False)
        rows = await self._decide(by_partition, outbox)
        await self._writer.send(outbox)
        if not self._is_current(generation):
            return False
        await self._write_table(rows)
        if not self._is_current(generation):
            return False
        self._app.consumer.reach(
            {TP(of[-1].topic, of[-1].partition): of[-1].offset + 1 for of in by_partition.values()}
        )
        return True

    def _is_current(self, generation: int) -> bool:
        app = self._app
        return bool(app.consumer_generation_id == generation) and bool(app.flow_control.is_active())

    async def _decide(self, by_partition: Mapping[int, Records], outbox: Outbox) -> dict[int, Rows]:
        """The table's new rows by partition; what goes to other topics is put into ``outbox``."""
        store = self._table.data
        rows: dict[int, Rows] = {}
        for partition, records in by_partition.items():
            outcome = self._step.process(records, store, outbox)
            progress = progress_row(read_progress(store, partition), records)
            rows[partition] = [*outcome.rows, progress]  # last: it speaks of those before it
            self._count(outcome.counts)
            await asyncio.sleep(0)  # others use this loop too
        self._collect_garbage(sum(map(len, by_partition.values())))
        return rows

    def _collect_garbage(self, events: int) -> None:
        """Beside route the collector is off, and Faust leaves a cycle or two behind each event."""
        self._uncollected += events
        if self._uncollected >= _COLLECT_EVERY_EVENTS:
            self._uncollected = 0
            if not gc.isenabled():
                gc.collect(1)

    async def _write_table(self, rows: dict[int, Rows]) -> None:
        outbox = Outbox(self._shapes, is_transactional=False)
        for partition, of_partition in rows.items():
            outbox.at(TopicPartition(self._changelog, partition)).extend(
                (key, value, NO_HEADERS) for key, value in of_partition
            )
        written = await self._writer.send(outbox)
        for partition, of_partition in rows.items():
            target = TopicPartition(self._changelog, partition)
            self._table.data.write_rows(target, of_partition, written[target])


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


def _failure(error: Exception) -> LeadRouterError:
    if isinstance(error, LeadRouterError):
        return error
    return LeadRouterError(
        f"engagement could not be written ({type(error).__name__}), nothing is lost: look at the"
        " broker with `lead-router doctor`, then start again"
    )
