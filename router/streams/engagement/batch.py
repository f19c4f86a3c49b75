"""A batch of activity: decided in slices, then written in the order that loses nothing.

First what goes to other topics, then the changelog, then the table, each awaited: broken off
anywhere, the whole is done again, and only what is absolute or known by its place has been written.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiokafka.structs import TopicPartition

from router.intake.contract import DeadLetterReason
from router.kafka.outbox import NO_HEADERS, Outbox
from router.kafka.shapes import TopicShape
from router.kafka.step_meter import StepMeter
from router.observe.tracing import TransactionTrace
from router.streams.engagement.progress import Records, progress_row, read_progress
from router.streams.engagement.step import NAME, EngagementStep
from router.streams.engagement.table import Pending
from router.streams.engagement.writer import Writer

ByPartition: TypeAlias = Mapping[int, Records]
"""Records of each partition, in order and without holes."""

IsCurrent: TypeAlias = Callable[[], bool]

_SLICE_RECORDS = 250
"""Some 15 ms of work; between slices others use the loop."""

_COLLECT_EVERY_EVENTS = 100_000


@dataclass(slots=True)
class _Sums:
    """What is counted once it is written."""

    counts: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)


class BatchWorker:
    """Works on one batch at a time."""

    def __init__(
        self,
        table: Any,
        step: EngagementStep,
        writer: Writer,
        meter: StepMeter,
        *,
        changelog: str,
        shapes: Mapping[str, TopicShape],
    ) -> None:
        """``table`` is Faust's, ``changelog`` the topic of its rows."""
        self._table = table
        self._step = step
        self._writer = writer
        self._meter = meter
        self._changelog = changelog
        self._shapes = shapes
        self._uncollected = 0
        for reason in DeadLetterReason:
            # A count that begins at 1 never shows its first.
            meter.meters.steps.dead_letters.add(NAME, step.topic, reason, by=0)

    async def work(self, by_partition: ByPartition, is_current: IsCurrent) -> bool:
        """Decide and write; false as soon as ``is_current`` says that it is not ours any more.

        Raises:
            KafkaError: something was not written, or nobody knows; to be done again.
        """
        began_s = time.perf_counter()
        traces = self._traces(by_partition)
        try:
            done = await self._work(by_partition, is_current, traces, began_s)
        except BaseException as error:
            self._meter.failed()
            for trace in traces.values():
                trace.failed(type(error).__name__)
            raise
        for number, trace in traces.items():
            if done:
                trace.committed(len(by_partition[number]))
            else:
                trace.failed("rebalance")
        return done

    def _traces(self, by_partition: ByPartition) -> dict[int, TransactionTrace]:
        begun = {
            number: self._meter.trace(records[0].topic, number)
            for number, records in by_partition.items()
        }
        return {number: trace for number, trace in begun.items() if trace is not None}

    async def _work(
        self,
        by_partition: ByPartition,
        is_current: IsCurrent,
        traces: Mapping[int, TransactionTrace],
        began_s: float,
    ) -> bool:
        outbox = Outbox(self._shapes, is_transactional=False)
        pending = Pending(self._table.data)
        sums = _Sums()
        for number, records in by_partition.items():
            outbox.trace = traces.get(number)
            if not await self._decide(records, pending, outbox, sums, is_current):
                return False
        write_began_s = time.perf_counter()
        await self._writer.send(outbox)
        if not is_current() or not await self._write_table(pending, is_current):
            return False
        self._account(by_partition, sums, began_s, write_began_s)
        return True

    async def _decide(
        self,
        records: Records,
        pending: Pending,
        outbox: Outbox,
        sums: _Sums,
        is_current: IsCurrent,
    ) -> bool:
        """What follows from ``records`` of one partition, into ``pending`` and ``outbox``."""
        partition = records[0].partition
        for begin in range(0, len(records), _SLICE_RECORDS):
            outcome = self._step.process(records[begin : begin + _SLICE_RECORDS], pending, outbox)
            pending.put(partition, outcome.rows)
            sums.counts.update(outcome.counts)
            sums.letters.update(outcome.letters)
            await asyncio.sleep(0)
            if not is_current():
                return False
        # Last, because it speaks of the rows before it.
        pending.put(partition, [progress_row(read_progress(pending, partition), records)])
        return True

    async def _write_table(self, pending: Pending, is_current: IsCurrent) -> bool:
        outbox = Outbox(self._shapes, is_transactional=False)
        rows = pending.rows()
        for partition, of_partition in rows.items():
            outbox.at(TopicPartition(self._changelog, partition)).extend(
                (key, value, NO_HEADERS) for key, value in of_partition
            )
        written = await self._writer.send(outbox)
        if not is_current():  # the table's own place may have been given up meanwhile
            return False
        for partition, of_partition in rows.items():
            target = TopicPartition(self._changelog, partition)
            self._table.data.write_rows(target, of_partition, written[target])
        return True

    def _account(
        self,
        by_partition: ByPartition,
        sums: _Sums,
        began_s: float,
        write_began_s: float,
    ) -> None:
        ended_s = time.perf_counter()
        events = sum(map(len, by_partition.values()))
        topic = self._step.topic
        self._meter.committed(
            topic, events, whole_s=ended_s - began_s, write_s=ended_s - write_began_s
        )
        meters = self._meter.meters
        meters.streams.count_batch(sums.counts)
        for reason, count in sums.letters.items():
            meters.steps.dead_letters.add(NAME, topic, reason, by=count)
        self._uncollected += events
        if self._uncollected >= _COLLECT_EVERY_EVENTS:
            # Beside route the collector is off, and Faust leaves a cycle or two behind each event.
            self._uncollected = 0
            if not gc.isenabled():
                gc.collect(1)
