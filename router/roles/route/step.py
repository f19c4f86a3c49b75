"""route: inbox records in; decisions, owners and changed state out, in one transaction.

The fold keeps the offset it has applied, inside its state.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from router.core.model.assignment import Assignment
from router.intake.contract import DeadLetterReason
from router.intake.wire.codec import decode_event
from router.kafka.queries.feedback_queue import FeedbackGate, FeedbackQueue
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.step import Halt, Receipt, Record, Records, SourceLog
from router.kafka.runtime.write_buffer import NO_HEADERS, Outbox
from router.kafka.topics.changelog import BREAKER_KEY, LAYOUT_KEY, put_changes
from router.kafka.topics.codecs import EventHeaders, encode, rep_record, traceparent_of
from router.kafka.topics.owners import is_erasure, owner_row
from router.kafka.topics.topic_names import Topics
from router.observe.meters import Meters
from router.roles.route.breaker import Breaker
from router.roles.route.clock.partition_time import PartitionTime
from router.roles.route.fold import Fold
from router.roles.route.outcome_counts import DecisionTally
from router.roles.route.restore import Restored, Restorer, check_range
from router.telemetry import logger

log = logger(__name__)

_SET_ASIDE_TOLD_MAX = 1_000


@dataclass(frozen=True, slots=True)
class RouteParts:
    """What the route steps of all partitions share.

    ``leap_max_ms`` bounds how far the broker's clock may leap and be believed at once;
    ``accepts_leap``: as it stands when the partition is opened, an operator has accepted it.
    """

    topics: Topics
    restorer: Restorer
    dead_letters: DeadLetterBox
    feedback: FeedbackQueue
    leap_max_ms: int
    accepts_leap: bool = False
    meters: Meters = field(default_factory=Meters)


class RouteStep:
    """route on one partition of the inbox."""

    def __init__(
        self,
        source: TopicPartition,
        sales_orgs: tuple[str, ...],
        parts: RouteParts,
        breaker: Breaker,
    ) -> None:
        """``sales_orgs`` are those that live in this partition."""
        self._source = source
        self._sales_orgs: Mapping[bytes | None, str] = {name.encode(): name for name in sales_orgs}
        self._parts = parts
        self._topics = parts.topics
        self._assignments_topic = parts.topics.assignments
        self._shadow_topic = parts.topics.shadow
        self._breaker = breaker
        self._state = TopicPartition(parts.topics.state, source.partition)
        self._state_end = -1
        self._fold: Fold | None = None
        self._layout = parts.restorer.layout
        self._layout_is_written = False
        self._headers = EventHeaders()
        self._owners: dict[bytes, bytes | None] = {}  # each lead's last row of this transaction
        self.time = PartitionTime(
            source.partition,
            parts.meters.routing,
            parts.leap_max_ms,
            accepts_leap=parts.accepts_leap,
        )
        self._told_set_aside: deque[str] = deque(maxlen=_SET_ASIDE_TOLD_MAX)
        self._feedback = FeedbackGate(parts.feedback)
        self._tally = DecisionTally(parts.meters.routing)
        self._due_ms: int | None = None

    @property
    def partition(self) -> int:
        """The inbox partition."""
        partition: int = self._source.partition
        return partition

    @property
    def overdue_s(self) -> float:
        """How long the earliest deadline is past, by the broker's time; 0 if it is to come."""
        return 0.0 if self._due_ms is None else self.time.overdue_ms(self._due_ms) / 1000

    @property
    def fold(self) -> Fold:
        """The state in memory.

        Raises:
            RuntimeError: not opened yet.
        """
        if self._fold is None:
            raise RuntimeError("the step has not been opened")
        return self._fold

    async def open(self, log_now: SourceLog) -> int:
        """Take up the committed state: from memory if nobody has written since, or restored."""
        partition = self._source.partition
        if self._fold is None or await self._parts.restorer.end(partition) != self._state_end:
            began_s = time.monotonic()
            restored = await self._parts.restorer.restore(log_now)
            self._take_up(restored, time.monotonic() - began_s)
        log_now = await log_now.reaching(self.fold.next_offset)
        check_range(self.fold.next_offset, log_now, f"{self._state.topic}-{self._state.partition}")
        self.time.open(self.fold)
        self._feedback.forget()
        self._due_ms = self.fold.next_due_ms()
        return self.fold.next_offset

    def _take_up(self, restored: Restored, took_s: float) -> None:
        self._fold = restored.fold
        self._state_end = restored.end
        self._breaker.restore(restored.dead_letter_offsets)
        self._layout = restored.layout
        self._layout_is_written = restored.written_layout == restored.layout.plain()
        partition, meters = self._source.partition, self._parts.meters.routing
        meters.set_aside.add(str(partition), by=0)  # as in DeadLetterBox.expect
        meters.restores.add(str(partition))
        meters.restore_seconds.set(took_s, str(partition))
        meters.restored_records.set(restored.records, str(partition))
        log.info(
            "state.restored",
            partition=partition,
            records=restored.records,
            next_offset=restored.fold.next_offset,
        )

    def process(self, records: Records, outbox: Outbox) -> Halt | None:
        """Apply each record; what raises is as if it had never been seen, and a dead letter."""
        fold, sales_orgs = self.fold, self._sales_orgs
        self.time.read(records[-1].timestamp)
        for record in records:
            timestamp_ms, offset = record.timestamp, record.offset
            try:
                sales_org, event = sales_orgs[record.key], decode_event(record.value or b"")
                assignments = fold.apply(sales_org, event, timestamp_ms=timestamp_ms, offset=offset)
            except (MemoryError, RecursionError, OSError):
                raise
            except Exception as error:  # noqa: BLE001 - one record must not stop those behind it
                if halt := self._bury(record, error, outbox):
                    return halt
                continue
            if assignments:
                self._publish(assignments, record, outbox)
            elif is_erasure(event) and not fold.holds_lead(sales_org, event.lead_id):
                self._owners[event.lead_id.encode()] = None  # its row outlives the lead by years
        return None

    def _publish(self, assignments: list[Assignment], record: Record, outbox: Outbox) -> None:
        traceparent = traceparent_of(record.headers) if record.headers else None
        if traceparent is not None and outbox.trace is not None:
            traceparent = outbox.trace.follow(traceparent, record.offset)
            last = assignments[-1]
            outbox.trace.decided(last["outcome"], last["reason"], last["assignment_id"])
        spread = self._layout.key_partitions
        for assignment in assignments:
            key = assignment["lead_id"].encode()
            event = (key, encode(assignment), self._headers.of(assignment, traceparent))
            if assignment.get("shadow"):
                outbox.by_key(self._shadow_topic, spread.get(self._shadow_topic)).append(event)
                self._tally.count_shadow(assignment)
            else:
                self._tally.count(assignment)
                topic = self._assignments_topic
                outbox.by_key(topic, spread.get(topic)).append(event)
                self._owners[key] = owner_row(assignment)

    def _bury(self, record: Record, error: Exception, outbox: Outbox) -> Halt | None:
        """Make a dead letter of a record; the text of ``error`` may hold what it holds."""
        detail = f"{type(error).__name__} in route"
        if trip := self._breaker.would_trip(record.offset):
            return Halt(
                record.offset,
                f"{trip.dead_letters} of the last {trip.window_records} records of {record.topic}-"
                f"{record.partition} became dead letters, this one by {detail}: look at them with"
                " `lead-router dead-letters list`, then go on with `lead-router run"
                f" --accept-dead-letters-until {record.offset}`",
            )
        if outbox.trace is not None and (sent := traceparent_of(record.headers)) is not None:
            outbox.trace.follow(sent, record.offset)
            outbox.trace.refused(detail)
        known = record.key in self._sales_orgs
        reason = DeadLetterReason.UNEXPECTED_ERROR if known else DeadLetterReason.UNKNOWN_SALES_ORG
        self._parts.dead_letters.put(outbox, record, reason=reason, detail=detail)
        self._breaker.count(record.offset)
        self.fold.skip(timestamp_ms=record.timestamp, offset=record.offset)
        return None

    def seal(self, outbox: Outbox) -> None:
        """Add the last owner of each lead, the changed state, and new rep numbers."""
        topics, spread = self._topics, self._layout.key_partitions
        owners = outbox.by_key(topics.owners, spread.get(topics.owners))
        owners += [(key, row, NO_HEADERS) for key, row in self._owners.items()]
        self._owners.clear()
        put_changes(outbox, self._state, self.fold.take_changes())
        reps = outbox.by_key(topics.reps, spread.get(topics.reps))
        for sales_org, number, rep_id in self.fold.take_new_reps():
            reps.append((*rep_record(sales_org, number, rep_id), NO_HEADERS))
        state = outbox.at(self._state)
        if not self._layout_is_written:
            self._layout_is_written = True
            state.append((LAYOUT_KEY, encode(self._layout.plain()), NO_HEADERS))
        if (dead_letters := self._breaker.take_changed()) is not None:
            state.append((BREAKER_KEY, encode(dead_letters), NO_HEADERS))

    async def before_commit(self) -> None:
        """All that is written is part of the transaction."""

    def committed(self, receipt: Receipt) -> None:
        """Remember where our state ends, and whether a tick is on its way."""
        fold = self.fold
        self._state_end = receipt.ends.get(self._state, self._state_end)
        tick_end = receipt.ends.get(self._source)
        if tick_end is not None:
            self.time.tick_committed(tick_end - 2, receipt.broker_ms, fold)
            self._parts.meters.routing.ticks.add(str(self._source.partition))
        for lead_id, error in fold.take_faults():
            if lead_id not in self._told_set_aside:  # they are tried again
                self._told_set_aside.append(lead_id)
                log.error("lead.set_aside", lead_id=lead_id, error=error)
            self._parts.meters.routing.set_aside.add(str(self._source.partition))
        self._due_ms = fold.next_due_ms()
        self.time.applied(fold)
        self._tally.committed()

    @property
    def is_urgent(self) -> bool:
        """Whether a tick has left work that was due, so that another follows at once."""
        return self.time.is_urgent

    async def when_drained(self, outbox: Outbox) -> None:
        """Let time pass in this partition, if something is due or a minute is over."""
        if not self._sales_orgs or not self.time.wants_tick(self.fold):
            self._feedback.forget()
            return
        if not await self._feedback.is_open():
            return
        key = next(iter(self._sales_orgs))
        outbox.at(self._source).append((key, self.time.tick(self.fold), NO_HEADERS))
