"""intake: any record of any input topic in, an inbox record or a dead letter out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from aiokafka.structs import TopicPartition

from router.intake.contract import DeadLetterReason
from router.intake.records.admit import Admitted
from router.intake.sources.admit import Part, RawActivity, refusal_of
from router.intake.wire.refusal import Rejected
from router.intake.wire.trace import traced
from router.kafka.queries.lost_input import CLOCKS_APART_MS, InputSurvey, LostInput
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.step import Halt, PartitionError, Receipt, Record, Records, SourceLog
from router.kafka.runtime.write_buffer import Outbox, Placed
from router.kafka.topics.positions import Position, Positions
from router.roles.intake.activity_topic import ActivityTopic
from router.roles.intake.source_tally import SourceTally

_LARGE_BYTES = 4_096
"""Smaller values are not measured against the inbox's limit: nobody sets it so low."""

_TOO_LARGE = Rejected(DeadLetterReason.TOO_LARGE, "its inbox record exceeds the topic's limit")

Admit = Callable[[Record], Admitted | Rejected | list[Part]]
"""A list is of a raw topic: one record in a vendor's shape may be many, or none."""

_Target: TypeAlias = tuple[bytes, list[Placed]]
"""The key of a sales org's records and the list they go to."""


class IntakeStep:
    """intake on one partition of an input topic."""

    is_urgent = False

    def __init__(  # noqa: PLR0913 - all that a partition works with
        self,
        source: TopicPartition,
        admit_record: Admit,
        *,
        inbox: str,
        partitions: Mapping[str, int],
        dead_letters: DeadLetterBox,
        positions: Positions,
        survey: InputSurvey,
        activity: ActivityTopic,
        tally: SourceTally,
        accept_lost_input: bool = False,
    ) -> None:
        """``partitions`` holds the inbox partition of every sales org."""
        self._activity_topic = activity
        self._activity: list[RawActivity] = []
        self._tally = tally
        self._source = source
        self._admit = admit_record
        self._inbox = inbox
        self._partitions = {
            sales_org: TopicPartition(inbox, partition)
            for sales_org, partition in partitions.items()
        }
        self._dead_letters = dead_letters
        self._positions = positions
        self._next_offset = self._at_ms = 0
        self._survey = survey
        self._accept_lost_input = accept_lost_input

    async def open(self, log: SourceLog) -> int:
        """Go on where the last transaction ended, or at the first record if there was none.

        The group's offset is ahead of that where it has passed records that nobody may read, of
        transactions that others have aborted.
        """
        written = await self._positions.of(log.source)
        if written is None and log.committed is None:
            return log.start
        written = written or Position(0)
        self._at_ms = written.at_ms or 0
        position = max(written.next_offset, log.committed or 0)
        log = await log.reaching(position)
        lost = LostInput.between(log.source, position, log.start, log.end)
        if lost is None and written.at_ms is not None:
            first = await log.ask_first_after(written.at_ms + CLOCKS_APART_MS)
            lost = LostInput.by_age(log.source, written, first, log.start, log.end)
        if lost is None:
            return position
        if not self._accept_lost_input:
            raise PartitionError(await self._survey.refusal(lost))
        return lost.skip()

    def process(self, records: Records, outbox: Outbox) -> Halt | None:
        """Admit each record into the inbox, or make it a dead letter."""
        admit_record = self._admit
        targets: dict[str, _Target] = {}
        for record in records:
            admitted = admit_record(record)
            if isinstance(admitted, list):
                refused = self._add_parts(outbox, targets, record, admitted)
            elif isinstance(admitted, Rejected):
                refused = admitted
            else:
                refused = self._add(outbox, targets, record, admitted)
            if refused is not None:
                self._refuse(outbox, record, refused)
        self._next_offset = records[-1].offset + 1
        self._at_ms = max(self._at_ms, *(record.timestamp for record in records))
        return None

    def _add(
        self, outbox: Outbox, targets: dict[str, _Target], record: Record, admitted: Admitted
    ) -> Rejected | None:
        """Write an inbox record; why not, if the topic would not take it."""
        sales_org, value, headers = admitted[:3]
        found = targets.get(sales_org)
        if found is None:
            found = targets[sales_org] = self._target(outbox, sales_org)
        key, inbox = found
        if len(value) > _LARGE_BYTES and not outbox.fits(self._inbox, key, value, headers):
            return _TOO_LARGE
        self._tally.add(admitted)
        if headers and outbox.trace is not None:
            followed = [(name, outbox.trace.follow(sent, record.offset)) for name, sent in headers]
            inbox.append((key, value, followed))
        else:
            inbox.append((key, value, headers))
        return None

    def _add_parts(
        self, outbox: Outbox, targets: dict[str, _Target], record: Record, parts: list[Part]
    ) -> Rejected | None:
        """Write what a vendor's record holds; the reason for its one dead letter, if it has one."""
        refused = refusal_of(parts)
        for part in parts:
            if isinstance(part, RawActivity):
                self._activity.append(part)
            elif isinstance(part, Admitted):
                refused = self._add(outbox, targets, record, part) or refused
        return refused

    def _target(self, outbox: Outbox, sales_org: str) -> _Target:
        """Looked up once for a call's records, because hashing a partition for each adds up."""
        return sales_org.encode(), outbox.at(self._partitions[sales_org])

    def _refuse(self, outbox: Outbox, record: Record, rejected: Rejected) -> None:
        reason, detail = rejected
        if outbox.trace is not None:
            for _, traceparent in traced(record.headers):
                outbox.trace.follow(traceparent, record.offset)
                outbox.trace.refused(reason)
        self._dead_letters.put(outbox, record, reason=reason, detail=detail)

    def seal(self, outbox: Outbox) -> None:
        """Add the position."""
        position = Position(self._next_offset, self._at_ms)
        self._positions.put(outbox, self._source, position)

    async def before_commit(self) -> None:
        """Send the activity that raw topics brought: its topic takes no transactions."""
        if self._activity:
            await self._activity_topic.put(self._activity)
            self._activity = []

    def committed(self, receipt: Receipt) -> None:  # noqa: ARG002 - the protocol's
        """Tell the metrics what was counted; nothing else is kept in memory."""
        self._tally.tell()

    async def when_drained(self, outbox: Outbox) -> None:
        """The clock does not matter here."""
