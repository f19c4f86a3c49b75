"""The engagement part of each sales org's policy, kept current from the topic ``policies``."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from router.core.model.events import PolicyPublished
from router.core.model.policy import Policy
from router.errors import LeadRouterError
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.codec import decode_event
from router.intake.wire.refusal import Rejected
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.failures import reason_of
from router.kafka.runtime.step import Record
from router.roles.streams.engagement.score import Scale

_FAILS_FOR_S = 20.0
"""Longer than the longest pause between two attempts: until then a failure may go on."""


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
        self._next: dict[TopicPartition, Span] = {}
        self._failed_s = float("-inf")
        self._failure = ""

    @property
    def trouble(self) -> str | None:
        """Why it cannot read on at the moment; what was read stands. None when it can."""
        return self._failure if time.monotonic() - self._failed_s < _FAILS_FOR_S else None

    async def load(self) -> None:
        """Take in what is there.

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
        self._next = {source: Span(span.end or 0) for source, span in held.items()}

    async def follow(self) -> None:
        """Take in what comes, until cancelled; what fails is tried again."""
        backoff = Backoff()
        while True:
            try:
                async for records in read_spans(self._clients, self._next):
                    for record in records:
                        self._book.take(record)
                    last = records[-1]
                    self._next[TopicPartition(last.topic, last.partition)] = Span(last.offset + 1)
                    backoff.succeeded()
            except (KafkaError, LeadRouterError) as error:
                self._failed_s = time.monotonic()
                self._failure = f"{self._topic} cannot be read: {reason_of(error)}"
                await asyncio.sleep(backoff.failed())
