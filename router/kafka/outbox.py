"""What a step wants written, gathered and then cut into batches for one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import TopicPartition

from router.kafka.clients import BATCH_BYTES_MAX
from router.kafka.murmur2 import partitions_of
from router.kafka.shapes import TopicShape

Headers: TypeAlias = list[tuple[str, bytes]] | list[tuple[str, bytes | None]]
"""A list, because aiokafka's builder takes no other sequence."""

_NO_HEADERS: list[tuple[str, bytes]] = []
_Record = tuple[bytes | None, bytes | None, Headers]

_BATCH_OVERHEAD_BYTES = 128  # a batch's header and the frame of its one record, with room
_HEADER_OVERHEAD_BYTES = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """Records for one partition, ready to be sent."""

    target: TopicPartition
    builder: BatchBuilder


class Outbox:
    """Records to be written in one transaction.

    Records of a topic that are all placed in the same way, by key or by an explicit partition,
    keep their order within a partition.
    """

    def __init__(self, shapes: Mapping[str, TopicShape]) -> None:
        """``shapes`` holds every topic that may be written."""
        self._shapes = shapes
        self._placed: dict[TopicPartition, list[_Record]] = {}
        self._keyed: dict[str, tuple[list[bytes], list[_Record]]] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._placed or self._keyed)

    def put(
        self,
        target: TopicPartition,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = _NO_HEADERS,
    ) -> None:
        """Add a record for a given partition."""
        self._placed.setdefault(target, []).append((key, value, headers))

    def put_by_key(
        self, topic: str, key: bytes, value: bytes | None, headers: Headers = _NO_HEADERS
    ) -> None:
        """Add a record for the partition where every other Kafka client would look for its key."""
        keys, records = self._keyed.setdefault(topic, ([], []))
        keys.append(key)
        records.append((key, value, headers))

    def fits(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        """Whether the broker would take such a record, alone in its batch."""
        return _record_bytes(key, value, headers) <= self._shapes[topic].batch_bytes_max

    def batches(self, timestamp_ms: int) -> Iterator[Batch]:
        """Cut everything into batches; topics use LogAppendTime, so the time is of no effect."""
        for topic, (keys, records) in self._keyed.items():
            count = self._shapes[topic].partition_count
            lists: list[list[_Record]] = [[] for _ in range(count)]
            for partition, record in zip(partitions_of(keys, count), records, strict=True):
                lists[partition].append(record)
            for partition, placed in enumerate(lists):
                yield from _batches_of(TopicPartition(topic, partition), placed, timestamp_ms)
        for target, placed in self._placed.items():
            yield from _batches_of(target, placed, timestamp_ms)


def _batches_of(
    target: TopicPartition, records: Sequence[_Record], timestamp_ms: int
) -> Iterator[Batch]:
    """The records of one partition in as few batches as their size allows.

    A batch takes its first record whatever its size: one that is larger than a batch travels
    alone, and the broker decides by the topic's ``max.message.bytes``.
    """
    if not records:
        return
    builder = _new_builder()
    for key, value, headers in records:
        appended = builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers)
        if appended is None:
            yield Batch(target, builder)
            builder = _new_builder()
            builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers)
    builder.close()
    yield Batch(target, builder)


def _new_builder() -> BatchBuilder:
    return BatchBuilder(BATCH_BYTES_MAX, 0, is_transactional=True)


def _record_bytes(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    of_headers = sum(
        len(name) * 3 + len(text or b"") + _HEADER_OVERHEAD_BYTES for name, text in headers
    )
    return len(key or b"") + len(value or b"") + of_headers + _BATCH_OVERHEAD_BYTES
