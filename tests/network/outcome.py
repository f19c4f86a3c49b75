"""What a read_committed reader finds in the end, against what was sent: one sentence a difference.

The counting fold of the tests stands for the decision: each event of a lead is one assignment.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from router.core.model.assignment import Assignment
from router.intake.wire.codec import decode_event
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.owners import owner_of
from tests.kafka.conftest import CountingFold, Deployment

Decided = dict[str, list[Assignment]]
"""The decisions about each lead, by its id."""


async def differences(deployment: Deployment, lead_ids: list[str], role: str) -> list[str]:
    """Return all that is wrong after ``role`` was given an event of each of ``lead_ids``."""
    if role == "intake":
        return await _of_intake(deployment, lead_ids)
    return await _of_route(deployment, lead_ids)


async def is_done(deployment: Deployment, role: str) -> bool:
    """Return whether ``role`` has committed a position behind all leads that it was given."""
    topics = deployment.topics
    source = topics.leads if role == "intake" else topics.inbox
    given = [record.offset for record in await deployment.read(source) if _is_lead(record)]
    position = (
        (await _positions(deployment)).get(f"{topics.leads}-0", 0)
        if role == "intake"
        else (await _state(deployment)).get("clock", {"next_offset": 0})["next_offset"]
    )
    return position > max(given, default=-1)


def _is_lead(record: Record) -> bool:
    return b'"lead_id"' in record.value


async def _positions(deployment: Deployment) -> dict[str, int]:
    return {
        record.key.decode(): decode(record.value)["next_offset"]
        for record in await deployment.read(deployment.topics.positions)
    }


async def _state(deployment: Deployment) -> dict[str, Any]:
    return {
        record.key.decode(): decode(record.value)
        for record in await deployment.read(deployment.topics.state)
        if record.partition == 0 and not record.key.startswith(b"~")
    }


async def _of_intake(deployment: Deployment, lead_ids: list[str]) -> list[str]:
    """The inbox holds each lead once, in the order of its source, and the position is the end."""
    topics = deployment.topics
    admitted = [
        json.loads(record.value)["lead_id"] for record in await deployment.read(topics.inbox)
    ]
    found = _compare("inbox", Counter(lead_ids), Counter(admitted))
    if admitted != lead_ids and not found:
        found.append("inbox: the leads are not in the order of their source")
    expected = max(record.offset for record in await deployment.read(topics.leads)) + 1
    if (position := (await _positions(deployment)).get(f"{topics.leads}-0")) != expected:
        found.append(f"positions: goes on at {position}, and the leads end at {expected}")
    return found


async def _of_route(deployment: Deployment, lead_ids: list[str]) -> list[str]:
    """Assignments, owners and state are those of a fold of the inbox, byte by byte.

    As far as the state stands: behind it may lie a tick that was sent and not yet applied.
    """
    state = await _state(deployment)
    stands_at = state.pop("clock", {"next_offset": 0})["next_offset"]
    inbox = [
        record
        for record in await deployment.read(deployment.topics.inbox)
        if record.partition == 0 and (record.offset < stands_at or _is_lead(record))
    ]
    fold, decided = _folded(inbox)
    counts = {f"count/{lead_id}": count for lead_id, count in fold.counts.items()}
    return [
        *_compare(
            "inbox", Counter(lead_ids), {lead_id: len(each) for lead_id, each in decided.items()}
        ),
        *await _of_assignments(deployment, decided),
        *await _of_owners(deployment, decided),
        *_compare("state", counts, state),
    ]


async def _of_assignments(deployment: Deployment, decided: Decided) -> list[str]:
    published = defaultdict(list)
    for record in await deployment.read(deployment.topics.assignments):
        published[record.key.decode()].append(record.value)
    found = []
    for lead_id in sorted(decided.keys() | published.keys()):
        expected = [encode(decision) for decision in decided.get(lead_id, [])]
        if published[lead_id] != expected:
            count = len(published[lead_id])
            found.append(f"assignments: {lead_id} {count} times, {len(expected)} by the fold")
    return found


async def _of_owners(deployment: Deployment, decided: Decided) -> list[str]:
    owners = {
        record.key.decode(): record.value
        for record in await deployment.read(deployment.topics.owners)
    }
    expected = {lead_id: encode(owner_of(each[-1])) for lead_id, each in decided.items()}
    return _compare("owners", expected, owners)


def _folded(inbox: list[Record]) -> tuple[CountingFold, Decided]:
    fold = CountingFold(0)
    decided: Decided = defaultdict(list)
    for record in inbox:
        if not _is_lead(record):
            fold.skip(timestamp_ms=record.timestamp, offset=record.offset)
            continue
        event = decode_event(record.value)
        decided[event.lead_id] += fold.apply(
            record.key.decode(), event, timestamp_ms=record.timestamp, offset=record.offset
        )
    return fold, decided


def _compare(where: str, expected: dict, found: dict) -> list[str]:
    return [
        f"{where}: {key} is {found.get(key)!s:.40}, not {expected.get(key)!s:.40}"
        for key in sorted(expected.keys() | found.keys())
        if expected.get(key) != found.get(key)
    ]
