"""All sales orgs: takes in records by what their topic carries, each exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, get_args

import msgspec

from router.board.projection.dead_letters import Headers, Letters
from router.board.projection.rows import (
    ENTRY_START,
    LEAD_START,
    POLICY_START,
    REPORT_START,
    WARNINGS,
    RosterRow,
    decode_decision,
    decode_document,
    decode_entry,
    decode_owner,
    decode_policy,
    decode_published,
    decode_report,
    decode_roster,
    decode_warned,
)
from router.board.projection.sales_org import KEPT_MS, KEPT_QUARTERS, OrgProjection
from router.board.projection.standing import standing_of
from router.kafka.topics.changelog import CLOCK_KEY, RUNTIME_KEYS
from router.kafka.topics.codecs import decode

Carries = Literal["assignments", "owners", "state", "inbox", "roster", "policies", "dead_letters"]
Part = Literal[
    "overview",
    "flows",
    "reps",
    "pools",
    "backlog",
    "clocks",
    "dead-letters",
    "leads",
    "topics",
    "policies",
    "series",
]

STORY_BYTES_MAX = 96 * 1024 * 1024
"""Assignment events of the last day that are kept as they came, all sales orgs together."""
LETTERS_MAX = 5_000
FORGOTTEN_AT_ONCE = 250
"""Leads whose past is let go of in one call, in a millisecond or two; the follower calls more often
than so many can have come."""

_DECIDED: tuple[Part, ...] = (
    "overview",
    "flows",
    "reps",
    "pools",
    "backlog",
    "clocks",
    "leads",
    "policies",
    "series",
)
_CHANGES: dict[Carries, tuple[Part, ...]] = {
    "assignments": _DECIDED,
    "owners": ("overview", "backlog"),
    "state": ("overview", "flows", "reps", "backlog", "clocks", "pools", "series"),
    "inbox": ("overview", "flows", "reps"),
    "roster": ("reps", "pools", "clocks"),
    "policies": ("policies",),
    "dead_letters": ("overview", "dead-letters"),
}


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record as the fold takes it; ``timestamp_ms`` is the broker's."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Projection:
    """``version`` grows with every record; ``newest_ms`` is the broker's time of the newest.

    A record that cannot be read is counted in ``unreadable`` and changes nothing else: the board
    goes on, and the figure shows that something is wrong.
    """

    def __init__(self, sales_orgs: Sequence[str], default_sales_org: str, *, since_ms: int) -> None:
        """Start empty; ``since_ms`` is from when on the day's records will be read."""
        bytes_max = STORY_BYTES_MAX // len(sales_orgs)
        self.orgs = {name: OrgProjection(name, bytes_max) for name in sales_orgs}
        self.letters = Letters(LETTERS_MAX, KEPT_QUARTERS)
        self.names: dict[str, str] = {}
        self.roster: dict[str, RosterRow] = {}
        self.newest_ms = 0
        self.version = 0
        self.unreadable = 0
        self.inbox_ends: dict[int, int] = {}  # by partition: behind its last record
        self.applied: dict[int, int] = {}  # by partition: the inbox offset that route is to apply
        self._horizon_ms = since_ms
        self._default_sales_org = default_sales_org
        self._next: dict[tuple[Carries, int], int] = {}
        self._changed: dict[Part, None] = dict.fromkeys(get_args(Part))  # it may follow another
        self._takes = {
            "assignments": self._take_assignment,
            "owners": self._take_owner,
            "state": self._take_state,
            "inbox": self._take_inbox,
            "roster": self._take_roster,
            "policies": self._take_policy,
            "dead_letters": self._take_letter,
        }

    def apply(self, carries: Carries, records: Sequence[Record]) -> None:
        """Take in records of one partition, in their order; those seen before change nothing."""
        if not records:
            return
        place = (carries, records[0].partition)
        following = self._next.get(place, 0)
        take = self._takes[carries]
        for record in records:
            if record.offset < following:
                continue
            following = record.offset + 1
            self.newest_ms = max(self.newest_ms, record.timestamp_ms)
            try:
                take(record)
            except (
                msgspec.MsgspecError,
                LookupError,
                TypeError,
                ValueError,
                AttributeError,
                OverflowError,  # a number that is no time
                RecursionError,  # ten thousand levels of nesting
            ):
                self.unreadable += 1
        self._next[place] = following
        self.version += 1
        self._changed.update(dict.fromkeys(_CHANGES[carries]))

    def take_changed(self) -> list[Part]:
        """The parts of the board that have changed since the last call; at first all."""
        changed = list(self._changed)
        self._changed.clear()
        return changed

    def waiting(self, partition: int) -> int:
        """Offsets of the inbox that route has not applied, up to the last record."""
        return max(0, self.inbox_ends.get(partition, 0) - self.applied.get(partition, 0))

    def forget_old(self, now_ms: int) -> None:
        """Let go of some of what is older than the fold needs; called again and again."""
        self._horizon_ms = max(self._horizon_ms, now_ms - KEPT_MS)
        for org in self.orgs.values():
            org.forget_before(self._horizon_ms, FORGOTTEN_AT_ONCE)

    def _take_assignment(self, record: Record) -> None:
        value = record.value or b""
        row = decode_decision(value)
        self.orgs[row.sales_org].add_decision(row, value, record.timestamp_ms, self._horizon_ms)

    def _take_owner(self, record: Record) -> None:
        if record.value is not None:
            row = decode_owner(record.value)
            self.orgs[row.sales_org].add_owner(row, self._horizon_ms)
            return
        for org in self.orgs.values():  # a tombstone names the lead alone
            org.drop_owner((record.key or b"").decode(), record.timestamp_ms)

    def _take_state(self, record: Record) -> None:
        key = record.key or b""
        if key == CLOCK_KEY:
            self.applied[record.partition] = decode(record.value or b"")["next_offset"]
        if key.startswith(RUNTIME_KEYS) or b"/" not in key:
            return
        kind, name, entity_id = key.decode().split("/", 2)
        org, value = self.orgs[name], record.value
        if kind == "lead":
            place = record.partition, record.offset
            org.put_standing(entity_id, None if value is None else standing_of(value, place))
        elif kind not in {"account", "engagement", "org"}:
            org.company.take_back(kind, entity_id, None if value is None else decode(value))

    def _take_inbox(self, record: Record) -> None:
        """Accounts, ticks and leads without warnings are passed over undecoded."""
        value = record.value or b""
        self.inbox_ends[record.partition] = record.offset + 1
        if value.startswith(REPORT_START):
            org = self.orgs[(record.key or b"").decode()]
            org.add_report(decode_report(value), record.offset, record.timestamp_ms)
        elif value.startswith(LEAD_START):
            if WARNINGS in value:
                org = self.orgs[(record.key or b"").decode()]
                org.add_warned(decode_warned(value), record.timestamp_ms)
        elif value.startswith(ENTRY_START):
            staff = self.orgs[(record.key or b"").decode()].staff
            staff.add_entry(record.offset, record.timestamp_ms, decode_entry(value))
        elif value.startswith(POLICY_START):
            staff = self.orgs[(record.key or b"").decode()].staff
            staff.add_policy(decode_published(value).policy)

    def _take_roster(self, record: Record) -> None:
        rep_id = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self.names.pop(rep_id, None)
            self.roster.pop(rep_id, None)
        else:
            row = self.roster[rep_id] = decode_roster(record.value)
            self.names[rep_id] = row.name or rep_id

    def _take_policy(self, record: Record) -> None:
        if record.value is not None:
            row = decode_policy(record.value)
            org = self.orgs[row.sales_org or self._default_sales_org]
            org.add_policy(row)
            with suppress(msgspec.MsgspecError):  # anybody may write to the topic
                org.staff.add_policy(decode_document(record.value).compiled)

    def _take_letter(self, record: Record) -> None:
        size_bytes = len(record.value or b"")
        self.letters.add(
            record.partition, record.offset, record.timestamp_ms, record.headers, size_bytes
        )
