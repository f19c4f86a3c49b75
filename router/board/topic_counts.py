"""``/api/topics``: how much the topics hold, and how far intake and route are behind.

What this user may not see is left out: the role needs no right on senders' topics to do its work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiokafka.errors import GroupAuthorizationFailedError, KafkaError
from aiokafka.structs import TopicPartition

from router.board.follower import Follower
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries.lags import committed_offsets
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.rights.probe import RightsProbe, Standing
from router.kafka.rights.right import Operation, Resource, Right
from router.kafka.topics.topic_names import group_of, input_names, topics_of
from router.kafka.topics.topic_specs import topic_specs
from router.settings import Settings

_FRESH_S = 10.0
_WITHIN_S = 12.0
"""Less than a page waits for an answer, so that it hears why there is none."""
_TAIL = 3
"""A record may have a transaction's marker behind it."""


class TopicCounts:
    """Asks the broker, at most once in ten seconds however many pages want to know."""

    def __init__(self, settings: Settings, clients: Clients, follower: Follower) -> None:
        """Nothing is asked before somebody wants to know."""
        self._settings = settings
        self._clients = clients
        self._follower = follower
        self._asking = asyncio.Lock()
        self._found: dict[str, Any] = {}
        self._found_at_s = float("-inf")

    async def read(self) -> dict[str, Any]:
        """All topics by name, without the prefix, and the lags of all partitions that have one.

        Raises:
            LeadRouterError: the broker cannot be asked.
        """
        async with self._asking:
            if time.monotonic() - self._found_at_s >= _FRESH_S:
                try:
                    async with asyncio.timeout(_WITHIN_S):
                        self._found = await self._ask()
                except (KafkaError, TimeoutError) as error:
                    raise LeadRouterError(
                        "the broker does not answer: see `lead-router doctor`"
                    ) from error
                self._found_at_s = time.monotonic()
            return self._found

    async def _ask(self) -> dict[str, Any]:
        prefix = self._settings.topics.prefix
        names = [spec.name for spec in topic_specs(self._settings)]
        held = await log_spans(self._clients, names, dispensable=names)
        newest_ms = await self._newest_ms(held)
        by_topic: dict[str, list[Span]] = {}
        for source, span in held.items():
            by_topic.setdefault(source.topic, []).append(span)
        intake, streams = await self._committed("intake"), await self._committed("streams")
        activity = topics_of(self._settings).activity
        return {
            "topics": [
                {
                    "topic": topic.removeprefix(prefix),
                    "partitions": len(spans),
                    "records": sum((span.end or 0) - span.start for span in spans),
                    "newest_at": rfc3339(newest_ms[topic]) if topic in newest_ms else None,
                }
                for topic, spans in by_topic.items()
            ],
            "lags": [
                *self._of_topics("intake", input_names(self._settings), held, intake),
                *self._of_topics("streams", [activity], held, streams),
                *self._of_route(),
            ],
        }

    async def _committed(self, step: str) -> Mapping[TopicPartition, int] | None:
        """The offsets of a step's group, None where this user may not see them."""
        try:
            return await committed_offsets(self._clients, group_of(self._settings, step))
        except GroupAuthorizationFailedError:
            return None

    def _of_topics(
        self,
        step: str,
        topics: Iterable[str],
        held: Mapping[TopicPartition, Span],
        committed: Mapping[TopicPartition, int] | None,
    ) -> Iterator[dict[str, Any]]:
        """Inputs are written without transactions: offsets count their records."""
        if committed is None:
            return
        prefix = self._settings.topics.prefix
        for topic in topics:
            for source, span in held.items():
                if source.topic == topic:
                    at = max(committed.get(source, 0), span.start)
                    waiting = max(0, (span.end or 0) - at)
                    yield _lag(step, topic.removeprefix(prefix), source.partition, waiting)

    def _of_route(self) -> Iterator[dict[str, Any]]:
        projection = self._follower.projection
        for partition in range(self._settings.topics.inbox_partitions):
            yield _lag("route", "routing.inbox", partition, projection.waiting(partition))

    async def _newest_ms(self, held: dict[TopicPartition, Span]) -> dict[str, int]:
        readable = await self._readable({source.topic for source in held})
        tails = {
            source: Span(max(span.start, (span.end or 0) - _TAIL), span.end)
            for source, span in held.items()
            if (span.end or 0) > span.start and source.topic in readable
        }
        newest: dict[str, int] = {}
        async for records in read_spans(self._clients, tails):
            topic = records[0].topic
            newest[topic] = max(newest.get(topic, 0), records[-1].timestamp)
        return newest

    async def _readable(self, topics: Iterable[str]) -> set[str]:
        """Those of ``topics`` whose records this user may read."""
        probe = RightsProbe(self._clients)
        wanted = [Right(Operation.READ, Resource.TOPIC, topic) for topic in topics]
        try:
            found = await probe.look(wanted)
        finally:
            await probe.stop()
        return {right.name for right, standing in found.items() if standing is Standing.GIVEN}


def _lag(step: str, topic: str, partition: int, waiting: int) -> dict[str, Any]:
    return {"step": step, "topic": topic, "partition": partition, "waiting": waiting}
