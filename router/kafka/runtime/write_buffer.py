"""What a step wants written, gathered and then cut into batches for one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import BATCH_BYTES_MAX
from router.kafka.client.murmur2 import partitions_of
from router.kafka.topics.topic_metadata import TopicShape
from router.observe.tracing import TransactionTrace

Headers: TypeAlias = list[tuple[str, bytes]] | list[tuple[str, bytes | None]]
"""A list, because aiokafka's builder takes no other sequence."""

NO_HEADERS: list[tuple[str, bytes]] = []

Placed: TypeAlias = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers of a record whose partition is given."""

Keyed: TypeAlias = tuple[bytes, bytes | None, Headers]
"""Key, value and headers of a record whose partition follows from its key."""

_BATCH_OVERHEAD_BYTES = 128  # a batch's header and the frame of its one record, with room
_HEADER_OVERHEAD_BYTES = 8
_CHARACTER_BYTES_MAX = 4
_UNCOMPRESSED, _GZIP = 0, 1  # Kafka's numbers of its codecs


@dataclass(frozen=True, slots=True)
class Batch:
    """Records for one partition, ready to be sent."""

    target: TopicPartition
    builder: BatchBuilder


class Outbox:
    """Records to be written in one transaction, or without one: lists to append to.

    Records of a topic that are all placed in the same way keep their order within a partition.
    """

    def __init__(
        self,
        shapes: Mapping[str, TopicShape],
        trace: TransactionTrace | None = None,
        *,
        is_transactional: bool = True,
    ) -> None:
        """``shapes`` holds every topic that may be written; ``trace`` follows its records."""
        self.trace = trace
        self._shapes = shapes
        self._is_transactional = is_transactional
        self._time_ms = int(time.time() * 1000)  # of no effect: topics use LogAppendTime
        self._at: dict[TopicPartition, list[Placed]] = {}
        self._by_key: dict[str, list[Keyed]] = {}
        self._key_partitions: dict[str, int] = {}
        self._full: list[Batch] = []
        self._open: dict[TopicPartition, _Filled] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        gathered = any(self._at.values()) or any(self._by_key.values())
        return gathered or bool(self._full) or bool(self._open)

    def at(self, target: TopicPartition) -> list[Placed]:
        """The records for a given partition."""
        records = self._at.get(target)
        if records is None:
            records = self._at[target] = []
        return records

    def by_key(self, topic: str, partition_count: int | None = None) -> list[Keyed]:
        """The records for the partitions where other Kafka clients would look for their keys.

        ``partition_count`` spreads them over the first so many; over all of the topic without it.
        """
        records = self._by_key.get(topic)
        if records is None:
            records = self._by_key[topic] = []
            self._key_partitions[topic] = partition_count or self._shapes[topic].partition_count
        return records

    def fits(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
        """Whether the broker would take such a record, alone in its batch."""
        return _record_bytes(key, value, headers) <= self._shapes[topic].batch_bytes_max

    def fits_compressed(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> bool:
        """Whether it would at least be taken compressed, as a record that is too large goes out.

        Costs as much as compressing it: for what is rare.
        """
        bytes_max = self._shapes[topic].batch_bytes_max
        trial = _Filled((key, value, headers), bytes_max, is_transactional=False)
        trial.take([(key, value, headers)], 0, 0)
        return len(trial._build()) <= bytes_max  # noqa: SLF001 - the size is known no sooner

    def settle(self) -> None:
        """Put what has been gathered into batches, while the processor still has it at hand."""
        for topic, records in self._by_key.items():
            if records:
                count = self._key_partitions[topic]
                placed: list[list[Placed]] = [[] for _ in range(count)]
                partitions = partitions_of([record[0] for record in records], count)
                for partition, record in zip(partitions, records, strict=True):
                    placed[partition].append(record)
                records.clear()
                for partition, of_partition in enumerate(placed):
                    self._fill(TopicPartition(topic, partition), of_partition)
        for target, of_target in self._at.items():
            self._fill(target, of_target)
            of_target.clear()

    def _fill(self, target: TopicPartition, records: Sequence[Placed]) -> None:
        """Add to the partition's batch, and begin another whenever it is full."""
        begin = 0
        while begin < len(records):
            filled = self._open.get(target)
            if filled is None:
                bytes_max = self._shapes[target.topic].batch_bytes_max
                filled = self._open[target] = _Filled(
                    records[begin], bytes_max, is_transactional=self._is_transactional
                )
            begin = filled.take(records, begin, self._time_ms)
            if begin < len(records):
                self._full.append(Batch(target, self._open.pop(target)))

    def batches(self) -> Iterator[Batch]:
        """Everything in batches, those of a partition in their order."""
        self.settle()
        yield from self._full
        for target, filled in self._open.items():
            yield Batch(target, filled)


class _Filled(BatchBuilder):  # type: ignore[misc]  # aiokafka is not typed
    """A batch filled many records at once: a third of the time of as many calls to ``append``."""

    def __init__(self, first: Placed, bytes_max: int, *, is_transactional: bool) -> None:
        """It takes ``first`` whatever its size.

        One that is larger than a batch travels alone, and compressed if it is larger than
        ``bytes_max``, the topic's ``max.message.bytes``.
        """
        codec = _GZIP if _record_bytes(*first) > bytes_max else _UNCOMPRESSED
        super().__init__(min(BATCH_BYTES_MAX, bytes_max), codec, is_transactional=is_transactional)

    def take(self, records: Sequence[Placed], begin: int, timestamp_ms: int) -> int:
        """Take records from ``begin`` on until it is full; returns where the next batch begins."""
        append = self._builder.append
        before: int = self.record_count()
        count = before
        for key, value, headers in records[begin:] if begin else records:
            if append(count, timestamp_ms, key, value, headers) is None:
                break
            count += 1
        self._relative_offset = count
        return begin + count - before


def _record_bytes(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    of_headers = sum(
        len(name) * _CHARACTER_BYTES_MAX + len(text or b"") + _HEADER_OVERHEAD_BYTES
        for name, text in headers
    )
    return len(key or b"") + len(value or b"") + of_headers + _BATCH_OVERHEAD_BYTES
