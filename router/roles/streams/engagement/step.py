"""A batch of activity records of one partition: what follows from it, without any I/O.

Every record has one of four fates: it is in the lead's history (new, or known and so without
effect), it goes on to the partition where its lead belongs, or it is a dead letter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from router.core.model.timestamps import rfc3339
from router.intake.contract import DeadLetterReason
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.intake.wire.trace import traced
from router.kafka.client.murmur2 import partitions_of
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.step import Record
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import Topics
from router.roles.streams.engagement.activity import LeadActivity, read_activity
from router.roles.streams.engagement.codec import decode_history, encode_history
from router.roles.streams.engagement.faust_app.table import Reader
from router.roles.streams.engagement.history import TYPES_MAX, Bounds, History, Published
from router.roles.streams.engagement.policies import PolicyBook
from router.roles.streams.engagement.score import is_news, valued
from router.telemetry import logger

log = logger(__name__)

NAME = "engagement"
FORWARDED = "forwarded"
"""Header of a record that was sent on to the partition of its lead."""

OFFSET_HEADER = "activity_offset"
"""Header of an engagement record: the last activity in it, as ``partition:offset``."""

_TOO_MANY_TYPES = Rejected(
    DeadLetterReason.INVALID_FIELD,
    f"activity_type is new, and its lead has {TYPES_MAX} types in 400 days already",
)

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Outcome:
    """What follows from a batch: records of other topics, the table's rows, and their counts.

    ``letters`` counts the dead letters by reason.
    """

    outbox: Outbox
    rows: list[tuple[bytes, bytes]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    letters: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Touched:
    """A lead of the batch: its records that may be new."""

    sales_org: str
    lead_id: str
    activities: list[tuple[Record, LeadActivity]] = field(default_factory=list)


class _Settled(NamedTuple):
    """What a lead's activities come to: nothing of it has been written yet."""

    row: bytes | None
    engagement: bytes | None
    added: int
    refused: list[Record]


