"""A batch of activity: decided in slices, then written in the order that loses nothing.

First what goes to other topics, then the changelog, then the table, each awaited: broken off
anywhere, the whole is done again, and only what is absolute or known by its place has been written.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiokafka.structs import TopicPartition

from router.intake.contract import DeadLetterReason
from router.kafka.runtime.step_meter import StepMeter
from router.kafka.runtime.write_buffer import NO_HEADERS, Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.observe.tracing import TransactionTrace
from router.roles.streams.engagement.faust_app.progress import Records, progress_row, read_progress
from router.roles.streams.engagement.pending import Pending
from router.roles.streams.engagement.step import NAME, EngagementStep
from router.roles.streams.engagement.writer import Writer, Writers

ByPartition: TypeAlias = Mapping[int, Records]
"""Records of each partition, in order and without holes."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """The time for which partitions are ours: a generation of the group.

    ``is_current`` says what we know of it, ``confirm`` asks the group.
    """

    generation: int
    is_current: Callable[[], bool]
    confirm: Callable[[], Awaitable[bool]]


_SLICE_RECORDS = 250
"""Some 15 ms of work; between slices others use the loop."""

_COLLECT_EVERY_EVENTS = 100_000


@dataclass(slots=True)
class _Sums:
    """What is counted once it is written."""

    counts: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)


class BatchWorker:
    """Works on a batch at a time, its partitions side by side: one that fails stops no other."""

    def __init__(
        self,
        table: Any,
        step: EngagementStep,
        writers: Writers,
        meter: StepMeter,
        *,
        changelog: str,
        shapes: Mapping[str, TopicShape],
    ) -> None:
        """``table`` is Faust's, ``changelog`` the topic of its rows."""
        self._table = table
        self._step = step
        self._writers = writers
        self._meter = meter
        self._changelog = changelog
        self._shapes = shapes
        self._uncollected = 0
        for reason in DeadLetterReason:
            # A count that begins at 1 never shows its first.
            meter.meters.steps.dead_letters.add(NAME, step.topic, reason, by=0)

    async def work(self, by_partition: ByPartition, tenure: Tenure) -> bool:
        """Decide and write; false as soon as the partitions are not ours any more.

        Raises:
            KafkaError: something was not written, or nobody knows; to be done again.
        """
        await self._writers.turn_to(tenure.generation)
        done = await asyncio.gather(
            *(
                self._work(records, self._writers.of(number, tenure.confirm), tenure)
                for number, records in by_partition.items()
            ),
            return_exceptions=True,
        )
        self._collect_garbage(sum(map(len, by_partition.values())))
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return all(done)

    async def _work(self, records: Records, writer: Writer, tenure: Tenure) -> bool:
        """Work on ``records`` of one partition."""
        trace = self._meter.trace(records[0].topic, records[0].partition)
        try:
            is_done = await self._decide_and_write(records, writer, tenure, trace)
        except BaseException as error:
            self._meter.failed()
            if trace is not None:
                trace.failed(type(error).__name__)
            raise
        if trace is not None and is_done:
            trace.committed(len(records))
        elif trace is not None:
            trace.failed("rebalance")
        return is_done

    async def _decide_and_write(
        self, records: Records, writer: Writer, tenure: Tenure, trace: TransactionTrace | None
    ) -> bool:
        began_s = time.perf_counter()
        outbox = Outbox(self._shapes, trace, is_transactional=False)
        pending, sums = Pending(self._table.data), _Sums()
        if not await self._decide(records, pending, outbox, sums, tenure):
            return False
        write_began_s = time.perf_counter()
        if await writer.send(outbox) is None or not tenure.is_current():
            return False
        if not await self._write_table(records[0].partition, pending, writer, tenure):
            return False
        self._account(len(records), sums, began_s, write_began_s)
        return True

    async def _decide(
        self, records: Records, pending: Pending, outbox: Outbox, sums: _Sums, tenure: Tenure
    ) -> bool:
        """What follows from ``records``, into ``pending`` and ``outbox``."""
        partition = records[0].partition
        for begin in range(0, len(records), _SLICE_RECORDS):
            outcome = self._step.process(records[begin : begin + _SLICE_RECORDS], pending, outbox)
            pending.put(partition, outcome.rows)
            sums.counts.update(outcome.counts)
            sums.letters.update(outcome.letters)
            await asyncio.sleep(0)
            if not tenure.is_current():
                return False
        # Last, because it speaks of the rows before it.
        pending.put(partition, [progress_row(read_progress(pending, partition), records)])
        return True

    async def _write_table(
        self, partition: int, pending: Pending, writer: Writer, tenure: Tenure
    ) -> bool:
        outbox = Outbox(self._shapes, is_transactional=False)
        target, rows = TopicPartition(self._changelog, partition), pending.rows(partition)
        outbox.at(target).extend((key, value, NO_HEADERS) for key, value in rows)
        written = await writer.send(outbox)
        # The table's own place may have been given up meanwhile.
        if written is None or not tenure.is_current():
            return False
        self._table.data.write_rows(target, rows, written[target])
        return True

    def _account(self, events: int, sums: _Sums, began_s: float, write_began_s: float) -> None:
        ended_s = time.perf_counter()
        topic = self._step.topic
        self._meter.committed(
            topic, events, whole_s=ended_s - began_s, write_s=ended_s - write_began_s
        )
        meters = self._meter.meters
        meters.streams.count_batch(sums.counts)
        for reason, count in sums.letters.items():
            meters.steps.dead_letters.add(NAME, topic, reason, by=count)

    def _collect_garbage(self, events: int) -> None:
        """Beside route the collector is off, and Faust leaves a cycle or two behind each event."""
        self._uncollected += events
        if self._uncollected >= _COLLECT_EVERY_EVENTS:
            self._uncollected = 0
            if not gc.isenabled():
                gc.collect(1)
