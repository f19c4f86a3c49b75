"""Follows our topics into the projection: read_committed, from the last day on, for ever.

When the broker is away it says so, tries again with growing pauses, and goes on where it was; what
was counted is not counted again. When what it had not read yet has been deleted it begins anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord, TopicPartition

from router.board.projection.projection import LETTERS_MAX, Carries, Projection, Record
from router.board.projection.sales_org import KEPT_MS
from router.board.topic_ends import Ends, TopicEnds
from router.errors import LeadRouterError
from router.kafka.client.background_tasks import check_tasks
from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_consumer
from router.kafka.rights.denied import denial, is_denial
from router.kafka.rights.right import Operation
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.failures import reason_of
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

State = Literal["loading", "live", "broker_down", "denied"]

_POLL_MS = 200
_FETCHED_MAX = 2_000
_FETCH_BYTES_MIN = 128 * 1024
"""With 1, each of route's transactions would be fetched by itself, hundreds a second."""
_AT_ONCE = 100
"""Records folded before other tasks have their turn: a few milliseconds."""
_BACKOFF_S = (0.25, 0.5, 1.0, 2.0, 4.0)
_FAILING_S = (1.0, 5.0, 20.0, 60.0)
"""After a defect all is read anew: not all the time."""
_WAITING: tuple[State, ...] = ("broker_down", "denied")

_OF_THE_DAY: tuple[Carries, ...] = ("assignments", "inbox", "dead_letters")


@dataclass(slots=True)
class Progress:
    """Offsets of the topics that are to be read before the board is live."""

    read: int = 0
    total: int = 0


