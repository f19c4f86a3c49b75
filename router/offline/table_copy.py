"""What is known of leads' activity, once more, under another prefix.

Beside a new log of activity offsets begin anew, so the rows forget theirs: what a lead did before
stays, and everything that comes is new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from router.kafka.client.clients import Clients
from router.kafka.client.murmur2 import partitions_of
from router.kafka.queries.reader import log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import topics_of
from router.roles.streams.engagement.codec import decode_history, encode_history
from router.roles.streams.engagement.faust_app.progress import is_progress_key
from router.settings import Settings

Row = tuple[bytes, bytes]


async def copy_engagement(
    clients: Clients, producer: AIOKafkaProducer, settings: Settings, target: Settings
) -> int:
    """Copy the rows of the sales orgs of ``target``; returns how many records.

    Raises:
        LeadRouterError: the topic does not exist, or the broker is away.
    """
    source, topic = topics_of(settings).engagement_table, topics_of(target).engagement_table
    partition_count = (await read_shapes(clients, [topic]))[topic].partition_count
    count = 0
    async for records in read_spans(clients, await log_spans(clients, [source])):
        rows = list(_rows(records, target))
        places = partitions_of([_lead_id(key) for key, _ in rows], partition_count)
        sent = [
            await producer.send(topic, value, key, partition=place)
            for (key, value), place in zip(rows, places, strict=True)
        ]
        await asyncio.gather(*sent)
        count += len(rows)
    return count


def _rows(records: Iterable[Record], target: Settings) -> Iterable[Row]:
    for record in records:
        key, value = record.key, record.value
        if key is None or value is None or is_progress_key(key):
            continue
        if key.partition(b"\0")[0].decode() in target.sales_orgs:
            history = decode_history(value)
            history.next_offset = 0
            yield key, encode_history(history)


def _lead_id(key: bytes) -> bytes:
    return key.partition(b"\0")[2]
