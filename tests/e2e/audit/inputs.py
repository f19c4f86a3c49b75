"""Every input record is accounted for exactly once: in the inbox, or as a dead letter."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import INPUTS, History, InboxEvent, Place, Record

Identity = tuple[str, ...]
"""What an event is known by on both sides of intake."""
Source = tuple[str, int, int]
"""Topic, partition and offset of an input record."""


def check_inputs(history: History) -> Iterator[Finding]:
    """Nothing lost, nothing twice, each partition's order kept; dead letters hold the original."""
    dead = _dead_letters(history)
    yield from _dead_letters_once(history, dead)
    read: list[tuple[Record, Identity]] = []
    for topic in INPUTS:
        for record in history.records(topic):
            if (record.topic, *record.place) in dead:
                continue
            identity = _identity(record, history.default_sales_org)
            if identity is None:
                yield Finding("input_lost", str(record), "unreadable, and no dead letter")
            else:
                read.append((record, identity))
    yield from _counts(read, history)
    yield from _order(read, history)


def _dead_letters(history: History) -> set[Source]:
    return {source for record in history.records("dead-letters") if (source := _source(record))}


def _source(record: Record) -> Source | None:
    """Where intake read what this dead letter holds; None for one of another step."""
    if record.header("step") != "intake":
        return None
    topic = record.header("topic") or ""
    known = next((name for name in INPUTS if topic.endswith(name)), topic)
    return known, int(record.header("partition") or -1), int(record.header("offset") or -1)


def _dead_letters_once(history: History, dead: set[Source]) -> Iterator[Finding]:
    counts: Counter[Source] = Counter()
    originals = {
        (record.topic, *record.place): record
        for topic in INPUTS
        for record in history.records(topic)
        if (record.topic, *record.place) in dead
    }
    for record in history.records("dead-letters"):
        source = _source(record)
        if source is None:
            yield Finding("route_refused", str(record), record.header("detail") or "no detail")
            continue
        counts[source] += 1
        original = originals.get(source)
        if original is None:
            yield Finding("dead_letter", str(record), f"no such input record: {source}")
        elif (original.key, original.value) != (record.key, record.value):
            yield Finding("dead_letter", str(record), f"not the bytes of {original}")
    for source, count in counts.items():
        if count > 1:
            yield Finding("input_twice", "{}-{}@{}".format(*source), f"{count} dead letters")


def _counts(read: list[tuple[Record, Identity]], history: History) -> Iterator[Finding]:
    expected = Counter(identity for _, identity in read)
    found = Counter(identity for event in history.inbox if (identity := _of_inbox(event)))
    for identity in expected | found:
        sent, kept = expected[identity], found[identity]
        if kept != sent:
            check = "input_lost" if kept < sent else "input_twice"
            yield Finding(check, " ".join(identity), f"sent {sent} times, {kept} in the inbox")


def _order(read: list[tuple[Record, Identity]], history: History) -> Iterator[Finding]:
    """Of records that stand once, those of one source partition keep their order in the inbox."""
    places: dict[Identity, list[Place]] = defaultdict(list)
    for event in history.inbox:
        if identity := _of_inbox(event):
            places[identity].append(event.place)
    latest: dict[tuple[str, int, int], int] = {}
    for record, identity in read:
        if len(places[identity]) != 1:
            continue
        partition, offset = places[identity][0]
        stream = (record.topic, record.partition, partition)
        if offset < latest.get(stream, -1):
            yield Finding("input_order", str(record), f"overtaken: inbox-{partition}@{offset}")
        latest[stream] = max(offset, latest.get(stream, -1))


def _identity(record: Record, default_sales_org: str) -> Identity | None:
    if record.value is None:
        return _removed(record, default_sales_org)
    try:
        body = json.loads(record.value)
        sales_org = body.get("sales_org") or record.header("sales_org") or default_sales_org
        return record.topic, sales_org, *_named(record.topic, body)
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def _named(topic: str, body: dict[str, Any]) -> tuple[str, ...]:
    match topic:
        case "leads" | "crm.feedback":
            return body["lead_id"], body["event_id"]
        case "roster":
            return (body["rep_id"],)
        case "accounts":
            return (body["account_id"],)
        case "policies":
            return body["policy_id"], str(body["version"])
        case "lead.engagement":
            at_s = datetime.fromisoformat(body["occurred_at"]).timestamp()
            return body["lead_id"], str(round(at_s * 1000))
    return (body["command_id"],)


def _removed(record: Record, default_sales_org: str) -> Identity | None:
    if record.topic not in {"roster", "accounts"}:
        return None
    sales_org = record.header("sales_org") or default_sales_org
    return record.topic, sales_org, (record.key or b"").decode()


def _of_inbox(event: InboxEvent) -> Identity | None:
    """The identity of an inbox record; None for what no input brought."""
    body, org = event.body, event.sales_org
    match event.kind:
        case "lead":
            return "leads", org, body["lead_id"], body["event_id"]
        case "feedback":
            return "crm.feedback", org, body["lead_id"], body["event_id"]
        case "rep":
            return "roster", org, body["rep_id"]
        case "account":
            return "accounts", org, body["account_id"]
        case "policy":
            policy = body["policy"]
            return "policies", org, policy["policy_id"], str(policy["version"])
        case "engagement":
            return "lead.engagement", org, body["lead_id"], str(body["at_ms"])
        case "command":
            return "routing.commands", org, body["command_id"]
    return None
