"""The fold of the inbox once more, and whether it gives what was published, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from aiokafka.structs import TopicPartition

from router.audit.fold import OfflineFold
from router.core.model.assignment import CORE_VERSION, Assignment
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries.lags import applied_offsets
from router.kafka.queries.lookups import decisions_of
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import encode
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import Settings

_SHOWN_MAX = 10
_REPORT_EVERY = 5_000
_NONE = 1 << 62

Report = Callable[[str], None]


class _Inbox(msgspec.Struct):
    partition: int
    offset: int


class _Published(msgspec.Struct):
    """What tells one decision from another."""

    assignment_id: str
    core_version: str
    inbox: _Inbox


_read_published = msgspec.json.Decoder(_Published).decode


class Place(NamedTuple):
    """Which decision: the inbox record that caused it, and its id."""

    partition: int
    offset: int
    assignment_id: str


class Difference(NamedTuple):
    """One decision that is not the same. ``what`` names fields and both values, or says less."""

    kind: str
    place: Place
    what: str


@dataclass(slots=True)
class Replayed:
    """How it came out; ``other_core`` counts decisions of another core version, not compared."""

    records: int = 0
    same: int = 0
    before_kept: int = 0
    other_core: int = 0
    differences: int = 0
    shown: list[Difference] = field(default_factory=list)


@dataclass(slots=True)
class _Comparison:
    """Published decisions by place, as digests; those found by the fold are taken out."""

    clients: Clients
    topics: Topics
    cut_off: frozenset[int]
    """Partitions of the decisions whose first ones have been deleted."""
    published: dict[Place, bytes] = field(default_factory=dict)
    first_kept: dict[tuple[int, int], int] = field(default_factory=dict)
    """Of a partition of the inbox and one that is cut off, the first record decided there."""
    found: Replayed = field(default_factory=Replayed)

    def publish(self, record: Record) -> None:
        """Take in a published decision."""
        value = record.value or b"{}"
        said = _read_published(value)
        place = Place(said.inbox.partition, said.inbox.offset, said.assignment_id)
        if record.partition in self.cut_off:
            self.first_kept.setdefault((place.partition, record.partition), place.offset)
        if said.core_version != CORE_VERSION:
            self.found.other_core += 1
        elif place in self.published:
            self._differ("published twice", place, "two records carry it")
        else:
            self.published[place] = _digest(value)

    async def decide(self, assignment: Assignment) -> None:
        """Take in a decision of the fold."""
        inbox = assignment["inbox"]
        place = Place(inbox["partition"], inbox["offset"], assignment["assignment_id"])
        value = encode(assignment)
        published = self.published.pop(place, None)
        if published == _digest(value):
            self.found.same += 1
        elif published is not None:
            self._differ("differs", place, await self._what_differs(assignment))
        elif self._may_be_deleted(place):
            self.found.before_kept += 1
        elif not self.found.other_core:
            self._differ("never published", place, "only the fold decides it")

    def _may_be_deleted(self, place: Place) -> bool:
        """Whether some partition keeps nothing that was decided so early.

        Which partition the decision was in is not asked: topics may have grown since.
        """
        kept = self.first_kept
        return any(place.offset < kept.get((place.partition, cut), _NONE) for cut in self.cut_off)

    def close(self, partition: int, end: int) -> None:
        """Whatever is left of a partition was published without the fold deciding it."""
        left = [
            place for place in self.published if place.partition == partition and place.offset < end
        ]
        for place in left:
            self._differ("only published", place, "the fold does not decide it")

    def _differ(self, kind: str, place: Place, what: str) -> None:
        self.found.differences += 1
        if len(self.found.shown) < _SHOWN_MAX:
            self.found.shown.append(Difference(kind, place, what))

    async def _what_differs(self, ours: Assignment) -> str:
        if len(self.found.shown) >= _SHOWN_MAX:
            return ""
        decisions = await decisions_of(
            self.clients, self.topics.assignments, ours["lead_id"], lambda _: None
        )
        theirs: dict[str, Any] = next(
            (dict(each) for each in decisions if each["sequence"] == ours["sequence"]), {}
        )
        mine = msgspec.json.decode(encode(ours))
        names = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
        return "; ".join(f"{name}: {theirs.get(name)} → {mine.get(name)}" for name in names)


async def replay(settings: Settings, report: Report) -> Replayed:
    """Fold every partition of the inbox from its start, up to where route has come.

    Raises:
        LeadRouterError: the inbox no longer begins at its first record.
    """
    clients, topics = Clients(settings.kafka), topics_of(settings)
    held = await log_spans(clients, [topics.inbox])
    applied = await applied_offsets(clients, topics.state)
    for source, span in held.items():
        if span.start:
            raise LeadRouterError(
                f"{source.topic}-{source.partition} begins at offset {span.start}: what lay before"
                " was deleted, and a fold must begin at the first record"
            )
    report("reading what was published")
    kept = await log_spans(clients, [topics.assignments])
    cut_off = frozenset(source.partition for source, span in kept.items() if span.start)
    comparison = _Comparison(clients, topics, cut_off)
    async for records in read_spans(clients, kept):
        for record in records:
            comparison.publish(record)
    for source in sorted(held):
        end = applied.get(source.partition, 0)
        await _fold(settings, comparison, source, end, report)
        comparison.close(source.partition, end)
    return comparison.found


async def _fold(
    settings: Settings, comparison: _Comparison, source: TopicPartition, end: int, report: Report
) -> None:
    offline = OfflineFold(settings, source.partition)
    if not end:
        return
    async for records in read_spans(comparison.clients, {source: Span(0, end)}):
        for record in records:
            comparison.found.records += 1
            if comparison.found.records % _REPORT_EVERY == 0:
                report(f"{source.topic}-{source.partition}: offset {record.offset:,} of {end:,}")
            applied = offline.apply(record)
            for assignment in applied.assignments if applied else ():
                if not assignment.get("shadow"):
                    await comparison.decide(assignment)


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
