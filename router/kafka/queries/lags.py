"""How far intake, route and streams are behind, by partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.topics.changelog import CLOCK_KEY
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import input_topics, topics_of
from router.settings import Settings

_COUNTED_MAX = 20_000
"""Up to here records are counted one by one; beyond, offsets tell the number near enough."""
_TAIL = 400
_READ_BY = {"routing.inbox": "route", "lead.activity": "streams"}
"""Every other topic is read by intake."""


class Lag(NamedTuple):
    """Records of a partition that a step has not processed; ``sales_orgs`` only of the inbox."""

    step: str
    topic: str
    partition: int
    waiting: int
    sales_orgs: tuple[str, ...]


async def read_lags(clients: Clients, settings: Settings) -> list[Lag]:
    """Of every partition that a step reads, those that are processed included."""
    topics = topics_of(settings)
    inputs = [topic for names in input_topics(settings).values() for topic in names]
    held = await log_spans(clients, [*inputs, topics.activity, topics.inbox])
    committed = {
        **await committed_offsets(clients, f"{settings.topics.prefix}intake"),
        **await committed_offsets(clients, f"{settings.topics.prefix}streams"),
    }
    applied = await applied_offsets(clients, topics.state)
    spans: dict[TopicPartition, Span] = {}
    for source, span in held.items():
        at = (
            applied.get(source.partition, 0)
            if source.topic == topics.inbox
            else committed.get(source, 0)
        )
        spans[source] = Span(max(at, span.start), span.end)
    waiting = await count_records(clients, spans)
    orgs = _orgs_by_partition(settings)
    return [
        Lag(
            _READ_BY.get(source.topic.removeprefix(topics.prefix), "intake"),
            source.topic.removeprefix(topics.prefix),
            source.partition,
            waiting[source],
            orgs.get(source.partition, ()) if source.topic == topics.inbox else (),
        )
        for source in spans
    ]


def _orgs_by_partition(settings: Settings) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for name in settings.sales_orgs:
        partition = settings.inbox_partition(name)
        found[partition] = (*found.get(partition, ()), name)
    return found


async def committed_offsets(clients: Clients, group: str) -> dict[TopicPartition, int]:
    """What a consumer group has committed; nothing when there has been no group yet."""
    admin = clients.admin()
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:
        return {}
    finally:
        await admin.close()
    return {source: committed.offset for source, committed in offsets.items()}


async def applied_offsets(clients: Clients, topic: str) -> dict[int, int]:
    """The next inbox offset of each partition, from its clock record near the end of the state."""
    return await applied_in(clients, await log_spans(clients, [topic]))


async def applied_in(clients: Clients, held: Mapping[TopicPartition, Span]) -> dict[int, int]:
    """The next inbox offset of each partition as of the end of these spans of the state."""
    found: dict[int, int] = {}
    tail = _TAIL
    missing = {source: span for source, span in held.items() if (span.end or 0) > span.start}
    while missing:
        spans = {
            source: Span(max(span.start, (span.end or 0) - tail), span.end)
            for source, span in missing.items()
        }
        async for records in read_spans(clients, spans):
            for record in records:
                if record.key == CLOCK_KEY and record.value:
                    found[record.partition] = decode(record.value)["next_offset"]
        missing = {
            source: span
            for source, span in missing.items()
            if source.partition not in found and (span.end or 0) - tail > span.start
        }
        tail *= 10
    return found


async def count_records(
    clients: Clients, spans: Mapping[TopicPartition, Span]
) -> dict[TopicPartition, int]:
    """Records in each span: markers of transactions take up offsets too, and are none."""
    counts = {source: max(0, (span.end or 0) - span.start) for source, span in spans.items()}
    short = {source: spans[source] for source, count in counts.items() if 0 < count <= _COUNTED_MAX}
    counts.update(dict.fromkeys(short, 0))
    if short:
        async for records in read_spans(clients, short):
            counts[TopicPartition(records[0].topic, records[0].partition)] += len(records)
    return counts
