"""What people look up in topics: a lead's decisions, and who the reps are. Read_committed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import pairwise

from aiokafka.structs import TopicPartition

from router.core.decision import Assignment
from router.core.explain import People
from router.kafka.clients import Clients
from router.kafka.codecs import decode
from router.kafka.murmur2 import partitions_of
from router.kafka.reader import Span, log_spans, read_spans, read_topic
from router.kafka.step import Record
from router.kafka.topics import Topics

_WINDOW = 20_000
_WINDOW_MAX = 320_000

Report = Callable[[str], None]


async def decisions_of(
    clients: Clients, topic: str, lead_id: str, report: Report
) -> list[Assignment]:
    """Every decision about a lead that ``topic`` still holds, oldest first.

    Only the lead's own partition is read, from its end backwards, until the first decision about
    the lead (sequence 1) is found or the topic ends.
    """
    found: list[Assignment] = []
    async for window in _backwards(clients, topic, lead_id.encode(), report):
        found = [decode(record.value or b"{}") for record in window] + found
        if found and found[0]["sequence"] == 1:
            break
    return found


async def records_with_key(
    clients: Clients, topic: str, key: bytes, report: Report
) -> list[Record]:
    """Every record of ``topic`` with that key, oldest first; the whole partition is read."""
    found: list[Record] = []
    async for window in _backwards(clients, topic, key, report):
        found = window + found
    return found


async def _backwards(
    clients: Clients, topic: str, key: bytes, report: Report
) -> AsyncIterator[list[Record]]:
    """Windows of the key's partition from the end, each holding its records with that key."""
    held = await log_spans(clients, [topic])
    (partition,) = partitions_of([key], len(held))
    source = TopicPartition(topic, partition)
    span = held[source]
    for start, end in _windows(span.start, span.end or 0):
        report(f"reading {topic}-{partition} back from offset {end:,}")
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
    """The last value of every key, removed ones left out.

    Raises:
        LeadRouterError: the topic does not exist.
    """
    latest: dict[str, bytes] = {}
    async for record in read_topic(clients, topic):
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            latest.pop(key, None)
        else:
            latest[key] = record.value
    return latest


async def rep_names(clients: Clients, topics: Topics) -> dict[str, str]:
    """Names by rep id, as the roster has them."""
    entries = await latest_by_key(clients, topics.roster)
    return {
        rep_id: entry.get("name") or rep_id
        for rep_id, value in entries.items()
        if isinstance(entry := decode(value), dict)
    }


async def rep_numbers(clients: Clients, topics: Topics, sales_org: str) -> dict[int, str]:
    """Rep ids by permanent number, which the bits of an exclusion mask count."""
    numbered = [decode(value) for value in (await latest_by_key(clients, topics.reps)).values()]
    return {rep["number"]: rep["rep_id"] for rep in numbered if rep["sales_org"] == sales_org}


async def people_of(clients: Clients, topics: Topics, sales_org: str) -> People:
    """Who the reps of a sales org are."""
    numbers = await rep_numbers(clients, topics, sales_org)
    return People(await rep_names(clients, topics), numbers)
