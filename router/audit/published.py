"""Decisions as they were published, against those that there must be.

Of each a digest and two places are kept, not what it says: some 250 bytes a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

import msgspec

from router.audit.cut import Spans
from router.audit.findings import Apart, Comparison, Kind, Place
from router.core.model.assignment import CORE_VERSION, Assignment
from router.kafka.client.murmur2 import partitions_of
from router.kafka.runtime.step import Record

BETWEEN = "\x1f"
"""Stands between ids in a key: they have no control characters."""
_ENTRY = Struct(">16sIQIQ")


class _Inbox(msgspec.Struct):
    partition: int
    offset: int


class Said(msgspec.Struct):
    """What tells one decision from another."""

    assignment_id: str
    lead_id: str
    sales_org: str
    sequence: int
    core_version: str
    inbox: _Inbox

    @property
    def lead(self) -> str:
        """The lead, by sales org and id."""
        return lead_key(self.sales_org, self.lead_id)


_read = msgspec.json.Decoder(Said).decode


def read_said(value: bytes | None) -> Said | None:
    """What a published record says; None of one that is no decision."""
    try:
        return _read(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def lead_key(sales_org: str, lead_id: str) -> str:
    """By what a lead is known here."""
    return f"{sales_org}{BETWEEN}{lead_id}"


def said_by(assignment: Assignment) -> Said:
    """What tells ``assignment`` from others."""
    inbox = assignment["inbox"]
    return Said(
        assignment["assignment_id"],
        assignment["lead_id"],
        assignment["sales_org"],
        assignment["sequence"],
        assignment["core_version"],
        _Inbox(inbox["partition"], inbox["offset"]),
    )


class Mark(NamedTuple):
    """How far an inbox partition is applied, where it ends, and whether it could be folded."""

    applied: int
    end: int
    is_folded: bool


class _Entry(NamedTuple):
    """A published decision: a digest of its value, its cause in the inbox, and where it lies."""

    digest: bytes
    inbox_partition: int
    inbox_offset: int
    partition: int
    offset: int


class Published:
    """The decisions of one topic, by their ids; whatever there must be is taken out.

    Those of ``routing.shadow`` change nothing, so that a test lead which is sent again is decided
    again under one id: they are known ``by_cause``, that is by the inbox record too.
    """

    def __init__(
        self, inbox_topic: str, spans: Spans, row: Comparison, *, by_cause: bool = False
    ) -> None:
        """Nothing is read yet."""
        self.row = row
        self.missing: set[str] = set()
        """Keys of what was never published and can be: see :meth:`key_of`."""
        self.other_core: set[int] = set()
        """Inbox partitions about which another core version has decided."""
        self.spread: dict[int, int] = {}
        """Over how many partitions the writer of each inbox partition spreads its keys."""
        self._inbox_topic = inbox_topic
        self._starts = {source.partition: span.start for source, span in spans.items()}
        self._by_cause = by_cause
        self._entries: dict[str, bytes] = {}
        self._first_offsets: dict[tuple[int, int], int] = {}
        self._newest: dict[str, int] = {}

    def key_of(self, said: Said) -> str:
        """By what a decision is known."""
        key = f"{said.sales_org}{BETWEEN}{said.assignment_id}"
        return f"{key}{BETWEEN}{said.inbox.offset}" if self._by_cause else key

    def read(self, record: Record) -> Said | None:
        """Take in a published record; returns what it says, None if it is no decision."""
        said = read_said(record.value)
        if said is None:
            self.row.find(Kind.EXTRA, None, Place.of(record), "is no decision")
        else:
            self._take(said, record)
        return said

    def _take(self, said: Said, record: Record) -> None:
        inbox = said.inbox
        self._first_offsets.setdefault((record.partition, inbox.partition), inbox.offset)
        if said.core_version != CORE_VERSION:
            self.other_core.add(inbox.partition)
        key, digest = self.key_of(said), _digest(record.value or b"")
        if (before := self._entry(key)) is not None:
            alike = "the same" if before.digest == digest else "another decision"
            what = f"{alike} under one id, after {self._place(before)}"
            self.row.find(Kind.DOUBLE, said.assignment_id, Place.of(record), what)
            return
        self._entries[key] = _ENTRY.pack(
            digest, inbox.partition, inbox.offset, record.partition, record.offset
        )
        if not self._by_cause:
            if said.sequence < (newest := self._newest.get(said.lead, 0)):
                self.row.apart[Apart.LATE] += 1
            self._newest[said.lead] = max(said.sequence, newest)

    def expect(self, said: Said, value: bytes) -> None:
        """Look for what the fold decides."""
        key, inbox = self.key_of(said), said.inbox
        entry = self._entry(key)
        if entry is None or (entry.inbox_partition, entry.inbox_offset) != (
            inbox.partition,
            inbox.offset,
        ):
            self._lack(said, key, entry)
            return
        del self._entries[key]
        if entry.digest == _digest(value):
            self.row.same += 1
        else:
            what = "not what the inbox decides; `lead-router replay` names the fields"
            self.row.find(Kind.DIFFERENT, said.assignment_id, self._place(entry), what)

    def _lack(self, said: Said, key: str, entry: _Entry | None) -> None:
        """Say that it is not there; what has its id instead is by another inbox record."""
        if not self._is_kept(said):
            self.row.apart[Apart.NOT_KEPT] += 1
            return
        cause = Place(self._inbox_topic, said.inbox.partition, said.inbox.offset)
        if entry is not None:
            del self._entries[key]
            what = f"the inbox decides it at {cause}"
            self.row.find(Kind.DIFFERENT, said.assignment_id, self._place(entry), what)
        else:
            self.missing.add(key)
            self.row.find(Kind.MISSING, said.assignment_id, cause, "decided and never published")

    def _is_kept(self, said: Said) -> bool:
        """Whether the topic still reaches back to where this decision has to lie."""
        partition = self._partition_of(said.lead_id, said.inbox.partition)
        if not self._starts[partition]:
            return True
        first = self._first_offsets.get((partition, said.inbox.partition))
        return first is not None and said.inbox.offset >= first

    def _partition_of(self, lead_id: str, inbox_partition: int) -> int:
        count = self.spread.get(inbox_partition, len(self._starts))
        return partitions_of([lead_id.encode()], count)[0]

    def count(self, inbox_partition: int, lead: str, sequence: int) -> None:
        """Look for as many decisions of a lead as the state has counted, whatever they say.

        From the last one back: those before the first that is kept may have been deleted.
        """
        sales_org, lead_id = lead.split(BETWEEN)
        absent: list[str] = []
        for number in range(sequence, 0, -1):
            assignment_id = f"{lead_id}.{number}"
            if self._entries.pop(lead_key(sales_org, assignment_id), None) is None:
                absent.append(assignment_id)
                continue
            self.row.apart[Apart.BY_IDENTITY] += 1
            self._lack_counted(absent)
            absent.clear()
        if self._starts[self._partition_of(lead_id, inbox_partition)]:
            self.row.apart[Apart.NOT_KEPT] += len(absent)
        else:
            self._lack_counted(absent)

    def _lack_counted(self, assignment_ids: list[str]) -> None:
        for assignment_id in assignment_ids:
            what = "counted in the state and never published; `lead-router assign` decides anew"
            self.row.find(Kind.MISSING, assignment_id, None, what)

    def close(self, marks: Mapping[int, Mark], counted: Mapping[str, int]) -> None:
        """Say what is left: published, and not by what the inbox or the state has decided.

        ``counted`` holds the decisions of each lead by the state, where there was no fold.
        """
        for key, packed in self._entries.items():
            entry = _Entry(*_ENTRY.unpack(packed))
            sales_org, assignment_id = key.split(BETWEEN)[:2]
            mark = marks.get(entry.inbox_partition, Mark(0, 0, is_folded=True))
            if entry.inbox_offset >= mark.end:
                what = "names an inbox record that is not there"
                self.row.find(Kind.EXTRA, assignment_id, self._place(entry), what)
            elif entry.inbox_offset >= mark.applied:
                self.row.apart[Apart.NOT_YET] += 1
            elif mark.is_folded:
                what = "not by what the inbox decides"
                self.row.find(Kind.EXTRA, assignment_id, self._place(entry), what)
            elif lead_key(sales_org, assignment_id.rpartition(".")[0]) in counted:
                what = "the state has not counted so many decisions of its lead"
                self.row.find(Kind.EXTRA, assignment_id, self._place(entry), what)
            else:  # shadow decisions, and leads that the state has forgotten
                self.row.apart[Apart.BY_IDENTITY] += 1

    def _entry(self, key: str) -> _Entry | None:
        packed = self._entries.get(key)
        return None if packed is None else _Entry(*_ENTRY.unpack(packed))

    def _place(self, entry: _Entry) -> Place:
        return Place(self.row.topic, entry.partition, entry.offset)


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
