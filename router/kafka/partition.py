"""One source partition: its backlog, its producer, and the loop that turns one into the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError, whereabouts
from router.kafka.clients import Clients
from router.kafka.garbage import QuietCollector
from router.kafka.outbox import Outbox
from router.kafka.shapes import TopicShape
from router.kafka.step import Halt, PartitionError, PartitionStep, Record, SourceLog
from router.kafka.step_meter import StepMeter
from router.kafka.transaction import PartitionProducer
from router.settings import TransactionSettings
from router.telemetry import logger

log = logger(__name__)

_CHUNK_RECORDS = 256
"""Between chunks the loop runs: heartbeats, commits and other partitions never wait long."""

_WORK_S_MAX = 0.2
_LOOK_AROUND_S = 1.0
_SHOW_POSITION_S = 1.0
_STOP_TIMEOUT_S = 5.0
_REMIND_S = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all partitions of one step share.

    ``turns`` bounds the transactions open at a time. What comes in while a partition waits for its
    turn goes into the same transaction: opening and committing one costs as much as deciding
    dozens of leads, and with one a lead in every partition both would be busy with nothing else.
    """

    step_name: str
    transactional_prefix: str
    clients: Clients
    consumer: AIOKafkaConsumer
    shapes: Mapping[str, TopicShape]
    transactions: TransactionSettings
    turns: asyncio.Semaphore
    meter: StepMeter
    collector: QuietCollector | None = None


