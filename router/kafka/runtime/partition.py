"""One source partition: its input, its producer, and the loop that turns one into records.

A failure closes the partition and opens it again: a new producer, whose epoch shuts out everything
of the old one that may still arrive, then the position, then memory, which is kept only if it is
exactly what is committed. The other partitions of the process do not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.client.closing import end_tasks
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.failures import is_environment
from router.kafka.runtime.gc_control import QuietCollector
from router.kafka.runtime.partition_input import PartitionInput
from router.kafka.runtime.step import Halt, PartitionError, PartitionStep, Record, SourceLog
from router.kafka.runtime.step_meter import StepMeter
from router.kafka.runtime.transaction import PartitionProducer
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.settings import TransactionSettings
from router.telemetry import logger

log = logger(__name__)

_CHUNK_RECORDS = 256
"""Between chunks the loop runs: heartbeats, commits and other partitions never wait long."""

_WORK_S_MAX = 0.2
_LOOK_AROUND_S = 1.0
_SHOW_POSITION_S = 1.0
_STOP_TIMEOUT_S = 2.0
_CONFIRM_TIMEOUT_S = 10.0
_ASK_TIMEOUT_S = 20.0
_REMIND_S = 60.0
_DEFECTS_MAX = 5
"""A defect that comes back so often in a row comes back always: the process ends, and says so."""


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
    make_step: Callable[[TopicPartition], PartitionStep]
    transactions: TransactionSettings
    turns: asyncio.Semaphore
    meter: StepMeter
    rights: RightsWatch
    collector: QuietCollector | None = None


class PartitionWorker:
    """Runs a step on one source partition from assignment to revocation."""

    def __init__(
        self, source: TopicPartition, step: PartitionStep, surroundings: Surroundings
    ) -> None:
        """Nothing runs before :meth:`start`; ``step`` is new, or holds what is committed."""
        self.source = source
        self.step = step
        self.halt: Halt | None = None
        self.trouble: str | None = None
        self.input = PartitionInput(
            surroundings.consumer, source, surroundings.transactions.records_max
        )
        self._shared = surroundings
        self._consumer = surroundings.consumer
        self._producer: PartitionProducer | None = None
        self._is_clean = True
        self._stopping = False
        self._has_moved = False
        self._stirred = asyncio.Event()
        self._position: int | None = None
        self._shown_position: int | None = None
        self._shown_at_s = 0.0
        self._look_around_s = 0.0
        self._backoff = Backoff()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin; the task ends when stopped, or raises :class:`PartitionError`."""
        name = f"{self._shared.step_name}:{self.source.topic}-{self.source.partition}"
        self._task = asyncio.create_task(self._run(), name=name)
        return self._task

    @property
    def accepts(self) -> bool:
        """Whether the position is set, so that fetched records are the right ones."""
        return self.input.is_open

    @property
    def is_stopping(self) -> bool:
        """Whether it has been told to leave."""
        return self._stopping

    @property
    def state(self) -> Literal["opening", "open", "halted"]:
        """Where it stands between assignment and work."""
        if self.halt is not None:
            return "halted"
        return "open" if self.accepts else "opening"

    @property
    def lag(self) -> int | None:
        """Offsets that are committed and not processed, by the last fetch; None before one."""
        end = self.input.end if self.accepts and self.input.is_assigned else None
        return None if end is None else max(end - (self._position or 0), 0)

    def offer(self, records: list[Record]) -> None:
        """Take fetched records, if they are wanted."""
        if self.accepts and self.halt is None:
            self.input.add(records)
            self._stirred.set()

    async def stop(self) -> bool:
        """Let an open transaction end, then leave; within a bound, as the broker may be away.

        Returns whether the step's memory is exactly what is committed, and may be kept.
        """
        self._stopping = True
        self._stirred.set()
        if self._task is not None:
            if not self.accepts:
                self._task.cancel()
            await asyncio.wait([self._task], timeout=_STOP_TIMEOUT_S)
            await end_tasks([self._task])
        self.input.close()
        if self._producer is not None:
            await self._producer.stop()
        return self._is_clean and self._position is not None

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._open()
                await self._work()
            except PartitionError:
                raise
            except Exception as error:  # noqa: BLE001 - others of this process must not feel it
                await self._wait_after(error)

    async def _open(self) -> None:
        """Fence, and only then ask where to go on: before, a zombie might still commit."""
        self.input.close()
        self.halt = None
        producer = await self._replace_producer()
        if not self._is_clean:
            self.step, self._is_clean = self._shared.make_step(self.source), True
        await producer.start()
        source = self.source
        async with asyncio.timeout(_ASK_TIMEOUT_S):  # aiokafka asks a group for ever
            starts = await self._consumer.beginning_offsets([source])
            ends = await self._consumer.end_offsets([source])
            committed = await self._consumer.committed(source)
        found = SourceLog(
            *(source, starts[source], ends[source], committed),
            ask_end=self._ask_end,
            ask_first_after=self._ask_first_after,
        )
        self._position = await self.step.open(found)
        self._shown_position = committed
        self.input.open(self._position)
        self.trouble = None
        if self._shared.collector is not None:
            self._shared.collector.settled()

    async def _replace_producer(self) -> PartitionProducer:
        """Return a producer that is not started; its predecessor is gone.

        Before a second one the broker is asked whether the partition is still ours, by a position
        that it takes from nobody else: a zombie that woke up must not fence the new owner.

        Raises:
            KafkaError: it is not, or the broker is away.
        """
        former, self._producer = self._producer, None
        if former is not None:
            await former.stop()
        if self._position is not None:
            await asyncio.wait_for(
                self._consumer.commit({self.source: self._position}), _CONFIRM_TIMEOUT_S
            )
        self._producer = PartitionProducer(
            self._shared.clients,
            f"{self._shared.transactional_prefix}{self.source.topic}-{self.source.partition}",
            timeout_ms=self._shared.transactions.timeout_ms,
        )
        return self._producer

    async def _ask_end(self) -> int:
        ends = await self._consumer.end_offsets([self.source])
        return int(ends[self.source])

    async def _ask_first_after(self, at_ms: int) -> int | None:
        found = await self._consumer.offsets_for_times({self.source: at_ms + 1})
        first = found[self.source]
        return None if first is None else int(first.offset)

    async def _work(self) -> None:
        """Process until told to stop, or until the producer must be replaced."""
        while not self._stopping and not self._the_producer.must_be_replaced:
            if self.halt is not None:
                await self._wait_for_operator(self.halt)
            elif self.input:
                async with self._shared.turns:
                    await self._transact()
            elif self._is_time_to_look_around():
                await self._look_around()
            else:
                await self._rest()

    @property
    def _the_producer(self) -> PartitionProducer:
        if self._producer is None:
            raise RuntimeError("the partition has not been opened")
        return self._producer

    async def _wait_after(self, error: Exception) -> None:
        """Tell of a failure and pause, the longer the more often it has come in a row.

        Raises:
            PartitionError: it is a defect that does not go away, or memory has run out.
        """
        self.input.close()
        self.trouble = await self._shared.rights.reason_for(error, self.source.topic)
        pause_s = self._backoff.failed()
        place = f"{self._shared.step_name} of {self.source.topic}-{self.source.partition}"
        is_lasting = self._backoff.failures >= _DEFECTS_MAX and not is_environment(error)
        if is_lasting or isinstance(error, MemoryError):
            raise PartitionError(
                f"{place} failed after offset {self._position}: {self.trouble}: start again, and"
                " report it if it comes back"
            ) from error
        log.warning(
            "partition.reopens",
            step=self._shared.step_name,
            topic=self.source.topic,
            partition=self.source.partition,
            position=self._position,
            in_s=pause_s,
            why=self.trouble,
        )
        self._shared.meter.reopened()
        await asyncio.sleep(pause_s)
        await self._shared.rights.until_given(self.source.topic)

    def _is_time_to_look_around(self) -> bool:
        is_urgent = self._has_moved and self.step.is_urgent
        return is_urgent or time.monotonic() >= self._look_around_s

    async def _transact(self) -> None:
        trace = self._shared.meter.trace(*self.source)
        outbox = Outbox(self._shared.shapes, trace)
        self._is_clean = False
        began_s = time.perf_counter()
        try:
            position, records = await self._fill(outbox)
            if position > (self._position or 0):
                await self._commit(outbox, position, records, began_s)
        except BaseException as error:
            self._shared.meter.failed()
            if trace is not None:
                trace.failed(type(error).__name__)
            raise
        if trace is not None:
            trace.committed(records)
        self._is_clean = self._has_moved = True
        if time.monotonic() - self._shown_at_s > _SHOW_POSITION_S:
            await self._show_position()
        self.input.make_room()

    async def _commit(self, outbox: Outbox, position: int, records: int, began_s: float) -> None:
        self.step.seal(outbox)
        await self.step.before_commit()
        write_began_s = time.perf_counter()
        await self._write(outbox)
        self._position = position
        ended_s = time.perf_counter()
        self._shared.meter.committed(
            self.source.topic,
            records,
            whole_s=ended_s - began_s,
            write_s=ended_s - write_began_s,
        )

    async def _write(self, outbox: Outbox) -> None:
        receipt = await self._the_producer.write(outbox)
        self.step.committed(receipt)
        self._backoff.succeeded()

    async def _fill(self, outbox: Outbox) -> tuple[int, int]:
        """Process what has arrived, up to a bound on records and work.

        Returns the next offset, and how many records are before it.
        """
        position = self._position or 0
        room = records_max = self._shared.transactions.records_max
        work_s = 0.0
        while self.input and room and work_s < _WORK_S_MAX:
            chunk = self.input.take(min(_CHUNK_RECORDS, room))
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

    async def _rest(self) -> None:
        self._stirred.clear()
        with contextlib.suppress(TimeoutError):
            until_s = self._look_around_s - time.monotonic()
            await asyncio.wait_for(self._stirred.wait(), max(until_s, 0.0))

    async def _look_around(self) -> None:
        """With nothing to process: show the position, and let the step act on the clock."""
        self._look_around_s = time.monotonic() + _LOOK_AROUND_S
        self._has_moved = False
        self.input.make_room()
        fetched = await self._consumer.position(self.source)
        if self.input:
            return
        # Everything before has been processed; markers have no record that would say so.
        position = self._position = max(self._position or 0, fetched)
        if self._shared.collector is not None:
            self._shared.collector.rested()
        end = self.input.end
        if end is not None and position >= end:
            await self._act_on_the_clock()
        await self._show_position()

    async def _act_on_the_clock(self) -> None:
        outbox = Outbox(self._shared.shapes)
        await self.step.when_drained(outbox)
        if outbox:
            self._is_clean = False
            await self._write(outbox)
            self._is_clean = True

    async def _show_position(self) -> None:
        """Commit the position for people who look at lag, and for foreign transactions' markers.

        Not in a transaction, and never while one is under way: it could overtake it. The broker
        refuses it from anyone who is no longer the owner.
        """
        self._shown_at_s = time.monotonic()
        if self._position == self._shown_position:
            return
        with contextlib.suppress(KafkaError, TimeoutError):
            shown = self._consumer.commit({self.source: self._position})
            await asyncio.wait_for(shown, _SHOW_POSITION_S)
            self._shown_position = self._position

    async def _wait_for_operator(self, halt: Halt) -> None:
        self.input.hold()
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
