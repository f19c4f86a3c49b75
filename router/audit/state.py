"""``routing.state`` against the fold of the inbox, and ``routing.reps`` against the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from aiokafka.structs import TopicPartition

from router.audit.cut import Cut, Spans
from router.audit.findings import Comparison, Kind, Place
from router.audit.published import lead_key
from router.core.state.records import sequence_of
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.changelog import (
    LAYOUT_KEY,
    MESSAGE_PACKING,
    PACKED_KEYS,
    RUNTIME_KEYS,
    Layout,
    stored,
)
from router.kafka.topics.codecs import decode, rep_record
from router.roles.route.fold import Fold
from router.roles.route.plan import layout_of
from router.settings import Settings

_REP_KEYS = b"rep/"
_FORGOTTEN_KEYS = b"forgotten/"


@dataclass(slots=True)
class HeldState:
    """The state of every inbox partition as it was read.

    ``digests`` are of each entity's last record, ``layouts`` say where the writer's records lie,
    and ``reps`` are the records of ``routing.reps`` that follow from it, by key.
    """

    digests: dict[int, dict[bytes, bytes]]
    layouts: dict[int, Layout]
    reps: dict[bytes, bytes] = field(default_factory=dict)


async def read_state(clients: Clients, settings: Settings, cut: Cut) -> HeldState:
    """Read all of it.

    Raises:
        PartitionError: it was written under another layout of sales orgs than that of the settings.
    """
    layout = layout_of(settings, cut.shapes)
    partitions = [source.partition for source in cut.state]
    held = HeldState({each: {} for each in partitions}, dict.fromkeys(partitions, layout))
    async for records in read_spans(clients, cut.state):
        partition = records[0].partition
        digests = held.digests[partition]
        for record in records:
            key, value = record.key or b"", record.value
            if key == LAYOUT_KEY and value is not None:
                place = f"{record.topic}-{partition}"
                held.layouts[partition] = layout.continuing(decode(value), place)
            if key.startswith(RUNTIME_KEYS):
                continue
            if value is None:
                digests.pop(key, None)
                continue
            digests[key] = _digest(value)
            if key.startswith(_REP_KEYS):
                _, sales_org, rep_id = key.decode().split("/", 2)
                row, number_of = rep_record(sales_org, decode(value)["number"], rep_id)
                held.reps[row] = number_of
    return held


def compare_state(row: Comparison, fold: Fold, digests: dict[bytes, bytes], partition: int) -> None:
    """Say of every entity whether it is what the fold makes of the inbox; empties ``digests``."""
    for name, value in fold.take_changes():
        key, ours = name.encode(), stored(value)
        theirs = digests.pop(key, None)
        if theirs == (None if ours is None else _digest(ours)):
            row.same += ours is not None
        elif theirs is None:
            row.find(Kind.MISSING, name, None, f"not in partition {partition}, by the inbox it is")
        else:
            what = f"in partition {partition} not what the inbox makes of it"
            row.find(Kind.DIFFERENT, name, None, what)
    for key in digests:
        what = f"in partition {partition}, by the inbox it is not"
        row.find(Kind.EXTRA, key.decode("utf-8", "replace"), None, what)
    digests.clear()


async def read_counts(clients: Clients, source: TopicPartition, span: Span) -> dict[str, int]:
    """How many decisions of each lead the state has counted, by :func:`lead_key`."""
    counts: dict[str, int] = {}
    async for records in read_spans(clients, {source: span}):
        for record in records:
            key, value = record.key or b"", record.value
            sequence = _sequence_in(key, value)
            if sequence is not None:
                _, sales_org, lead_id = key.decode().split("/", 2)
                counts[lead_key(sales_org, lead_id)] = sequence
    return counts


def _sequence_in(key: bytes, value: bytes | None) -> int | None:
    """A lead that is forgotten leaves its count, one that comes again takes it up."""
    if value is None:
        return None
    if key.startswith(PACKED_KEYS):
        return sequence_of(MESSAGE_PACKING.decode(value))
    if key.startswith(_FORGOTTEN_KEYS):
        sequence: int = decode(value)[0]
        return sequence
    return None


class RepNumbers:
    """``routing.reps``: which bit of a mask stands for whom."""

    def __init__(self, row: Comparison) -> None:
        """Nothing is read yet."""
        self.row = row
        self.wrong: dict[bytes, bytes] = {}
        """Records that must be written again, by key."""

    async def compare(self, clients: Clients, spans: Spans, wanted: Mapping[bytes, bytes]) -> None:
        """Say of every number whether the topic gives it to the same rep as the state."""
        rows: dict[bytes, tuple[Any, Place]] = {}
        async for records in read_spans(clients, spans):
            for record in records:
                _take_row(rows, record)
        for key, value in wanted.items():
            rep_id = decode(value)["rep_id"]
            found = rows.get(key)
            if found is not None and found[0] == decode(value):
                self.row.same += 1
                continue
            self.wrong[key] = value
            if found is None:
                self.row.find(Kind.MISSING, rep_id, None, f"has no record {key.decode()}")
            else:
                what = f"{key.decode()} is given to somebody else"
                self.row.find(Kind.DIFFERENT, rep_id, found[1], what)


def _take_row(rows: dict[bytes, tuple[Any, Place]], record: Record) -> None:
    key = record.key or b""
    if record.value is None:
        rows.pop(key, None)
    else:
        rows[key] = (decode(record.value), Place.of(record))


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