class PartitionWorker:
    """Runs a step on one source partition from assignment to revocation."""

    def __init__(
        self, source: TopicPartition, step: PartitionStep, surroundings: Surroundings
    ) -> None:
        """Nothing runs before :meth:`start`."""
        self.source = source
        self.step = step
        self.halt: Halt | None = None
        self._shared = surroundings
        self._consumer = surroundings.consumer
        self._producer = PartitionProducer(
            surroundings.clients,
            f"{surroundings.transactional_prefix}{source.topic}-{source.partition}",
            timeout_ms=surroundings.transactions.timeout_ms,
        )
        self._backlog: deque[Record] = deque()
        self._paused = True
        self._resumed_at_s = 0.0
        self._accepts = False
        self._stopping = False
        self._clean = False
        self._has_moved = False
        self._stirred = asyncio.Event()
        self._position = 0
        self._shown_position: int | None = None
        self._shown_at_s = 0.0
        self._look_around_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin; the task ends when stopped, or raises :class:`PartitionError`."""
        name = f"{self._shared.step_name}:{self.source.topic}-{self.source.partition}"
        self._task = asyncio.create_task(self._run(), name=name)
        return self._task

    @property
    def accepts(self) -> bool:
        """Whether the position is set, so that fetched records are the right ones."""
        return self._accepts

    @property
    def is_stopping(self) -> bool:
        """Whether it has been told to leave."""
        return self._stopping

    @property
    def state(self) -> Literal["opening", "open", "halted"]:
        """Where it stands between assignment and work."""
        if self.halt is not None:
            return "halted"
        return "open" if self._accepts else "opening"

    @property
    def lag(self) -> int | None:
        """Offsets that are committed and not processed, by the last fetch; None before one."""
        end = self._consumer.last_stable_offset(self.source) if self._is_assigned else None
        return None if end is None or not self._accepts else max(end - self._position, 0)

    @property
    def waiting_since_s(self) -> float | None:
        """When the oldest record that waits here was appended (Unix time); None if none does."""
        return self._backlog[0].timestamp / 1000 if self._backlog else None

    @property
    def fetched_at_s(self) -> float | None:
        """When the broker last answered a fetch (Unix time); None while none is wanted.

        Before the first answer it is when we began to wait for one.
        """
        if self._paused or not self._is_assigned:
            return None
        fetched_ms: int | None = self._consumer.last_poll_timestamp(self.source)
        return max((fetched_ms or 0) / 1000, self._resumed_at_s)

    @property
    def _is_assigned(self) -> bool:
        return self.source in self._consumer.assignment()

    def offer(self, records: list[Record]) -> None:
        """Take fetched records; beyond a bound the partition is not fetched for a while."""
        if not self._accepts or self.halt is not None:
            return
        self._backlog.extend(records)
        self._stirred.set()
        if len(self._backlog) >= self._shared.transactions.records_max:
            self._pause()

    async def stop(self) -> bool:
        """Let an open transaction end, then leave.

        Returns whether the step's memory is exactly what is committed, and may be kept.
        """
        self._stopping = True
        self._stirred.set()
        if self._task is not None:
            if not self._accepts:
                self._task.cancel()
            await asyncio.wait([self._task], timeout=_STOP_TIMEOUT_S)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._task
        self._accepts = False
        self._backlog.clear()
        await self._producer.stop()
        return self._clean

    async def _run(self) -> None:
        try:
            await self._open()
            while not self._stopping:
                if self.halt is not None:
                    await self._wait_for_operator(self.halt)
                elif self._backlog:
                    async with self._shared.turns:
                        await self._transact()
                elif self._is_time_to_look_around():
                    await self._look_around()
                else:
                    await self._rest()
        except LeadRouterError:
            raise
        except KafkaError as error:
            raise PartitionError(
                f"{self._what()} failed ({type(error).__name__}): check the broker with"
                " `lead-router doctor`, then start again"
            ) from error
        except Exception as error:
            raise PartitionError(
                f"{self._what()} failed by a defect or for lack of memory ({whereabouts(error)});"
                " nothing of the transaction was committed: start again, and report it if it"
                " comes back"
            ) from error

    def _what(self) -> str:
        step, (topic, partition) = self._shared.step_name, self.source
        return f"{step} of {topic}-{partition} after offset {self._position}"

    def _is_time_to_look_around(self) -> bool:
        is_urgent = self._has_moved and self.step.is_urgent
        return is_urgent or time.monotonic() >= self._look_around_s

    async def _open(self) -> None:
        """Fence, and only then ask where to go on: before, a zombie might still commit."""
        await self._producer.start()
        source = self.source
        starts = await self._consumer.beginning_offsets([source])
        ends = await self._consumer.end_offsets([source])
        committed = await self._consumer.committed(source)
        found = SourceLog(source, starts[source], ends[source], committed, self._ask_end)
        self._position = await self.step.open(found)
        self._shown_position = committed
        self._consumer.seek(source, self._position)
        self._accepts = self._clean = True
        self._resume()
        if self._shared.collector is not None:
            self._shared.collector.settled()

    async def _ask_end(self) -> int:
        ends = await self._consumer.end_offsets([self.source])
        return int(ends[self.source])

    async def _transact(self) -> None:
        trace = self._shared.meter.trace(*self.source)
        outbox = Outbox(self._shared.shapes, trace)
        self._clean = False
        began_s = time.perf_counter()
        try:
            position, records = await self._fill(outbox)
            if position > self._position:
                await self._commit(outbox, position, records, began_s)
        except BaseException as error:
            self._shared.meter.failed()
            if trace is not None:
                trace.failed(type(error).__name__)
            raise
        if trace is not None:
            trace.committed(records)
        self._clean = self._has_moved = True
        if time.monotonic() - self._shown_at_s > _SHOW_POSITION_S:
            await self._show_position()
        if self._paused and len(self._backlog) < self._shared.transactions.records_max // 2:
            self._resume()

    async def _commit(self, outbox: Outbox, position: int, records: int, began_s: float) -> None:
        self.step.seal(outbox)
        write_began_s = time.perf_counter()
        receipt = await self._producer.write(outbox)
        self._position = position
        self.step.committed(receipt)
        ended_s = time.perf_counter()
        self._shared.meter.committed(
            self.source.topic,
            records,
            whole_s=ended_s - began_s,
            write_s=ended_s - write_began_s,
        )

    async def _fill(self, outbox: Outbox) -> tuple[int, int]:
        """Process what has arrived, up to a bound on records and work.

        Returns the next offset, and how many records are before it.
        """
        position = self._position
        room = records_max = self._shared.transactions.records_max
        work_s = 0.0
        while self._backlog and room and work_s < _WORK_S_MAX:
            chunk = self._take(min(_CHUNK_RECORDS, room))
            began_s = time.perf_counter()
            self.halt = self.step.process(chunk, outbox)
            outbox.settle()
            work_s += time.perf_counter() - began_s
            if self.halt is not None:
                done = [record.offset for record in chunk if record.offset < self.halt.offset]
                processed = records_max - room + len(done)
                return (done[-1] + 1 if done else position), processed
            position = chunk[-1].offset + 1
            room -= len(chunk)
            await asyncio.sleep(0)
        if self._shared.collector is not None:
            self._shared.collector.worked(records_max - room)
        return position, records_max - room

    def _take(self, count: int) -> list[Record]:
        backlog = self._backlog
        return [backlog.popleft() for _ in range(min(count, len(backlog)))]

    async def _rest(self) -> None:
        self._stirred.clear()
        with contextlib.suppress(TimeoutError):
            until_s = self._look_around_s - time.monotonic()
            await asyncio.wait_for(self._stirred.wait(), max(until_s, 0.0))

    async def _look_around(self) -> None:
        """With nothing to process: show the position, and let the step act on the clock."""
        self._look_around_s = time.monotonic() + _LOOK_AROUND_S
        self._has_moved = False
        fetched = await self._consumer.position(self.source)
        if self._backlog:
            return
        # Everything before has been processed; markers have no record that would say so.
        self._position = max(self._position, fetched)
        if self._shared.collector is not None:
            self._shared.collector.rested()
        end = self._consumer.last_stable_offset(self.source)
        if end is not None and self._position >= end:
            await self._act_on_the_clock()
        await self._show_position()

    async def _act_on_the_clock(self) -> None:
        outbox = Outbox(self._shared.shapes)
        await self.step.when_drained(outbox)
        if outbox:
            self._clean = False
            self.step.committed(await self._producer.write(outbox))
            self._clean = True

    async def _show_position(self) -> None:
        """Commit the position for people who look at lag, and for foreign transactions' markers.

        Not in a transaction, and never while one is under way: it could overtake it. The broker
        refuses it from anyone who is no longer the owner.
        """
        self._shown_at_s = time.monotonic()
        if self._position == self._shown_position:
            return
        with contextlib.suppress(KafkaError):
            await self._consumer.commit({self.source: self._position})
            self._shown_position = self._position

    async def _wait_for_operator(self, halt: Halt) -> None:
        self._pause()
        self._backlog.clear()
        log.error(
            "partition.halted",
            step=self._shared.step_name,
            topic=self.source.topic,
            partition=self.source.partition,
            offset=halt.offset,
            why=halt.message,
        )
        self._stirred.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), _REMIND_S)

    def _pause(self) -> None:
        self._paused = True
        with contextlib.suppress(IllegalStateError):
            self._consumer.pause(self.source)

    def _resume(self) -> None:
        self._paused = False
        self._resumed_at_s = time.time()
        with contextlib.suppress(IllegalStateError):
            self._consumer.resume(self.source)