class EngagementStep:
    """Turns batches into outcomes; keeps nothing but what it is given."""

    def __init__(
        self,
        topics: Topics,
        shapes: dict[str, TopicShape],
        context: IntakeContext,
        book: PolicyBook,
        *,
        bounds: Bounds,
        step_milli: int,
    ) -> None:
        """``shapes`` holds the topics activity, engagement and dead letters."""
        self._topics = topics
        self._context = context
        self._book = book
        self._bounds = bounds
        self._step_milli = step_milli
        self._dead_letters = DeadLetterBox(topics.dead_letters, NAME, shapes)
        self._partition_count = shapes[topics.activity].partition_count

    @property
    def topic(self) -> str:
        """Where activity comes from."""
        return self._topics.activity

    def process(self, records: Sequence[Record], store: Reader, outbox: Outbox) -> Outcome:
        """What follows from ``records``, all of one partition and in order."""
        outcome = Outcome(outbox)
        touched = self._by_lead(records, outcome)
        held = store.read_rows(records[0].partition, list(touched)) if touched else ()
        for (key, lead), before in zip(touched.items(), held, strict=True):
            try:
                settled = self._settle(before, lead)
            except (MemoryError, OSError):
                raise  # the machine failed, not the record
            except Exception as error:  # noqa: BLE001 - a defect must not keep the others waiting
                self._set_aside(lead, error, outcome)
            else:
                self._note(key, lead, settled, outcome)
        return outcome

    def _by_lead(self, records: Sequence[Record], outcome: Outcome) -> dict[bytes, _Touched]:
        """The activities that belong here, by table key; the others go to the outbox."""
        read = [
            (record, read_activity(record.value, _headers(record), record.timestamp, self._context))
            for record in records
        ]
        placed = iter(
            partitions_of(
                [found.lead_id.encode() for _, found in read if isinstance(found, LeadActivity)],
                self._partition_count,
            )
        )
        touched: dict[bytes, _Touched] = {}
        for record, found in read:
            if isinstance(found, Rejected):
                self._refuse(outcome, record, found)
            elif next(placed) != record.partition:
                self._send_on(outcome, record, found)
            else:
                key = f"{found.sales_org}\0{found.lead_id}".encode()
                lead = touched.get(key)
                if lead is None:
                    lead = touched[key] = _Touched(found.sales_org, found.lead_id)
                lead.activities.append((record, found))
        return touched

    def _refuse(self, outcome: Outcome, record: Record, rejected: Rejected) -> None:
        reason, detail = rejected
        self._dead_letters.put(outcome.outbox, record, reason=reason, detail=detail)
        _follow(record, outcome.outbox)
        if outcome.outbox.trace is not None:
            outcome.outbox.trace.refused(reason)
        outcome.letters[reason] += 1
        _count(outcome, "refused")

    def _set_aside(self, lead: _Touched, error: Exception, outcome: Outcome) -> None:
        log.error("engagement.defect", lead_id=lead.lead_id, error=type(error).__name__)
        for record, _ in lead.activities:
            detail = f"a defect: {type(error).__name__}"
            self._refuse(outcome, record, Rejected(DeadLetterReason.UNEXPECTED_ERROR, detail))

    def _send_on(self, outcome: Outcome, record: Record, found: LeadActivity) -> None:
        """To where its lead is counted, once: a second time means that we disagree on where."""
        if any(name == FORWARDED for name, _ in record.headers):
            problem = "was sent on already and is in the wrong partition still"
            self._refuse(outcome, record, Rejected(DeadLetterReason.INVALID_FIELD, problem))
            return
        topic, key = self._topics.activity, found.lead_id.encode()
        context = dict(_follow(record, outcome.outbox))
        headers = [(name, context.get(name, text)) for name, text in record.headers]
        headers.append((FORWARDED, str(record.partition).encode()))
        if not outcome.outbox.fits(topic, key, record.value, headers):
            problem = "is in the wrong partition, and too large to be sent on"
            self._refuse(outcome, record, Rejected(DeadLetterReason.TOO_LARGE, problem))
            return
        outcome.outbox.by_key(topic).append((key, record.value, headers))
        _count(outcome, "forwarded")

    def _settle(self, before: bytes | None, lead: _Touched) -> _Settled:
        """The lead's history with its activities, as bytes, and what has to be published.

        What adds nothing need not be noted either: it will add nothing again.
        """
        history = History() if before is None else decode_history(before)
        added, refused = 0, []
        for record, activity in lead.activities:
            if history.holds(record.offset, record.timestamp):
                continue
            _, _, at_ms, digest, activity_type, weight_milli = activity
            if history.has_room_for(activity_type):
                history.advance(record.offset, record.timestamp)
                added += history.add(at_ms, digest, activity_type, weight_milli, self._bounds)
            else:
                refused.append(record)
        if not added:
            return _Settled(None, None, 0, refused)
        history.fold(self._bounds)
        engagement = self._news(history, lead)
        return _Settled(encode_history(history), engagement, added, refused)

    def _news(self, history: History, lead: _Touched) -> bytes | None:
        scale = self._book.scale(lead.sales_org, history.log_ms)
        if scale is None:
            return None
        value = valued(history, scale, history.log_ms)
        if not is_news(value, history.published, scale, self._step_milli):
            return None
        history.published = value
        return _engagement(lead, value)

    def _note(self, key: bytes, lead: _Touched, settled: _Settled, outcome: Outcome) -> None:
        contexts = [
            _follow(record, outcome.outbox)
            for record, _ in lead.activities
            if record not in settled.refused
        ]
        for record in settled.refused:
            self._refuse(outcome, record, _TOO_MANY_TYPES)
        _count(outcome, "added", settled.added)
        _count(outcome, "repeated", len(lead.activities) - settled.added - len(settled.refused))
        if settled.row is not None:
            outcome.rows.append((key, settled.row))
        if settled.engagement is not None:
            last, _ = lead.activities[-1]
            headers = [(OFFSET_HEADER, f"{last.partition}:{last.offset}".encode())]
            headers += contexts[-1] if contexts else []
            outcome.outbox.by_key(self._topics.engagement).append(
                (lead.lead_id.encode(), settled.engagement, headers)
            )
            _count(outcome, "published")


def _engagement(lead: _Touched, value: Published) -> bytes:
    return _encode(
        {
            "lead_id": lead.lead_id,
            "sales_org": lead.sales_org,
            "points_milli": value.points_milli,
            "half_life_ms": value.half_life_ms,
            "occurred_at": rfc3339(value.at_ms),
        }
    )


def _follow(record: Record, outbox: Outbox) -> list[tuple[str, bytes]]:
    """The trace context to hand on, if the record has one."""
    if not record.headers:
        return []
    sent = traced(_headers(record))
    if outbox.trace is None:
        return sent
    return [(name, outbox.trace.follow(text, record.offset)) for name, text in sent]


def _headers(record: Record) -> list[tuple[str, bytes]]:
    return [(name, text) for name, text in record.headers if text is not None]


def _count(outcome: Outcome, what: str, by: int = 1) -> None:
    outcome.counts[what] = outcome.counts.get(what, 0) + by
