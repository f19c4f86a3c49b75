"""The state of a running router, gathered from its topics and consumer groups."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer

from router.cli.letter_counts import DeadLetters, count_letters
from router.cli.status_state import RouteState, read_state
from router.core.model.assignment import Assignment, Outcome
from router.kafka.client.clients import Clients
from router.kafka.queries.groups import Group, read_groups
from router.kafka.queries.lags import Lag, count_records, read_lags
from router.kafka.queries.lookups import latest_by_key
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import Settings

STEPS = ("intake", "route", "streams")
"""The roles that must run somewhere, each a consumer group."""

_DEAD_LETTERS_TAIL = 20_000
_MINUTE_MS = 60_000


class BacklogRow(NamedTuple):
    """Waiting leads of one pool for one reason."""

    sales_org: str
    pool_id: str | None
    reason: str
    leads: int
    oldest: str
    value_minor: int
    currency: str


class Policy(NamedTuple):
    """The newest version published for a sales org."""

    sales_org: str
    policy_id: str
    version: int
    published_at: str


class Grown(NamedTuple):
    """A topic to which partitions were added: ``used`` of them are written to, the first ones."""

    topic: str
    partitions: int
    used: int


@dataclass(slots=True)
class Status:
    """Everything that ``status`` shows.

    ``outside`` counts the leads of each sales org that wait for an owner who is not on the roster.
    ``spread`` holds over how many partitions of each topic the router spreads its keys.
    """

    groups: list[Group] = field(default_factory=list)
    lags: list[Lag] = field(default_factory=list)
    last_minute: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    backlog: list[BacklogRow] = field(default_factory=list)
    dead_letters: list[DeadLetters] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    last_decision: Assignment | None = None
    grown: list[Grown] = field(default_factory=list)
    route: RouteState = field(default_factory=RouteState)

    def processes_of(self, step: str) -> int:
        """Return how many processes are in the step's group."""
        return sum(group.processes for group in self.groups if group.step == step)

    @property
    def outside(self) -> dict[str, int]:
        """Leads of each sales org that wait for an owner who is not on the roster."""
        found: dict[str, int] = {}
        for row in sorted(self.route.outside_owners):
            found[row.sales_org] = found.get(row.sales_org, 0) + row.leads
        return found


async def read_status(settings: Settings) -> Status:
    """Gather it; some ten seconds for a million leads: owners and state are read in full.

    Raises:
        LeadRouterError: a topic does not exist.
        KafkaError: the broker cannot be asked.
    """
    clients, topics = Clients(settings.kafka), topics_of(settings)
    status = Status()
    consumer = clients.consumer()
    try:
        await consumer.start()
        status.groups = await read_groups(
            clients, {f"{settings.topics.prefix}{step}": step for step in STEPS}
        )
        status.lags = await read_lags(clients, settings)
        await _last_minute(clients, consumer, topics, status)
    finally:
        await consumer.stop()
    await _owners(clients, topics, status)
    letters = await _tail(clients, topics.dead_letters, _DEAD_LETTERS_TAIL)
    status.dead_letters = count_letters(letters, settings)
    status.route = await read_state(clients, topics.state)
    status.grown = await _grown(clients, settings, status.route.spread)
    status.policies = await _policies(clients, topics, settings)
    status.last_decision = await _last_decision(clients, topics)
    return status


async def _last_minute(
    clients: Clients, consumer: AIOKafkaConsumer, topics: Topics, status: Status
) -> None:
    """How many records came in each of the topics that show the flow."""
    names = (topics.leads, topics.inbox, topics.assignments, topics.dead_letters)
    held = await log_spans(clients, names)
    since_ms = time.time_ns() // 1_000_000 - _MINUTE_MS
    times = await consumer.offsets_for_times(dict.fromkeys(held, since_ms))
    spans = {
        source: Span(found.offset if (found := times.get(source)) else span.end or 0, span.end)
        for source, span in held.items()
    }
    counts = await count_records(clients, spans)
    for name in names:
        short = name.removeprefix(topics.prefix)
        status.last_minute[short] = sum(
            count for source, count in counts.items() if source.topic == name
        )


async def _owners(clients: Clients, topics: Topics, status: Status) -> None:
    outcomes: Counter[str] = Counter()
    waiting: dict[tuple[str, str | None, str], list[Any]] = {}
    for value in (await latest_by_key(clients, topics.owners)).values():
        row = decode(value)
        outcomes[row["outcome"]] += 1
        if row["outcome"] == Outcome.QUEUED:
            key = (row["sales_org"], row["pool_id"], row["reason"])
            waiting.setdefault(key, []).append(row)
    status.outcomes = dict(outcomes.most_common())
    status.backlog = [
        BacklogRow(
            *key,
            len(rows),
            min(row["decided_at"] for row in rows),
            sum(row["value_expected_minor"] or 0 for row in rows),
            next((row["value_currency"] for row in rows if row["value_currency"]), ""),
        )
        for key, rows in sorted(waiting.items(), key=lambda item: -len(item[1]))
    ]


async def _tail(clients: Clients, topic: str, offsets: int) -> list[Record]:
    held = await log_spans(clients, [topic])
    spans = {
        source: Span(max(span.start, (span.end or 0) - offsets), span.end)
        for source, span in held.items()
    }
    return [record async for records in read_spans(clients, spans) for record in records]


async def _grown(clients: Clients, settings: Settings, spread: dict[str, int]) -> list[Grown]:
    """Topics with partitions that stay empty, because everything stays where it was (ADR 0017)."""
    topics = topics_of(settings)
    used = dict.fromkeys((topics.inbox, topics.state), settings.topics.inbox_partitions) | spread
    shapes = await read_shapes(clients, used)
    found = {topic: shape.partition_count for topic, shape in shapes.items()}
    return [
        Grown(topic.removeprefix(topics.prefix), found[topic], used[topic])
        for topic in sorted(used)
        if found[topic] > used[topic]
    ]


async def _policies(clients: Clients, topics: Topics, settings: Settings) -> list[Policy]:
    found = []
    for value in (await latest_by_key(clients, topics.policies)).values():
        document = decode(value)
        org = document.get("sales_org") or settings.default_sales_org
        found.append(
            Policy(org, document["policy_id"], document["version"], document["published_at"])
        )
    return sorted(found)


async def _last_decision(clients: Clients, topics: Topics) -> Assignment | None:
    records = list(await _tail(clients, topics.assignments, 10))
    last = max(records, key=lambda record: record.timestamp, default=None)
    return decode(last.value) if last is not None and last.value else None


def now_ms() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


def run_status(settings: Settings) -> Status:
    """:func:`read_status` for callers without a loop."""
    return asyncio.run(read_status(settings))
