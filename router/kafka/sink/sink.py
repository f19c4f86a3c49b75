"""A sink: one destination's consumer group, and its lanes on the partitions given to this process.

At least once, and in order for each lead. The position that is committed is the offset of the
oldest record that is not done; a kill repeats what was done beyond it, under the same idempotency
keys. Each destination has a group of its own, so that one that is down holds up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.client.background_tasks import check_tasks
from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import end_tasks, stop_consumer
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.failures import is_environment, out_of_range, reason_of
from router.kafka.sink.gate import Gate
from router.kafka.sink.lanes import Lanes, Target
from router.telemetry import logger

log = logger(__name__)

_FETCH_WAIT_MS = 200
_FETCH_RECORDS_MAX = 500
_UNPOSITIONED_WAIT_S = 0.01
_COMMIT_TIMEOUT_S = 2.0
_ASK_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class SinkPlan:
    """A destination as the runtime sees it.

    ``since_ms``: where the group has no position, records from that time on are handed over.
    """

    name: str
    group: str
    topics: Sequence[str]
    since_ms: int
    pauses_s: Sequence[float]
    calls_max: int


class Sink(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Runs one destination; a part of its process."""

    has_ended = False

    def __init__(self, plan: SinkPlan, target: Target, gate: Gate, clients: Clients) -> None:
        """A sink that does not run yet."""
        self.name = plan.name
        self.gate = gate
        self._plan, self._target, self._clients = plan, target, clients
        self._slots = asyncio.Semaphore(plan.calls_max)
        self._lanes: dict[TopicPartition, Lanes] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._opening: dict[TopicPartition, asyncio.Task[None]] = {}
        self._paused: set[TopicPartition] = set()
        self._trouble: str | None = f"{plan.name} has not joined its group yet"

    @property
    def awaits(self) -> str | None:
        """The wait on Kafka's side, in one line; a destination that is down does not unready us."""
        return f"{self.name} looks for its positions" if self._opening else self._trouble

    @property
    def waiting(self) -> int:
        """Records in memory that are not done."""
        return sum(lanes.waiting for lanes in self._lanes.values())

    def lag(self) -> int | None:
        """Offsets after the committed position, by the last fetch; None before there is one."""
        ends = {each: self._consumer.highwater(each) for each in self._committed}
        known = {each: end for each, end in ends.items() if end is not None}
        if not known:
            return None
        return sum(max(int(end) - self._committed[each], 0) for each, end in known.items())

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; a consumer that fails is replaced.

        Raises:
            Exception: a defect.
        """
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._stay(stop, backoff)
            except Exception as error:
                if not is_environment(error):
                    raise
                self._trouble = f"{self.name}: {reason_of(error)}"
                pause_s = backoff.failed()
                log.warning("sink.reopens", sink=self.name, in_s=pause_s, why=self._trouble)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause_s)

    async def _stay(self, stop: asyncio.Event, backoff: Backoff) -> None:
        """Be a member of the group until ``stop`` or a failure."""
        self._consumer: AIOKafkaConsumer = self._clients.consumer(group=self._plan.group)
        try:
            await start_whole(self._consumer)
            self._consumer.subscribe(list(self._plan.topics), listener=self)
            while not stop.is_set():
                await self._fetch()
                self._check_openings()
                for lanes in self._lanes.values():
                    lanes.check()
                await self._commit()
                check_tasks(self._consumer)
                backoff.succeeded()
        finally:
            await self._leave([*self._lanes, *self._opening])
            await stop_consumer(self._consumer)

    async def _fetch(self) -> None:
        self._make_room()
        try:
            fetched = await self._consumer.getmany(
                timeout_ms=_FETCH_WAIT_MS, max_records=_FETCH_RECORDS_MAX
            )
        except NoOffsetForPartitionError:  # assigned this very moment, about to be paused
            await asyncio.sleep(_UNPOSITIONED_WAIT_S)
            return
        except OffsetOutOfRangeError as error:
            self._out_of_range(error.args[0])
            return
        for source, records in fetched.items():
            if (lanes := self._lanes.get(source)) is not None:
                lanes.take(records)

    def _out_of_range(self, offsets: Mapping[TopicPartition, int]) -> None:
        for source, offset in offsets.items():
            if source in self._lanes:  # not where its position is still looked for
                raise LeadRouterError(out_of_range("its group", source, offset))

    def _make_room(self) -> None:
        """Fetch nothing for lanes that are full; what waits stays in Kafka."""
        for source, lanes in self._lanes.items():
            if lanes.is_full and source not in self._paused:
                self._consumer.pause(source)
                self._paused.add(source)
            elif not lanes.is_full and source in self._paused:
                self._consumer.resume(source)
                self._paused.discard(source)

    def _check_openings(self) -> None:
        for source, task in list(self._opening.items()):
            if task.done():
                del self._opening[source]
                task.result()

    async def _commit(self) -> None:
        """Commit the positions that have moved."""
        moved = {
            source: lanes.position
            for source, lanes in self._lanes.items()
            if lanes.position != self._committed.get(source)
        }
        if moved:
            # A rebalance may be under way: who has the partition then begins at the former one.
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(self._consumer.commit(moved), _COMMIT_TIMEOUT_S)
                self._committed.update(moved)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Have each partition opened in a task: aiokafka would swallow exceptions."""
        self._trouble = None
        for source in assigned:
            self._consumer.pause(source)
            self._consumer.seek(source, 0)  # any will do: without one aiokafka keeps looking
            self._opening[source] = asyncio.create_task(self._open(source))

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """End what is under way and commit, as long as the partitions are still ours."""
        await self._leave(list(revoked))

    async def _open(self, source: TopicPartition) -> None:
        async with asyncio.timeout(_ASK_TIMEOUT_S):
            position = await self._consumer.committed(source)
            if position is None:
                position = await self._first_since(source)
        self._consumer.seek(source, position)
        self._lanes[source] = Lanes(
            position, self._target, self.gate, self._slots, self._plan.pauses_s
        )
        self._committed[source] = position
        self._consumer.resume(source)

    async def _first_since(self, source: TopicPartition) -> int:
        """The end is asked first: what is written between the two questions lies after it."""
        end = int((await self._consumer.end_offsets([source]))[source])
        found = (await self._consumer.offsets_for_times({source: self._plan.since_ms}))[source]
        return end if found is None else int(found.offset)

    async def _leave(self, sources: Sequence[TopicPartition]) -> None:
        await end_tasks([self._opening.pop(each) for each in sources if each in self._opening])
        left = {each: self._lanes.pop(each) for each in sources if each in self._lanes}
        await asyncio.gather(*(lanes.end() for lanes in left.values()))
        positions = {source: lanes.position for source, lanes in left.items()}
        if positions:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(self._consumer.commit(positions), _COMMIT_TIMEOUT_S)
        for source in sources:
            self._committed.pop(source, None)
            self._paused.discard(source)