class Follower:
    """Owns the projection. ``changed`` is set whenever something in it has."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        """Nothing is read before :meth:`run`."""
        self._settings = settings
        self._clients = clients
        self._carries = topics_carrying(topics_of(settings))
        self._sources: list[TopicPartition] = []
        self.state: State = "loading"
        self.why: str | None = None
        """Which right is missing while it is denied."""
        self.trouble: str | None = None
        """Why it has given up for the moment, if it is neither the broker nor a right."""
        self.since_ms = local_ms()
        self.progress = Progress()
        self.behind = 0
        self._ends: TopicEnds | None = None
        self.changed = asyncio.Event()
        self._moved = asyncio.Event()
        self._told = ""
        self._begin_anew()

    def _begin_anew(self) -> None:
        since_ms = local_ms() - KEPT_MS
        self._since_ms = since_ms
        self._positions: dict[TopicPartition, int] = {}
        self._loaded_at: dict[TopicPartition, int] = {}
        settings = self._settings
        self.projection = Projection(
            settings.sales_orgs, settings.default_sales_org, since_ms=since_ms
        )
        self.changed.set()  # also when it was loading before: what was shown is gone

    @property
    def now_ms(self) -> int:
        """The broker's time: ours, or that of the newest record where its clock is ahead."""
        return max(local_ms(), self.projection.newest_ms)

    @property
    def lag_s(self) -> float:
        """For how long what is shown has not been the newest; 0 when everything is read."""
        if self.state == "live" and not self.behind:
            return 0.0
        return max(0.0, (self.now_ms - self.projection.newest_ms) / 1000)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until ``stop`` is set.

        Raises:
            LeadRouterError: a topic does not exist, or the broker cannot be asked at the start.
        """
        failures, failing = 0, Backoff(_FAILING_S)
        while not stop.is_set():
            try:
                await self._find_sources()
                await self._follow(stop)
            except OffsetOutOfRangeError:
                log.warning("board.begins_anew", reason="records were deleted before it read them")
                self._begin_anew()
                self._enter("loading")
            except (KafkaError, TimeoutError, OSError, LeadRouterError) as error:
                self._raise_at_start(error)
                failures = failures + 1 if self.state in _WAITING else 0
                self._note_failure(error)
                await _pause(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)], stop)
            except Exception as error:  # noqa: BLE001 - whatever it is, others are to go on
                if self.state == "live":
                    failing.succeeded()
                self._begin_anew()  # what it had begun to count is not to be counted twice
                self._note_failure(error)
                self.trouble = reason_of(error)
                await _pause(failing.failed(), stop)

    def _raise_at_start(self, error: Exception) -> None:
        """Who starts it is told of topics that are missing; later all is waited for."""
        has_begun = bool(self._sources) or self.state in _WAITING
        if isinstance(error, LeadRouterError) and not has_begun and not is_denial(error):
            raise error

    async def _find_sources(self) -> None:
        """Also before it follows again: aiokafka looks without end for a topic that is denied."""
        if self._sources and self.state != "denied":
            return
        shapes = await read_shapes(self._clients, self._carries)
        self._sources = [
            TopicPartition(topic, partition)
            for topic, shape in shapes.items()
            for partition in range(shape.partition_count)
        ]

    def _note_failure(self, error: Exception) -> None:
        denied = denial(error, self._settings.kafka, Operation.READ)
        why = str(denied or error) if is_denial(error) else type(error).__name__
        if self.state not in _WAITING or why != self._told:
            log.warning("board.cannot_follow", error=why)
        self._told = why
        self._enter("denied" if is_denial(error) else "broker_down")
        self.why = why if is_denial(error) else None

    def _enter(self, state: State) -> None:
        if state != self.state:
            self.state, self.since_ms, self.why = state, local_ms(), None
            self.trouble = None
            self.changed.set()
            log.info("board.state", state=state)

    async def _follow(self, stop: asyncio.Event) -> None:
        """Read from where we are until ``stop`` is set, or the client gives up."""
        consumer = self._clients.consumer(fetch_bytes_min=_FETCH_BYTES_MIN)
        ends = TopicEnds(consumer, self._sources)
        try:
            await start_whole(consumer)
            consumer.assign(self._sources)
            if not self._positions:
                await self._find_starts(consumer)
            for source, position in self._positions.items():
                consumer.seek(source, position)
            self._ends = ends
            await self._read(consumer, ends, stop)
        finally:
            self._ends = None
            try:
                await ends.close()
            finally:
                await stop_consumer(consumer)

    async def _find_starts(self, consumer: AIOKafkaConsumer) -> None:
        """The day's records by time, all others from the first."""
        starts: Mapping[TopicPartition, int] = await consumer.beginning_offsets(self._sources)
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(self._sources)
        of_the_day = [each for each in self._sources if self._carries[each.topic] in _OF_THE_DAY]
        found = await consumer.offsets_for_times(dict.fromkeys(of_the_day, self._since_ms))
        positions = dict(starts)
        for source in of_the_day:
            at = found.get(source)
            positions[source] = at.offset if at is not None else ends[source]
            if self._carries[source.topic] == "dead_letters":
                newest = max(starts[source], ends[source] - LETTERS_MAX)
                positions[source] = min(positions[source], newest)
        self._positions, self._loaded_at = positions, dict(ends)
        total = sum(max(0, ends[each] - positions[each]) for each in self._sources)
        self.progress = Progress(0, total)
        self._starts = dict(positions)

    async def _read(self, consumer: AIOKafkaConsumer, ends: TopicEnds, stop: asyncio.Event) -> None:
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_FETCHED_MAX)
            check_tasks(consumer)
            self.projection.forget_old(self.now_ms)
            for source, records in fetched.items():
                await self._fold(source, records)
            for source in self._sources:
                self._positions[source] = await consumer.position(source)
            self._moved.set()
            hears = ends.hears_broker()
            if self._take_in_added(consumer):
                self._enter("loading")
                return
            if ends.latest is not None:
                self._note_ends(ends.latest)
            if hears:
                self._enter("live" if self._is_loaded(consumer) else "loading")
            else:
                self._enter("broker_down")

    def _take_in_added(self, consumer: AIOKafkaConsumer) -> bool:
        """Add the partitions that topics have grown by, to be read from their first record."""
        added = [
            TopicPartition(topic, partition)
            for topic in self._carries
            for partition in sorted(consumer.partitions_for_topic(topic) or ())
            if TopicPartition(topic, partition) not in self._positions
        ]
        self._sources = [*self._sources, *added]
        self._positions.update(dict.fromkeys(added, 0))
        self._starts.update(dict.fromkeys(added, 0))
        return bool(added)

    async def _fold(
        self, source: TopicPartition, records: Sequence[ConsumerRecord[bytes | None, bytes | None]]
    ) -> None:
        carries = self._carries[source.topic]
        for begin in range(0, len(records), _AT_ONCE):
            self.projection.apply(
                carries,
                [
                    Record(
                        each.partition,
                        each.offset,
                        each.timestamp,
                        each.key,
                        each.value,
                        tuple(each.headers) if carries == "dead_letters" else (),
                    )
                    for each in records[begin : begin + _AT_ONCE]
                ],
            )
            self.changed.set()
            self.projection.forget_old(self.now_ms)
            await asyncio.sleep(0)

    def _is_loaded(self, consumer: AIOKafkaConsumer) -> bool:
        """Whether everything is read that was there when it began."""
        if self.state == "live":
            return True
        positions = self._positions
        self.progress.read = sum(
            max(0, min(positions[source], end) - self._starts[source])
            for source, end in self._loaded_at.items()
        )
        if any(positions[source] < end for source, end in self._loaded_at.items()):
            return False
        # From now on the assignments themselves tell who has a lead.
        consumer.pause(*(each for each in self._sources if self._is_summary(each)))
        return True

    def _is_summary(self, source: TopicPartition) -> bool:
        return self._carries[source.topic] == "owners"

    def _note_ends(self, ends: Ends) -> None:
        self.behind = sum(
            max(0, ends[each] - self._positions[each])
            for each in self._sources
            if not self._is_summary(each)
        )

    async def is_current(self, timeout_s: float) -> bool:
        """Whether all that was decided until now is in the projection, or is within ``timeout_s``.

        For those who have just changed something and ask what came of it.
        """
        asked = self._ends
        if asked is None or self.state != "live":
            return False
        deadline_s = time.monotonic() + timeout_s
        ends = await asked.ask(timeout_s)
        return ends is not None and await self._has_read(ends, deadline_s)

    async def _has_read(self, ends: Ends, deadline_s: float) -> bool:
        """Whether decisions and state are read up to ``ends``, or are in time."""
        sources = [each for each in ends if self._carries[each.topic] in {"assignments", "state"}]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(deadline_s - time.monotonic(), 0.0)):
                # Without positions when it begins anew meanwhile.
                while any(self._positions.get(each, 0) < ends[each] for each in sources):
                    self._moved.clear()
                    await self._moved.wait()
                return self.state == "live"
        return False


async def _pause(pause_s: float, stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), pause_s)


def topics_carrying(topics: Topics) -> dict[str, Carries]:
    """What the projection is made of, by topic."""
    return {
        topics.assignments: "assignments",
        topics.owners: "owners",
        topics.state: "state",
        topics.inbox: "inbox",
        topics.roster: "roster",
        topics.policies: "policies",
        topics.dead_letters: "dead_letters",
    }


def local_ms() -> int:
    """This machine's time."""
    return time.time_ns() // 1_000_000
