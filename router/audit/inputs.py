"""Input topics against the inbox and the dead letters.

What intake has passed, by its own position, is in one of the two. Events (leads, feedback,
commands) carry an id, and the inbox must hold each id, once for each time that it was sent. A rep,
an account, a policy and a lead's engagement stand until they are replaced: the newest of each must
be what the inbox holds last of it, or the inbox must have taken in something later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from aiokafka.structs import TopicPartition

from router.audit.cut import Cut
from router.audit.findings import Apart, Comparison, Kind, Place
from router.audit.ids import (
    KIND_OF,
    STANDING,
    inbox_identity,
    kind_of,
    refused_identity,
    subject_of,
)
from router.audit.letters import Letters
from router.intake.records.admit import Admitted
from router.intake.records.context import IntakeContext
from router.intake.sources.admit import refusal_of
from router.intake.wire.refusal import Rejected
from router.kafka.runtime.step import Record
from router.kafka.topics.topic_names import input_topics
from router.roles.intake.plan import NAME as INTAKE
from router.roles.intake.plan import admitting
from router.settings import Settings

_COMMIT_MS_MAX = 60_000
"""The records of one transaction are stamped apart by less than that."""
_NEVER_MS = 1 << 62


@dataclass(slots=True)
class _Sent:
    """What was sent under one identity, and what the inbox holds of it.

    ``offset`` is that of the first record, or of the newest of what stands; ``digest`` of the inbox
    record that it would give. ``found_ms`` is when the inbox first took it in, or last.
    """

    source: TopicPartition
    offset: int
    at_ms: int
    digest: bytes
    is_refused: bool
    is_passed: bool
    has_letter: bool
    count: int = 1
    is_found: bool = False
    found_count: int = 0
    found_ms: int = _NEVER_MS
    found_digest: bytes = b""

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(self.source.topic, self.source.partition, self.offset)

    def add(self, other: _Sent) -> None:
        """Take in an event that was sent again: it need not be known twice."""
        self.count += 1
        self.is_passed = self.is_passed and other.is_passed
        self.has_letter = self.has_letter or other.has_letter


class Inputs:
    """What lies in the input topics, ticked off against the inbox."""

    def __init__(
        self, settings: Settings, cut: Cut, letters: Letters, rows: Mapping[str, Comparison]
    ) -> None:
        """``rows`` has the comparison of each input topic."""
        self.missing: list[Place] = []
        """Records that can be sent again: see :mod:`router.audit.repair`."""
        self._context = IntakeContext.of(settings)
        self._admitting = admitting(settings)
        self._roles = {
            topic: role for role, topics in input_topics(settings).items() for topic in topics
        }
        self._cut = cut
        self._letters = letters
        self._rows = rows
        self._sent: dict[str, _Sent] = {}

    def take_input(self, record: Record) -> None:
        """Take in a record of an input topic, by what intake makes of it."""
        admitted = self._admitting[record.topic](record)
        if not isinstance(admitted, list):
            self._take(record, admitted)
            return
        refused = refusal_of(admitted)
        for part in admitted:
            if isinstance(part, Admitted):
                self._take(record, part)
        if refused is not None:
            self._take(record, refused)

    def _take(self, record: Record, admitted: Admitted | Rejected) -> None:
        identity, digest = None, b""
        if not isinstance(admitted, Rejected):
            identity = inbox_identity(admitted.sales_org, admitted.value)
            digest = _digest(admitted.value)
        source = TopicPartition(record.topic, record.partition)
        sent = _Sent(
            source,
            record.offset,
            record.timestamp,
            digest,
            is_refused=identity is None,
            is_passed=self._cut.has_passed(record),
            has_letter=self._letters.has(INTAKE, Place.of(record)),
        )
        if identity is None:
            default_org = self._context.default_sales_org
            identity = refused_identity(KIND_OF[self._roles[record.topic]], record, default_org)
        self._take_sent(identity, sent)

    def _take_sent(self, identity: str, sent: _Sent) -> None:
        before = self._sent.get(identity)
        if before is None:
            self._sent[identity] = sent
        elif kind_of(identity) not in STANDING:
            before.add(sent)
        elif (sent.at_ms, sent.offset) >= (before.at_ms, before.offset):
            sent.count += before.count
            self._sent[identity] = sent
        else:
            before.count += 1

    def take_inbox(self, record: Record) -> None:
        """Take in a record of the inbox."""
        value = record.value or b""
        identity = inbox_identity((record.key or b"").decode("utf-8", "replace"), value)
        sent = self._sent.get(identity) if identity is not None else None
        if sent is None:
            return
        sent.is_found = True
        if kind_of(identity or "") in STANDING:
            sent.found_ms, sent.found_digest = record.timestamp, _digest(value)
        elif record.timestamp >= sent.at_ms:  # else of an earlier one that is not held any more
            sent.found_count += 1
            sent.found_ms = min(sent.found_ms, record.timestamp)

    def judge(self) -> None:
        """Say of every record whether it is where it must be."""
        whole_since_ms = self._whole_since_ms()
        for identity, sent in self._sent.items():
            row = self._rows[sent.source.topic]
            if sent.has_letter or _has_arrived(identity, sent):
                row.same += sent.count
                if sent.found_count > sent.count and sent.found_ms > whole_since_ms:
                    said = f"in the inbox {sent.found_count} times, sent {sent.count} times"
                    row.find(Kind.DOUBLE, subject_of(identity), sent.place, said)
            elif not sent.is_passed:
                row.apart[Apart.NOT_YET] += sent.count
            elif sent.at_ms < self._letters.kept_since_ms:  # it may have been a dead letter
                row.apart[Apart.NOT_KEPT] += sent.count
            else:
                self._miss(identity, sent, row)

    def _miss(self, identity: str, sent: _Sent, row: Comparison) -> None:
        row.same += sent.count - 1
        if sent.is_refused:  # its ids are as the sender wrote them, and may be personal
            row.find(Kind.MISSING, None, sent.place, "refused by intake, and no dead letter")
        else:
            subject = subject_of(identity)
            said = "passed by intake, and neither in the inbox nor a dead letter"
            row.find(Kind.MISSING, subject, sent.place, said)
        if kind_of(identity) != "command":  # an order of back then may not be one of today
            self.missing.append(sent.place)

    def _whole_since_ms(self) -> int:
        """From when on all that the inbox took in was made of records that are still held.

        What an input topic has deleted was read before what it still holds, so it reached the inbox
        no later than the first record that is held; with a margin, because a transaction writes
        several partitions one after the other.
        """
        shortened = {source for source, span in self._cut.inputs.items() if span.start}
        since_ms = 0
        for identity, sent in self._sent.items():
            is_event = kind_of(identity) not in STANDING
            if is_event and sent.found_count and sent.source in shortened:
                shortened.discard(sent.source)
                since_ms = max(since_ms, sent.found_ms + _COMMIT_MS_MAX)
        return since_ms


def _has_arrived(identity: str, sent: _Sent) -> bool:
    if kind_of(identity) not in STANDING:
        return sent.is_found
    return sent.is_found and (sent.found_digest == sent.digest or sent.found_ms >= sent.at_ms)


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
