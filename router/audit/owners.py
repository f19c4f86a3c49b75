"""``lead.owners`` against the last decision of each lead.

Consumers take a row for the lead's last decision. So it must be that of the last one that the fold
decides, seen by anybody or not, or without a fold of the last one published that the state counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from operator import attrgetter
from struct import Struct
from typing import Any, NamedTuple

import msgspec

from router.audit.cut import Spans
from router.audit.findings import Apart, Comparison, Kind, Place
from router.audit.published import BETWEEN, Said, lead_key
from router.core.model.assignment import Assignment
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.owners import owner_of, owner_row

_ROW = Struct(">HQIQ16s")

_FIELDS = (
    "lead_id", "sales_org", "assignment_id", "sequence", "outcome", "reason", "rep_id",
    "previous_rep_id", "owner_crm_id", "sales_channel", "pool_id", "territory_id", "account_id",
    "score_total", "score_band", "value_expected_minor", "value_currency", "policy_id",
    "policy_version", "decided_at",
)  # fmt: skip
"""What is compared of a row. Columns that are added later stay out: older rows have none."""

_GONE = b""
"""In place of a digest: there must be no row."""

_FEEDBACK, _ERASURE = b'{"kind":"feedback"', b'"feedback_type":"erased"'


class _Feedback(msgspec.Struct):
    lead_id: str


_read_feedback = msgspec.json.Decoder(_Feedback).decode

_values_of = attrgetter(*_FIELDS)


class _Row(NamedTuple):
    """A row: its sales org by number, its decision's sequence, where it lies, and a digest."""

    org: int
    sequence: int
    partition: int
    offset: int
    digest: bytes


class _Last(NamedTuple):
    """A lead's last decision: its sequence, its offset in the inbox, and a digest of its row.

    ``applied`` is the sequence of the last decision that the state has counted. Rows are read up to
    an earlier moment than decisions, so that only this one's row, or a later one's, must be there.
    """

    sequence: int
    inbox_offset: int
    digest: bytes
    applied: int


