"""The state that route itself holds, read from its changelog: for ``status``.

Of some of it other topics may say otherwise: a command may be older than its topic, and the last
decision of a lead stands in ``lead.owners`` long after the lead was forgotten.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from router.core.assign.work_by_hand import leave_note
from router.core.model.assignment import ByHand
from router.core.model.timestamps import rfc3339
from router.core.search.rules import away_until_ms
from router.core.shard import unlived_ms_of
from router.core.state.availability import has_left
from router.core.state.records import awaited_of, known_until_of, rep_from
from router.intake.records.roster import RENEWED_BEFORE_MS
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.changelog import (
    CLOCK_KEY,
    IGNORED_KEYS,
    LAYOUT_KEY,
    MESSAGE_PACKING,
    PACKED_KEYS,
    POOL_KEYS,
    REP_KEYS,
    UNKNOWN_NAME_KEYS,
)
from router.kafka.topics.codecs import decode

Values = dict[bytes, "bytes | None"]
_KINDS = (POOL_KEYS, REP_KEYS, UNKNOWN_NAME_KEYS, IGNORED_KEYS)


class Outside(NamedTuple):
    """Leads that wait for an owner whom the roster does not know, or knows as several."""

    sales_org: str
    name: str
    leads: int


class UnknownName(NamedTuple):
    """A rep's name in reports that means no one rep: they had no effect. ``latest`` is RFC 3339."""

    sales_org: str
    name: str
    reports: int
    latest: str


class IgnoredFeedback(NamedTuple):
    """Leads whose last report without effect had one reason; ``lead_id`` is the latest of them."""

    sales_org: str
    why: str
    leads: int
    lead_id: str


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


class ClockLeap(NamedTuple):
    """The time of an inbox partition has leapt, and no clock fires in it until that is settled."""

    partition: int
    by_ms: int


class Ending(NamedTuple):
    """Reps of a sales org whose holidays and changes of the clocks end soon, the first of them."""

    sales_org: str
    reps: int
    known_until: str


@dataclass(slots=True)
class RouteState:
    """``spread`` holds over how many partitions of each topic the router spreads its keys."""

    outside_owners: list[Outside] = field(default_factory=list)
    unknown_names: list[UnknownName] = field(default_factory=list)
    ignored_feedback: list[IgnoredFeedback] = field(default_factory=list)
    paused: list[Paused] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    leaps: list[ClockLeap] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    spread: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Latest:
    """The last values of the keys that ``status`` needs."""

    of_kind: dict[bytes, Values] = field(default_factory=lambda: {kind: {} for kind in _KINDS})
    clocks: dict[int, bytes | None] = field(default_factory=dict)
    awaited: dict[bytes, str] = field(default_factory=dict)
    spread: dict[str, int] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        key = record.key or b""
        if key == LAYOUT_KEY:
            for topic, used in decode(record.value or b"{}").get("key_partitions", {}).items():
                self.spread[topic] = max(used, self.spread.get(topic, 0))
        elif key == CLOCK_KEY:
            self.clocks[record.partition] = record.value
        elif key.startswith(PACKED_KEYS):
            self._take_lead(key, record.value)
        else:
            for prefix, values in self.of_kind.items():
                if key.startswith(prefix):
                    values[key] = record.value

    def _take_lead(self, key: bytes, value: bytes | None) -> None:
        name = awaited_of(MESSAGE_PACKING.decode(value)) if value else None
        if name:
            self.awaited[key] = name
        else:
            self.awaited.pop(key, None)


async def read_state(clients: Clients, topic: str) -> RouteState:
    """Read all of it; some seconds for a million leads.

    Raises:
        LeadRouterError: the topic does not exist.
    """
    latest = _Latest()
    async for records in read_spans(clients, await log_spans(clients, [topic])):
        for record in records:
            latest.take(record)
    now_ms = time.time_ns() // 1_000_000
    return RouteState(
        outside_owners=_outside(latest.awaited),
        unknown_names=sorted(
            _unknown(latest.of_kind[UNKNOWN_NAME_KEYS]), key=lambda row: (-row.reports, row)
        ),
        ignored_feedback=_ignored(latest.of_kind[IGNORED_KEYS]),
        paused=sorted(_paused(latest.of_kind[POOL_KEYS]), key=_place),
        away=sorted(_away(latest.of_kind[REP_KEYS], now_ms), key=_place),
        leaps=[
            ClockLeap(partition, unlived_ms)
            for partition, value in sorted(latest.clocks.items())
            if value is not None and (unlived_ms := unlived_ms_of(decode(value)))
        ],
        endings=endings_of(latest.of_kind[REP_KEYS], now_ms),
        spread=latest.spread,
    )


def _outside(awaited: Mapping[bytes, str]) -> list[Outside]:
    owners = Counter((key.decode().split("/", 2)[1], name) for key, name in awaited.items())
    most_first = sorted(owners.items(), key=lambda row: (-row[1], row[0]))
    return [Outside(sales_org, name, leads) for (sales_org, name), leads in most_first]


def _unknown(names: Mapping[bytes, bytes | None]) -> Iterator[UnknownName]:
    for key, value in names.items():
        if value is not None:
            _, sales_org, name = key.decode().split("/", 2)
            count, latest_ms = decode(value)
            yield UnknownName(sales_org, name, count, rfc3339(latest_ms))


def _ignored(reports: Mapping[bytes, bytes | None]) -> list[IgnoredFeedback]:
    """Return one row a sales org and reason, the most leads first."""
    leads: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for key, value in reports.items():
        if value is not None:
            _, sales_org, lead_id = key.decode().split("/", 2)
            _, _, why, at_ms = decode(value)
            leads.setdefault((sales_org, why), []).append((at_ms, lead_id))
    rows = [IgnoredFeedback(*kind, len(of), max(of)[1]) for kind, of in leads.items()]
    return sorted(rows, key=lambda row: (-row.leads, row))


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


def _place(row: Paused | Away) -> tuple[str, str]:
    return row[0], row[1]
