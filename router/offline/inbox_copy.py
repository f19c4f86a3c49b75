"""The inbox once more, under another prefix, with the times of its records.

A router there decides everything anew, as it was decided here: ``now`` of a decision is the time of
the inbox record. Rosters, accounts and policies go along for the commands that read them; intake
there begins behind them, because the inbox holds them already. So does what is known of activity:
without it a lead's next one would be taken for its first, and its score would fall.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from router.errors import LeadRouterError, UsageError
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.kafka.client.clients import Clients, start_whole
from router.kafka.queries.reader import log_spans, read_spans, written_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.positions import Position, position_record
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import InputRole, topics_of
from router.offline.table_copy import copy_engagement
from router.settings import Settings, TopicSettings

Report = Callable[[str], None]

_TICK = b'{"kind":"tick"'
"""How the values of ticks begin; they are for every sales org of their partition."""


_STANDING: tuple[InputRole, ...] = ("roster", "accounts", "policies")
"""What these topics hold is in force until it is replaced."""


class Copied(NamedTuple):
    """How many records are in ``topic``, the inbox, now."""

    topic: str
    records: int


def moved_settings(settings: Settings, prefix: str, sales_org: str | None) -> Settings:
    """The settings of the deployment that the inbox is copied to.

    Raises:
        UsageError: the prefix cannot be one, is that of now, or there is no such sales org.
    """
    try:
        shape = TopicSettings(**{**settings.topics.model_dump(), "prefix": prefix})
    except ValidationError:
        raise UsageError(
            f"{prefix!r} cannot be a prefix: letters, digits, dots, _ and -, such as lead-router-2."
        ) from None
    if prefix == settings.topics.prefix:
        raise UsageError(f"{prefix} is the prefix of this deployment: name another")
    if sales_org is None:
        return settings.model_copy(update={"topics": shape})
    if sales_org not in settings.sales_orgs:
        known = ", ".join(settings.sales_orgs)
        raise UsageError(f"there is no sales org {sales_org}; LEAD_ROUTER_SALES_ORGS has: {known}")
    alone = {"topics": shape, "sales_orgs": [sales_org], "default_sales_org": sales_org}
    return settings.model_copy(update=alone)


async def copy_inbox(
    settings: Settings, prefix: str, sales_org: str | None, report: Report
) -> Copied:
    """Copy what the inbox holds now; with ``sales_org`` only what is about it.

    Raises:
        UsageError: as :func:`moved_settings`.
        LeadRouterError: the other inbox is not empty, or this one lacks its beginning.
    """
    target = moved_settings(settings, prefix, sales_org)
    clients, topic = Clients(settings.kafka), topics_of(target).inbox
    async with TopicAdmin.connected(target) as admin:
        await admin.apply()
        await _must_be_empty(clients, topic, target.topics.inbox_partitions)
        await admin.take_given_times(topic)
        try:
            await _copy_standing(clients, settings, target)
            async with _producing(clients) as producer:
                await copy_engagement(clients, producer, settings, target)
            return Copied(topic, await _copy(clients, settings, target, sales_org, report))
        finally:
            await admin.apply()


async def _must_be_empty(clients: Clients, topic: str, partition_count: int) -> None:
    partitions = [TopicPartition(topic, partition) for partition in range(partition_count)]
    if any(span.end for span in (await written_spans(clients, partitions)).values()):
        raise LeadRouterError(
            f"{topic} is not empty: name another prefix, or delete the topics of this one first"
        )


async def _copy_standing(clients: Clients, settings: Settings, target: Settings) -> None:
    """Copy rosters, accounts and policies, and set intake behind them."""
    context, topics = IntakeContext.of(settings), topics_of(target)
    async with _producing(clients) as producer:
        for role in _STANDING:
            source, topic = getattr(topics_of(settings), role), getattr(topics, role)
            async for records in read_spans(clients, await log_spans(clients, [source])):
                wanted = [each for each in records if _is_of(each, role, context, target)]
                keyed = [(each.key, each) for each in wanted]
                await _send(producer, topic, records[0].partition, keyed)
            for place, span in (await log_spans(clients, [topic])).items():
                key, value = position_record(place, Position(span.end or 0))
                await producer.send_and_wait(topics.positions, value, key, partition=0)


def _is_of(record: Record, role: InputRole, context: IntakeContext, target: Settings) -> bool:
    headers = [(name, text) for name, text in record.headers if text is not None]
    now_ms = record.timestamp
    admitted = admit(role, None, record.key, record.value, headers, now_ms, context)
    return not isinstance(admitted, Rejected) and admitted.sales_org in target.sales_orgs


@asynccontextmanager
async def _producing(clients: Clients) -> AsyncIterator[AIOKafkaProducer]:
    producer = clients.plain_producer()
    try:
        await start_whole(producer)
        yield producer
    finally:
        await producer.stop()


async def _copy(
    clients: Clients, settings: Settings, target: Settings, sales_org: str | None, report: Report
) -> int:
    source_topic, topic = topics_of(settings).inbox, topics_of(target).inbox
    spans = await log_spans(clients, [source_topic])
    for source, span in spans.items():
        if span.start:
            raise LeadRouterError(
                f"{source.topic}-{source.partition} begins at offset {span.start}: what lay before"
                " was deleted, and decisions must begin at the first record"
            )
    if sales_org is not None:
        home = TopicPartition(source_topic, settings.inbox_partition(sales_org))
        spans = {home: spans[home]}
    count = 0
    async with _producing(clients) as producer:
        async for records in read_spans(clients, spans):
            wanted = _of(records, sales_org)
            count += len(wanted)
            partition = records[0].partition if sales_org is None else 0
            await _send(producer, topic, partition, wanted)
            report(f"{count:,} records copied into {topic}")
    return count


Keyed = tuple[bytes | None, Record]


def _of(records: Iterable[Record], sales_org: str | None) -> list[Keyed]:
    """Those about the sales org, with the key that they are to have; all without one."""
    if sales_org is None:
        return [(record.key, record) for record in records]
    key = sales_org.encode()
    return [
        (key, record)
        for record in records
        if record.key == key or (record.value or b"").startswith(_TICK)
    ]


async def _send(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[Keyed]
) -> None:
    sent = [
        await producer.send(
            topic,
            record.value,
            key,
            partition=partition,
            timestamp_ms=record.timestamp,
            headers=list(record.headers),
        )
        for key, record in records
    ]
    await asyncio.gather(*sent)
