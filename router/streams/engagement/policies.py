"""The engagement part of each sales org's policy, kept current from the topic ``policies``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from router.core.events import PolicyPublished
from router.core.policy import Policy
from router.intake.admit import admit
from router.intake.codec import decode_event
from router.intake.context import IntakeContext
from router.intake.refusal import Rejected
from router.kafka.clients import Clients
from router.kafka.reader import Span, log_spans, read_spans
from router.kafka.step import Record
from router.streams.engagement.score import Scale


@dataclass(slots=True)
class _Published:
    """The policies of one sales org, chosen between as route does.

    The first values activity before it is in force, so that leads which wait for it have points.
    """

    in_force: Policy
    scale: Scale
    following: Policy | None = None

    def take(self, policy: Policy, now_ms: int) -> None:
        if policy.policy_id == self.in_force.policy_id and policy.version <= self.in_force.version:
            return
        if policy.effective_from_ms > now_ms:
            self.following = policy
        else:
            self._enforce(policy)

    def at(self, now_ms: int) -> Scale:
        following = self.following
        if following is not None and following.effective_from_ms <= now_ms:
            self._enforce(following)
        return self.scale

    def _enforce(self, policy: Policy) -> None:
        self.in_force, self.following = policy, None
        self.scale = _scale(policy)


@dataclass(slots=True)
class PolicyBook:
    """Which scale a sales org values activity by; a pure fold over the policies' records."""

    context: IntakeContext
    _by_sales_org: dict[str, _Published] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Take in a record of ``policies``; one that intake refuses changes nothing here either."""
        headers = [(name, text) for name, text in record.headers if text is not None]
        admitted = admit(
            "policies", None, record.key, record.value, headers, record.timestamp, self.context
        )
        if isinstance(admitted, Rejected):
            return
        event = decode_event(admitted.value)
        if isinstance(event, PolicyPublished):
            self.publish(admitted.sales_org, event.policy, record.timestamp)

    def publish(self, sales_org: str, policy: Policy, now_ms: int) -> None:
        """Take in ``policy``, published at ``now_ms``; the first is in force at once."""
        published = self._by_sales_org.get(sales_org)
        if published is None:
            self._by_sales_org[sales_org] = _Published(policy, _scale(policy))
        else:
            published.take(policy, now_ms)

    def scale(self, sales_org: str, now_ms: int) -> Scale | None:
        """The scale in force at ``now_ms``; None before any policy is known."""
        published = self._by_sales_org.get(sales_org)
        return None if published is None else published.at(now_ms)


def _scale(policy: Policy) -> Scale:
    return Scale.of(policy.engagement, policy.bands)


class PolicyReader:
    """Fills a :class:`PolicyBook`: first all there is, then what comes, ``read_committed``."""

    def __init__(self, clients: Clients, topic: str, book: PolicyBook) -> None:
        """Reads nothing yet."""
        self._clients = clients
        self._topic = topic
        self._book = book

    async def load(self) -> dict[TopicPartition, Span]:
        """Take in what is there; returns the spans that follow.

        Raises:
            LeadRouterError: the topic does not exist or the broker cannot be reached.
        """
        held = await log_spans(self._clients, [self._topic])
        records: list[Record] = []
        async for some in read_spans(self._clients, held):
            records += some
        # Over partitions too in the order of their publishing: two policies of a sales org may
        # lie apart, because their key is the policy.
        records.sort(key=lambda record: (record.timestamp, record.partition, record.offset))
        for record in records:
            self._book.take(record)
        return {source: Span(span.end or 0) for source, span in held.items()}

    async def follow(self, spans: dict[TopicPartition, Span], stop: asyncio.Event) -> None:
        """Take in what comes, until ``stop``."""
        ended = asyncio.create_task(stop.wait())
        reading = asyncio.create_task(self._follow(spans))
        try:
            await asyncio.wait([ended, reading], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            reading.cancel()
            await asyncio.gather(ended, reading, return_exceptions=True)
        if not reading.cancelled() and (error := reading.exception()) is not None:
            raise error

    async def _follow(self, spans: dict[TopicPartition, Span]) -> None:
        async for records in read_spans(self._clients, spans):
            for record in records:
                self._book.take(record)
