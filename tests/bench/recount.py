"""Engagement counted again from the topics alone, sharing no code with what is counted.

The definition: an activity is worth its type's points times its weight, halved after each
half-life since it happened (in steps of 1/1,024 of a half-life, each activity rounded down to a
thousandth of a point); an id counts once; what is dated ahead of its record counts from the
record's own time. A published value must be that sum over the records up to the offset in its
header, true at its ``occurred_at``. In floats, so up to a thousandth of a point an activity is
left to rounding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import murmur2

PARTITIONS = 4

Lines = Mapping[str, tuple[float, float]]
"""Of each activity type: points, half-life in days."""

_DAY_MS = 86_400_000.0


@dataclass(slots=True)
class _Counted:
    """An activity that counts: where it stands, when it happened, what it was."""

    offset: int
    log_ms: int
    at_ms: float
    activity_type: str
    weight: float


@dataclass(slots=True)
class Recount:
    """What was found. ``wrong`` says of up to twenty leads what is not as it should be."""

    activities: int = 0
    leads: int = 0
    published: int = 0
    records: int = 0
    wrong: list[str] = field(default_factory=list)

    def blame(self, text: str) -> None:
        """Add a finding."""
        if len(self.wrong) < 20:
            self.wrong.append(text)


async def recount(
    bootstrap_servers: str,
    activity_topic: str,
    engagement_topic: str,
    lines: Lines,
    step: float,
    *,
    partitions: int = PARTITIONS,
) -> Recount:
    """Compare what is in ``engagement_topic`` with what is in ``activity_topic``."""
    found = Recount()
    by_lead = _by_lead(
        await read_all(bootstrap_servers, activity_topic, partitions), found, partitions
    )
    published = await read_all(bootstrap_servers, engagement_topic, partitions)
    found.records = len(published)
    last = _latest(published)
    found.leads, found.published = len(by_lead), len(last)
    for lead_id in last.keys() - by_lead.keys():
        found.blame(f"{lead_id} has engagement and no activity")
    for lead_id, counted in by_lead.items():
        _check(lead_id, counted, last.get(lead_id), lines, step, found)
    return found


def _latest(published: list) -> dict[str, object]:
    """The record of each lead that readers go by: the later in its own time, not in the log's.

    A worker that was thought dead may have written an older one behind its successor's.
    """
    last: dict[str, object] = {}
    times: dict[str, tuple[str, int]] = {}
    for record in published:
        lead_id, occurred_at = record.key.decode(), json.loads(record.value)["occurred_at"]
        offset = int(dict(record.headers)["activity_offset"].decode().rpartition(":")[2])
        if (occurred_at, offset) >= times.get(lead_id, ("", 0)):
            last[lead_id], times[lead_id] = record, (occurred_at, offset)
    return last


def _by_lead(records: list, found: Recount, partitions: int) -> dict[str, list[_Counted]]:
    by_lead: dict[str, dict[str, _Counted]] = {}
    for record in records:
        try:
            body = json.loads(record.value)
            lead_id, activity_id = body["lead_id"].strip(), body["activity_id"].strip()
            at_ms = 1_000 * datetime.fromisoformat(body["occurred_at"]).timestamp()
            activity_type, weight = body["activity_type"], body.get("weight")
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # a dead letter
        if (murmur2(lead_id.encode()) & 0x7FFFFFFF) % partitions != record.partition:
            continue  # it comes again in its lead's partition
        counted = _Counted(
            record.offset,
            record.timestamp,
            min(round(at_ms), record.timestamp),
            activity_type,
            1.0 if weight is None else weight,
        )
        found.activities += 1
        by_lead.setdefault(lead_id, {}).setdefault(activity_id, counted)
    return {lead_id: list(of_lead.values()) for lead_id, of_lead in by_lead.items()}


def worth(counted: Iterable[_Counted], lines: Lines, at_ms: float) -> tuple[float, float]:
    """(points, how much of them is left to rounding) at a time."""
    total, activities = 0.0, 0
    for each in counted:
        line = lines.get(each.activity_type)
        if line is None:
            continue
        points, half_life_days = line
        halves = max(0.0, at_ms - each.at_ms) / (half_life_days * _DAY_MS)
        total += points * each.weight * 2.0 ** -(int(halves * 1_024) / 1_024)
        activities += 1
    return total, 0.001 * activities + 1e-6


def _check(
    lead_id: str, counted: list[_Counted], last: object, lines: Lines, step: float, found: Recount
) -> None:
    end_ms = max(each.log_ms for each in counted)
    now, rounding = worth(counted, lines, end_ms)
    if last is None:
        if now > rounding:
            found.blame(f"{lead_id} has {now:.3f} points and no engagement")
        return
    body, headers = json.loads(last.value), dict(last.headers)
    offset = int(headers["activity_offset"].decode().rpartition(":")[2])
    at_ms = round(1_000 * datetime.fromisoformat(body["occurred_at"]).timestamp())
    said = body["points_milli"] / 1_000
    expected, rounding = worth([e for e in counted if e.offset <= offset], lines, at_ms)
    if abs(said - expected) > rounding:
        found.blame(f"{lead_id}: {said} points at offset {offset}, counted again {expected:.4f}")
    half_lives = {days * _DAY_MS for _, days in lines.values()}
    if body["half_life_ms"] not in half_lives:
        found.blame(f"{lead_id}: no type has the half-life {body['half_life_ms']}")
    assumed = said * 2.0 ** (-max(0.0, end_ms - at_ms) / body["half_life_ms"])
    if abs(now - assumed) > step * 1.001 + rounding:
        found.blame(f"{lead_id} has {now:.3f} points and route assumes {assumed:.3f}")


async def read_all(bootstrap_servers: str, topic: str, partitions: int = PARTITIONS) -> list:
    """Every record of a topic, those of a partition in order."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8_000_000,
    )
    await consumer.start()
    try:
        assigned = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(assigned)
        ends = await consumer.end_offsets(assigned)
        await consumer.seek_to_beginning(*assigned)
        records = []
        waiting = {partition for partition, end in ends.items() if end > 0}
        while waiting:
            found = await consumer.getmany(*waiting, timeout_ms=200, max_records=20_000)
            for some in found.values():
                records += some
            for partition in list(waiting):
                if await consumer.position(partition) >= ends[partition]:
                    waiting.remove(partition)
    finally:
        await consumer.stop()
    return records
