"""The one check that needs the program itself: is what was published the fold of the inbox?

The inbox is folded again from its first record, without a stop, in one process. The decisions
must be those of ``lead.assignments`` and, about test leads, of ``routing.shadow``, byte for byte,
and the state that of ``routing.state``, although there it was carried through every crash by
restoring it. The headers are the auditor's (:mod:`tests.e2e.audit.headers`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from router.core.shard import CLOCK_KEY, Shard
from router.intake.wire.codec import decode_event
from router.kafka.topics.changelog import MESSAGE_PACKING, stored
from router.kafka.topics.codecs import encode, read_policy
from router.settings import Settings
from tests.e2e.audit import Finding, History, Record

RUNTIME_KEYS = b"~"
ASSIGNMENTS, SHADOW = "lead.assignments", "routing.shadow"


@dataclass
class Replayed:
    """What the fold says there should be; keys are topics and lead ids, and changelog keys."""

    decisions: dict[tuple[str, bytes], list[bytes]] = field(
        default_factory=lambda: defaultdict(list)
    )
    state: dict[tuple[int, bytes], bytes | None] = field(default_factory=dict)


def check_replay(history: History, settings: Settings) -> Iterator[Finding]:
    """Fold the inbox up to where the state stands, and compare.

    Only ticks may lie beyond: the last router stopped between sending one and applying it.
    """
    state = _state(history)
    ends = {
        partition: json.loads(value or b"{}")["next_offset"]
        for (partition, key), value in state.items()
        if key == CLOCK_KEY.encode()
    }
    inbox = history.records("routing.inbox")
    for record in inbox:
        beyond = record.offset >= ends.get(record.partition, 0)
        if beyond and not (record.value or b"").startswith(b'{"kind":"tick"'):
            yield Finding("unapplied", str(record), "the state does not know it")
    applied = [record for record in inbox if record.offset < ends.get(record.partition, 0)]
    replayed = replay(applied, settings)
    yield from _compare_decisions(history, replayed)
    yield from _compare_state(state, replayed)


def replay(inbox: list[Record], settings: Settings) -> Replayed:
    """Fold ``inbox``, which is in the order of partitions and offsets."""
    replayed = Replayed()
    shards: dict[int, Shard] = {}
    for record in inbox:
        shard = shards.get(record.partition)
        if shard is None:
            shard = shards[record.partition] = new_shard(settings, record.partition)
        decisions = shard.apply(
            (record.key or b"").decode(),
            decode_event(record.value or b""),
            timestamp_ms=record.timestamp_ms,
            offset=record.offset,
        )
        for decision in decisions:
            topic = SHADOW if decision.get("shadow") else ASSIGNMENTS
            replayed.decisions[topic, decision["lead_id"].encode()].append(encode(decision))
    for partition, shard in shards.items():
        for key, value in shard.take_changes():
            replayed.state[partition, key.encode()] = stored(value)
    return replayed


def new_shard(settings: Settings, partition: int) -> Shard:
    """The empty shard of an inbox partition."""
    orgs = [org for org in settings.sales_orgs if settings.inbox_partition(org) == partition]
    return Shard(partition, orgs, read_policy, MESSAGE_PACKING)


def _state(history: History) -> dict[tuple[int, bytes], bytes | None]:
    """The last record of every key of ours."""
    return {
        (record.partition, record.key or b""): record.value
        for record in history.records("routing.state")
        if not (record.key or b"").startswith(RUNTIME_KEYS)
    }


def _compare_decisions(history: History, replayed: Replayed) -> Iterator[Finding]:
    published: dict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for topic in (ASSIGNMENTS, SHADOW):
        for record in history.records(topic):
            published[topic, record.key or b""].append(record.value or b"")
    for place in published.keys() | replayed.decisions.keys():
        there, expected = published.get(place, []), replayed.decisions.get(place, [])
        if there != expected:
            topic, lead_id = place
            detail = f"{len(there)} in {topic}, {len(expected)} by replay, not the same bytes"
            yield Finding("replay", lead_id.decode(), detail)


def _compare_state(
    state: dict[tuple[int, bytes], bytes | None], replayed: Replayed
) -> Iterator[Finding]:
    for place in state.keys() | replayed.state.keys():
        there, expected = state.get(place), replayed.state.get(place)
        if there != expected:
            partition, key = place
            detail = f"in partition {partition}: {_first_difference(there, expected)}"
            yield Finding("state", key.decode(), detail)


def _first_difference(there: bytes | None, expected: bytes | None) -> str:
    if there is None or expected is None:
        return f"{'gone' if there is None else 'there'}, but not by the fold"
    at = next(
        (i for i, pair in enumerate(zip(there, expected, strict=False)) if pair[0] != pair[1]), 0
    )
    begin = max(at - 60, 0)
    return f"…{there[begin : at + 60]!r} is …{expected[begin : at + 60]!r} by the fold"
