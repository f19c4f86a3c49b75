"""The state of a running router, gathered from its topics and consumer groups."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer

from router.cli.letter_counts import DeadLetters, count_letters
from router.core.availability import has_left
from router.core.decision import Assignment, ByHand, Outcome
from router.core.exits import away_until_ms
from router.core.records import awaited_of, known_until_of, rep_from
from router.core.roster.by_hand import leave_note
from router.core.shard import unlived_ms_of
from router.core.timestamps import rfc3339
from router.intake.roster import RENEWED_BEFORE_MS
from router.kafka.changelog import (
    CLOCK_KEY,
    LAYOUT_KEY,
    MESSAGE_PACKING,
    PACKED_KEYS,
    POOL_KEYS,
    REP_KEYS,
)
from router.kafka.clients import Clients
from router.kafka.codecs import decode
from router.kafka.groups import Group, read_groups
from router.kafka.lags import Lag, count_records, read_lags
from router.kafka.lookups import latest_by_key
from router.kafka.reader import Span, log_spans, read_spans
from router.kafka.shapes import read_shapes
from router.kafka.step import Record
from router.kafka.topics import Topics, topics_of
from router.settings import Settings

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


class ClockLeap(NamedTuple):
    """The time of an inbox partition has leapt, and no clock fires in it until that is settled."""

    partition: int
    by_ms: int


class Paused(NamedTuple):
    """A pool that route holds paused, by whose command, and why."""

    sales_org: str
    pool_id: str
    by_hand: ByHand | None


class Away(NamedTuple):
    """A rep who is on a leave that an operator noted; ``until`` is RFC 3339."""

    sales_org: str
    rep_id: str
    until: str
    by_hand: ByHand


class Ending(NamedTuple):
    """Reps of a sales org whose holidays and changes of the clocks end soon, the first of them."""

    sales_org: str
    reps: int
    known_until: str


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
    outside: dict[str, int] = field(default_factory=dict)
    dead_letters: list[DeadLetters] = field(default_factory=list)
    paused: list[Paused] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    leaps: list[ClockLeap] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    last_decision: Assignment | None = None
    spread: dict[str, int] = field(default_factory=dict)
    grown: list[Grown] = field(default_factory=list)


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
        steps = ("intake", "route", "streams")
        status.groups = await read_groups(
            clients, {f"{settings.topics.prefix}{step}": step for step in steps}
        )
        status.lags = await read_lags(clients, settings)
        await _last_minute(clients, consumer, topics, status)
    finally:
        await consumer.stop()
    await _owners(clients, topics, status)
    letters = await _tail(clients, topics.dead_letters, _DEAD_LETTERS_TAIL)
    status.dead_letters = count_letters(letters, settings)
    await _state(clients, topics, status)
    status.grown = await _grown(clients, settings, status.spread)
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


async def _state(clients: Clients, topics: Topics, status: Status) -> None:
    """Take in what route itself holds: pools, leaves, leads for joiners, leaps, the roster.

    Of the first two the topics may say otherwise: a command may be older than its topic, and the
    last decision of a lead stands in ``lead.owners`` long after the lead was forgotten.
    """
    pools: dict[bytes, bytes | None] = {}
    reps: dict[bytes, bytes | None] = {}
    clocks: dict[int, bytes | None] = {}
    outside: set[bytes] = set()
    spans = await log_spans(clients, [topics.state])
    async for records in read_spans(clients, spans):
        for record in records:
            key = record.key or b""
            if key == LAYOUT_KEY:
                for topic, used in decode(record.value or b"{}").get("key_partitions", {}).items():
                    status.spread[topic] = max(used, status.spread.get(topic, 0))
            elif key.startswith(POOL_KEYS):
                pools[key] = record.value
            elif key.startswith(REP_KEYS):
                reps[key] = record.value
            elif key == CLOCK_KEY:
                clocks[record.partition] = record.value
            elif key.startswith(PACKED_KEYS):
                if record.value and awaited_of(MESSAGE_PACKING.decode(record.value)):
                    outside.add(key)
                else:
                    outside.discard(key)
    status.outside = dict(sorted(Counter(key.decode().split("/", 2)[1] for key in outside).items()))
    status.leaps = [
        ClockLeap(partition, unlived_ms)
        for partition, value in sorted(clocks.items())
        if value is not None and (unlived_ms := unlived_ms_of(decode(value)))
    ]
    status.endings = endings_of(reps, now_ms())
    status.paused = sorted(_paused(pools), key=_place)
    status.away = sorted(_away(reps, now_ms()), key=_place)


def _paused(pools: Mapping[bytes, bytes | None]) -> Iterator[Paused]:
    for key, value in pools.items():
        pool = None if value is None else decode(value)
        if pool is not None and pool["paused"]:
            _, sales_org, pool_id = key.decode().split("/", 2)
            yield Paused(sales_org, pool_id, pool.get("by_hand"))


def _away(reps: Mapping[bytes, bytes | None], at_ms: int) -> Iterator[Away]:
    for key, value in reps.items():
        if value is None:
            continue
        rep = rep_from(decode(value))
        note = leave_note(rep, at_ms)
        if note is not None and not has_left(rep, at_ms):
            _, sales_org, rep_id = key.decode().split("/", 2)
            yield Away(sales_org, rep_id, rfc3339(away_until_ms(rep, at_ms)), note)


def _place(row: Paused | Away) -> tuple[str, str]:
    return row[0], row[1]


def endings_of(reps: Mapping[bytes, bytes | None], at_ms: int) -> list[Ending]:
    """By sales org, reps whose roster entry is to be renewed; ``reps`` are records of the state."""
    soon: dict[str, list[int]] = {}
    for key, value in reps.items():
        known_ms = None if value is None else known_until_of(decode(value), at_ms)
        if known_ms is not None and known_ms < at_ms + RENEWED_BEFORE_MS:
            soon.setdefault(key.decode().split("/", 2)[1], []).append(known_ms)
    return [
        Ending(sales_org, len(ends), rfc3339(min(ends))) for sales_org, ends in sorted(soon.items())
    ]


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
