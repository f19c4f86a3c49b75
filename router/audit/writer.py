"""Route's place at one partition of the inbox, held while its topics are mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Self

from aiokafka.structs import TopicPartition

from router.audit.auditor import Audit
from router.errors import LeadRouterError
from router.kafka.queries.reader import spans_of
from router.kafka.runtime.transaction import PartitionProducer
from router.kafka.runtime.write_buffer import Keyed, Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.roles.route.plan import NAME as ROUTE

RECORDS_MAX = 1_000
"""In one transaction."""


class FencedWriter:
    """Writes in transactions under the id of route's own worker of that partition.

    Opening it fences whoever wrote for the partition, and a router that is started later fences it.
    """

    def __init__(
        self, audit: Audit, partition: int, shapes: Mapping[str, TopicShape], written: Counter[str]
    ) -> None:
        """Nothing is connected yet; ``written`` counts what is committed, by topic."""
        topics = topics_of(audit.settings)
        self._audit = audit
        self._inbox = TopicPartition(topics.inbox, partition)
        self._state = TopicPartition(topics.state, partition)
        self._shapes = shapes
        self._written = written
        self._waiting: Counter[str] = Counter()
        self._producer = self._new_producer()
        self.outbox = Outbox(shapes)

    def _new_producer(self) -> PartitionProducer:
        settings, (topic, partition) = self._audit.settings, self._inbox
        return PartitionProducer(
            self._audit.clients,
            f"{settings.topics.prefix}{ROUTE}-{topic}-{partition}",
            timeout_ms=settings.transactions.timeout_ms,
        )

    async def __aenter__(self) -> Self:
        """Fence everybody else.

        Raises:
            LeadRouterError: somebody has written since the audit read.
        """
        try:
            await self._fence()
        except BaseException:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self._producer.stop()

    async def _fence(self) -> None:
        await self._producer.start()
        now = await spans_of(self._audit.clients, [self._state])
        if now[self._state].end != self._audit.cut.state[self._state].end:
            raise LeadRouterError(
                f"nothing was repaired of {self._inbox.topic}-{self._inbox.partition}, because a"
                " router has written since the audit read it: stop all routers, and run it again"
            )

    def put(self, topic: str, record: Keyed) -> None:
        """Add a record where its key belongs, by the count that the state keeps (ADR 0017)."""
        spread = self._audit.state.layouts[self._inbox.partition].key_partitions
        self.outbox.by_key(topic, spread.get(topic)).append(record)
        self.count(topic)

    def count(self, topic: str) -> None:
        """Say that a record for ``topic`` was added to the outbox."""
        self._waiting[topic] += 1

    async def write(self, *, at_least: int = 1) -> None:
        """Commit what has gathered, when it is enough.

        Raises:
            RetriableError: it is not known to be committed.
        """
        if self._waiting.total() < at_least:
            return
        await self._producer.write(self.outbox)
        self._written += self._waiting
        self._waiting.clear()
        self.outbox = Outbox(self._shapes)
        if self._producer.must_be_replaced:
            await self._producer.stop()
            self._producer = self._new_producer()
            await self._fence()
