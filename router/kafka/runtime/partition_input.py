"""The fetched records of one source partition, and when to fetch more of them."""

from __future__ import annotations

import contextlib
import time
from collections import deque

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition

from router.kafka.runtime.step import Record


class PartitionInput:
    """Records between the consumer, which all partitions share, and the step of one of them.

    Closed, it takes nothing and the partition is paused; open, it is paused while it is full.
    """

    def __init__(self, consumer: AIOKafkaConsumer, source: TopicPartition, size_max: int) -> None:
        """Closed; ``size_max`` records make it full."""
        self.is_open = False
        self._consumer = consumer
        self._source = source
        self._size_max = size_max
        self._records: deque[Record] = deque()
        self._is_paused = True
        self._resumed_at_s = 0.0

    def __len__(self) -> int:
        """How many records wait."""
        return len(self._records)

    def open(self, position: int) -> None:
        """Fetch from ``position`` on; what was fetched from elsewhere is gone."""
        self._records.clear()
        self._consumer.seek(self._source, position)
        self.is_open = True
        self._resume()

    def close(self) -> None:
        """Fetch no more until it is opened again."""
        self.is_open = False
        self.hold()

    def hold(self) -> None:
        """Fetch no more for now, and forget what waits."""
        self._records.clear()
        self._pause()

    def rest(self) -> None:
        """Fetch no more until there is next made room; what waits stays."""
        self._pause()

    def add(self, records: list[Record]) -> None:
        """Take fetched records; when full, the partition is not fetched for a while."""
        self._records.extend(records)
        if len(self._records) >= self._size_max:
            self._pause()

    def take(self, count: int) -> list[Record]:
        """Remove and return the oldest ``count`` records, or as many as there are."""
        records = self._records
        return [records.popleft() for _ in range(min(count, len(records)))]

    def make_room(self) -> None:
        """Fetch again if enough has been taken."""
        if self._is_paused and len(self._records) < self._size_max // 2:
            self._resume()

    @property
    def waiting_since_s(self) -> float | None:
        """When the oldest record that waits was appended (Unix time); None if none does."""
        return self._records[0].timestamp / 1000 if self._records else None

    @property
    def end(self) -> int | None:
        """Where the committed records end, as of the last fetch; None before one."""
        end: int | None = self._consumer.last_stable_offset(self._source)
        return end

    @property
    def fetched_at_s(self) -> float | None:
        """When the broker last answered a fetch (Unix time); None while none is wanted.

        Before the first answer it is when we began to wait for one.
        """
        if self._is_paused or not self.is_assigned:
            return None
        fetched_ms: int | None = self._consumer.last_poll_timestamp(self._source)
        return max((fetched_ms or 0) / 1000, self._resumed_at_s)

    @property
    def is_assigned(self) -> bool:
        """Whether the group gives this process the partition."""
        return self._source in self._consumer.assignment()

    def _pause(self) -> None:
        self._is_paused = True
        with contextlib.suppress(IllegalStateError):
            self._consumer.pause(self._source)

    def _resume(self) -> None:
        self._is_paused = False
        self._resumed_at_s = time.time()
        with contextlib.suppress(IllegalStateError):
            self._consumer.resume(self._source)