class Owners:
    """The rows, and what they must be."""

    def __init__(self, row: Comparison, applied: Mapping[int, int]) -> None:
        """``applied`` holds the next offset of route in each partition of the inbox."""
        self.row = row
        self.wrong: set[str] = set()
        """Leads whose row must be written again, as :func:`lead_key` makes them."""
        self._orgs: list[str] = []
        self._rows: dict[str, bytes] = {}
        self._scattered: set[str] = set()
        self._applied = applied
        self._last: dict[str, _Last] = {}
        self._erased: dict[str, int] = {}

    async def read(self, clients: Clients, spans: Spans) -> None:
        """Take in the whole topic: the last row of each lead."""
        async for records in read_spans(clients, spans):
            for record in records:
                self._take(record)

    def _take(self, record: Record) -> None:
        lead_id = (record.key or b"").decode("utf-8", "replace")
        before = self._row_of(lead_id)
        if before is not None and before.partition != record.partition:
            self._scattered.add(lead_id)
        if record.value is None:
            self._rows.pop(lead_id, None)
            return
        try:
            values: dict[str, Any] = decode(record.value)
            org, sequence = values["sales_org"], int(values["sequence"])
        except (ValueError, LookupError, TypeError):
            self.row.find(Kind.EXTRA, None, Place.of(record), "is no row of ours")
            return
        if org not in self._orgs:
            self._orgs.append(org)
        digest = _digest([values.get(name) for name in _FIELDS])
        self._rows[lead_id] = _ROW.pack(
            self._orgs.index(org), sequence, record.partition, record.offset, digest
        )

    def decided(self, said: Said, assignment: Assignment) -> None:
        """Take in a decision that the inbox or the state proves, or one that is not applied yet."""
        lead, sequence = said.lead, said.sequence
        before = self._last.get(lead)
        is_applied = said.inbox.offset < self._applied.get(said.inbox.partition, 0)
        applied = max(sequence if is_applied else 0, before.applied if before is not None else 0)
        if before is not None and before.sequence > sequence:
            self._last[lead] = before._replace(applied=applied)
            return
        is_gone = owner_row(assignment) is None
        digest = _GONE if is_gone else _digest(_values_of(owner_of(assignment)))
        self._last[lead] = _Last(sequence, said.inbox.offset, digest, applied)

    def erased(self, lead: str, inbox_offset: int) -> None:
        """Take in that a person asked to be forgotten whose lead was forgotten before."""
        last = self._last.get(lead)
        if last is not None and last.inbox_offset < inbox_offset:
            self._last[lead] = last._replace(digest=_GONE)

    def take_inbox(self, record: Record) -> None:
        """Take in a record of an inbox that cannot be folded.

        Whether a row went with an erasure then depends on what was known of the lead.
        """
        value = record.value or b""
        if _ERASURE not in value or not value.startswith(_FEEDBACK):
            return
        with suppress(msgspec.MsgspecError):  # a stranger's record that looks like one
            org = (record.key or b"").decode("utf-8", "replace")
            self._erased[lead_key(org, _read_feedback(value).lead_id)] = record.offset

    def compare(self, counted: Mapping[str, int], *, is_whole: bool) -> None:
        """Say of every row whether it is the one that it must be.

        ``counted`` holds the decisions of leads by the state where there was no fold. Unless the
        decisions are there from the first on (``is_whole``), a row of none proves nothing.
        """
        for lead, last in self._last.items():
            self._compare_one(lead, last, counted.get(lead, 0))
        for lead_id, packed in self._rows.items():
            row = _Row(*_ROW.unpack(packed))
            lead = lead_key(self._orgs[row.org], lead_id)
            if lead in self._last:
                continue
            if not is_whole or row.sequence <= counted.get(lead, 0):
                self.row.apart[Apart.NOT_KEPT] += 1
            else:
                self.row.find(Kind.EXTRA, lead_id, self._place(row), "there is no decision of it")
        for lead_id in self._scattered:
            what = "has rows in several partitions, so that consumers may take either"
            self.row.find(Kind.DOUBLE, lead_id, None, what)

    def _compare_one(self, lead: str, last: _Last, counted: int) -> None:
        sales_org, lead_id = lead.split(BETWEEN)
        row = self._row_of(lead_id)
        if row is None:
            self._lack(lead, lead_id, last)
        elif self._orgs[row.org] != sales_org:
            self.row.apart[Apart.SHARED_ID] += 1
        elif last.digest == _GONE:
            self._compare_gone(lead, last, row)
        elif (row.sequence, row.digest) == (last.sequence, last.digest):
            self.row.same += 1
        elif row.sequence > last.sequence:
            if row.sequence <= counted:
                self.row.apart[Apart.BY_IDENTITY] += 1
            else:
                what = f"of decision {row.sequence}, and there are {last.sequence}"
                self.row.find(Kind.EXTRA, lead_id, self._place(row), what)
        elif last.applied <= row.sequence < last.sequence:
            self.row.apart[Apart.NOT_YET] += 1
        else:
            self.wrong.add(lead)
            is_stale = row.sequence < last.sequence
            what = f"of decision {row.sequence}, and the last is {last.sequence}"
            self.row.find(
                Kind.STALE if is_stale else Kind.DIFFERENT,
                lead_id,
                self._place(row),
                what if is_stale else f"not what decision {last.sequence} says",
            )

    def _compare_gone(self, lead: str, last: _Last, row: _Row) -> None:
        if last.applied < last.sequence:
            self.row.apart[Apart.NOT_YET] += 1
        else:
            self.wrong.add(lead)
            lead_id = lead.split(BETWEEN)[1]
            what = "there must be none: its person asked to be forgotten"
            self.row.find(Kind.STALE, lead_id, self._place(row), what)

    def _lack(self, lead: str, lead_id: str, last: _Last) -> None:
        """Say that a lead has no row, unless it needs none: not yet, or not any more."""
        if last.digest == _GONE or self._erased.get(lead, -1) >= last.inbox_offset:
            self.row.same += 1
        elif not last.applied:
            self.row.apart[Apart.NOT_YET] += 1
        else:
            self.wrong.add(lead)
            what = f"no row of its decision {last.sequence}"
            self.row.find(Kind.MISSING, lead_id, None, what)

    def _row_of(self, lead_id: str) -> _Row | None:
        packed = self._rows.get(lead_id)
        return None if packed is None else _Row(*_ROW.unpack(packed))

    def _place(self, row: _Row) -> Place:
        return Place(self.row.topic, row.partition, row.offset)


def _digest(values: object) -> bytes:
    return blake2b(encode(values), digest_size=16).digest()
