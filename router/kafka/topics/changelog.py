"""``routing.state``: the fold's entities, and what the runtime itself must find again.

Partition *n* holds the state of inbox partition *n*, written in the same transactions as the
decisions. Keys that begin with ``~`` are the runtime's, all others are the fold's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from aiokafka.structs import TopicPartition

from router.core.state.lead_codec import Packing
from router.intake.wire.codec import values_of_facts
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, read_spans
from router.kafka.runtime.step import PartitionError
from router.kafka.runtime.write_buffer import NO_HEADERS, Outbox
from router.kafka.topics.codecs import decode, encode

RUNTIME_KEYS = b"~"
PACKED_KEYS = b"lead/"
"""Leads, by far the most, are MessagePack, as they are in memory: see ADR 0007."""
REP_KEYS = b"rep/"
"""``rep/<sales org>/<rep>``: the roster entry as route has it."""
POOL_KEYS = b"pool/"
"""``pool/<sales org>/<pool>``: what a pool remembers, and whether it is paused."""
IGNORED_KEYS = b"ignored/"
"""``ignored/<sales org>/<lead>``: the last report of a lead that changed nothing, and why."""
UNKNOWN_NAME_KEYS = b"unknown_name/"
"""``unknown_name/<sales org>/<name>``: how many reports named somebody whom no roster has."""
REP_KEYS = b"rep/"
"""``rep/<sales org>/<rep id>``: a rep as the roster has them, with leave that operators noted."""
MESSAGE_PACKING = Packing(
    msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode, values_of_facts
)
LAYOUT_KEY = b"~layout"
BREAKER_KEY = b"~breaker"

CLOCK_KEY = b"clock"
"""The fold's own record of its offset and time; state without it is not state of ours."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie under live state, which must not move: see ADR 0017.

    Sales orgs are spread over ``inbox_partitions``. ``key_partitions`` says, for each topic that
    route writes by key, over how many of its partitions its keys are spread: as many as it had
    when the state began, whatever it has grown to since.
    """

    inbox_partitions: int
    sales_orgs: tuple[str, ...]
    key_partitions: Mapping[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The value of the changelog record, as JSON gives it back."""
        return {
            "inbox_partitions": self.inbox_partitions,
            "sales_orgs": list(self.sales_orgs),
            "key_partitions": dict(self.key_partitions),
        }

    def continuing(self, value: Mapping[str, Any], place: str) -> Layout:
        """Return this layout with the spread of keys under which ``place`` was written.

        State of versions that kept no spread goes on with the one found, and so does a topic that
        was made anew with fewer partitions.

        Raises:
            PartitionError: sales orgs would have moved to other partitions.
        """
        before = list(value["sales_orgs"])
        partitions = value["inbox_partitions"]
        if partitions != self.inbox_partitions:
            raise PartitionError(
                f"{place} was written with {partitions} inbox partitions and the settings say"
                f" {self.inbox_partitions}: set LEAD_ROUTER_TOPICS__INBOX_PARTITIONS={partitions},"
                " or start anew under another prefix"
            )
        if list(self.sales_orgs[: len(before)]) != before:
            raise PartitionError(
                f"{place} was written with sales_orgs {before}, which the settings do not begin"
                " with: put them back in that order, new ones at the end"
            )
        kept = value.get("key_partitions", {})
        spread = {
            topic: min(kept.get(topic, found), found)
            for topic, found in self.key_partitions.items()
        }
        return replace(self, key_partitions=spread)


async def read_changelog(
    clients: Clients, partition: TopicPartition, span: Span
) -> AsyncIterator[Sequence[tuple[bytes, Any]]]:
    """Yield lists of (key, value or None), oldest first: a lead packed, all else plain JSON.

    Raises:
        PartitionError: a record is not one of ours.
    """
    async for records in read_spans(clients, {partition: span}):
        try:
            yield [
                (record.key or b"", _plain(record.key or b"", record.value)) for record in records
            ]
        except ValueError as error:
            raise PartitionError(
                f"{partition.topic}-{partition.partition} holds a record that is not JSON, near"
                f" offset {records[0].offset}: nobody else may write there; restore the topic"
            ) from error


def _plain(key: bytes, value: bytes | None) -> Any:
    return value if value is None or key.startswith(PACKED_KEYS) else decode(value)


def put_changes(
    outbox: Outbox, partition: TopicPartition, changes: Sequence[tuple[str, object | None]]
) -> None:
    """Add the fold's changes; None is a tombstone."""
    records = outbox.at(partition)
    records += [(key.encode(), stored(value), NO_HEADERS) for key, value in changes]


def stored(value: object | None) -> bytes | None:
    """A change as the value of its record: a lead is packed already, None is a tombstone."""
    return value if value is None or isinstance(value, bytes) else encode(value)
