"""What people look up in topics: a lead's decisions, and who the reps are. Read_committed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from aiokafka.structs import TopicPartition

from router.core.explain.explain import People
from router.core.model.assignment import Assignment
from router.core.state.rep_names import by_crm_id
from router.kafka.client.clients import Clients
from router.kafka.client.murmur2 import partitions_of
from router.kafka.queries.reader import Span, log_spans, read_spans, read_topic
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import Topics

_WINDOW = 20_000
_WINDOW_MAX = 320_000

Report = Callable[[str], None]


async def decisions_of(
    clients: Clients, topic: str, lead_id: str, report: Report
) -> list[Assignment]:
    """Every decision about a lead that ``topic`` still holds, oldest first.

    The lead's own partition is read, from its end backwards, until the first decision about the
    lead (sequence 1) is found. Only without that the others are read: which partition a lead has
    depends on how many there were when the router began to write (ADR 0017).
    """
    spans, key, found = await log_spans(clients, [topic]), lead_id.encode(), _Found()
    for source in _by_likelihood(spans, key):
        async for window in _backwards(clients, source, spans[source], key, report):
            found.take(window)
            if found.decisions and found.decisions[0]["sequence"] == 1:
                return found.decisions
    return found.decisions


@dataclass(slots=True)
class _Found:
    """Decisions about one lead in the order of time, whichever partitions they lie in."""

    records: list[Record] = field(default_factory=list)
    decisions: list[Assignment] = field(default_factory=list)

    def take(self, window: list[Record]) -> None:
        if window:
            self.records = sorted(window + self.records, key=lambda record: record.timestamp)
            self.decisions = [decode(record.value or b"{}") for record in self.records]


def _by_likelihood(spans: Mapping[TopicPartition, Span], key: bytes) -> list[TopicPartition]:
    """Every partition, the one first in which the key lies if all have ever been written to.

    Partitions that were added to a topic are at its end, and empty.
    """
    used = max((source.partition + 1 for source, span in spans.items() if span.end), default=1)
    (likely,) = partitions_of([key], used)
    return sorted(spans, key=lambda source: (source.partition != likely, source.partition))


async def records_with_key(
    clients: Clients, topic: str, key: bytes, report: Report
) -> list[Record]:
    """Every record of ``topic`` with that key, oldest first; all of it is read."""
    found: list[Record] = []
    for source, span in (await log_spans(clients, [topic])).items():
        async for window in _backwards(clients, source, span, key, report):
            found = window + found
    return sorted(found, key=lambda record: record.timestamp)


async def _backwards(
    clients: Clients, source: TopicPartition, span: Span, key: bytes, report: Report
) -> AsyncIterator[list[Record]]:
    """Windows of a partition from its end, each holding its records with that key."""
    for start, end in _windows(span.start, span.end or 0):
        report(f"reading {source.topic}-{source.partition} back from offset {end:,}")
        window: list[Record] = []
        async for records in read_spans(clients, {source: Span(start, end)}):
            window += [record for record in records if record.key == key]
        yield window


def _windows(start: int, end: int) -> list[tuple[int, int]]:
    """Spans that cover [start, end) from the end, each twice as long as the one before."""
    edges, size = [end], _WINDOW
    while edges[-1] > start:
        edges.append(max(start, edges[-1] - size))
        size = min(2 * size, _WINDOW_MAX)
    return [(low, high) for high, low in pairwise(edges)]


async def latest_by_key(clients: Clients, topic: str) -> dict[str, bytes]:
    """The last value of every key, removed ones left out; as :func:`latest_with_times`."""
    latest = await latest_with_times(clients, topic)
    return {key: value for key, (value, _) in latest.items()}


async def latest_with_times(clients: Clients, topic: str) -> dict[str, tuple[bytes, int]]:
    """The last value of every key and the broker's time of it, removed ones left out.

    A key may stand in two partitions when the topic has grown: the broker's time tells which of
    the two is the last.

    Raises:
        LeadRouterError: the topic does not exist.
    """
    latest: dict[str, tuple[bytes | None, int, int]] = {}
    async for record in read_topic(clients, topic):
        key = (record.key or b"").decode("utf-8", "replace")
        _, partition, at_ms = latest.get(key, (None, record.partition, 0))
        if partition == record.partition or at_ms <= record.timestamp:
            latest[key] = record.value, record.partition, record.timestamp
    return {key: (value, at_ms) for key, (value, _, at_ms) in latest.items() if value is not None}


async def people_of_roster(clients: Clients, topics: Topics) -> People:
    """Return who the reps of all sales orgs are, as the roster has them, without their numbers."""
    entries = await _roster_entries(clients, topics)
    return People(_names_in(entries), {}, by_crm_id(crm_ids_in(entries)))


async def _roster_entries(clients: Clients, topics: Topics) -> dict[str, dict[str, Any]]:
    values = await latest_by_key(clients, topics.roster)
    return {
        rep_id: entry
        for rep_id, value in values.items()
        if isinstance(entry := decode(value), dict)
    }


def _names_in(entries: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    return {rep_id: entry.get("name") or rep_id for rep_id, entry in entries.items()}


def crm_ids_in(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the ids in CRMs by rep id, from entries of the topic, which anybody may write."""
    return {
        rep_id: [str(crm_id) for crm_id in crm_ids.values()]
        for rep_id, entry in entries.items()
        if isinstance(crm_ids := entry.get("crm_ids"), dict)
    }


async def rep_numbers(clients: Clients, topics: Topics, sales_org: str) -> dict[int, str]:
    """Rep ids by permanent number, which the bits of an exclusion mask count."""
    numbered = [decode(value) for value in (await latest_by_key(clients, topics.reps)).values()]
    return {rep["number"]: rep["rep_id"] for rep in numbered if rep["sales_org"] == sales_org}


async def people_of(clients: Clients, topics: Topics, sales_org: str) -> People:
    """Return the reps of a sales org with their names."""
    numbers = await rep_numbers(clients, topics, sales_org)
    entries = await _roster_entries(clients, topics)
    return People(_names_in(entries), numbers, by_crm_id(crm_ids_in(entries)))
