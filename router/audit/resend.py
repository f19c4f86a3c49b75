"""Records of input topics once more, byte for byte, to the partitions that they came from."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable

from aiokafka.structs import TopicPartition

from router.audit.findings import Place
from router.kafka.client.clients import Clients, start_whole
from router.kafka.queries.reader import Span, read_spans


async def send_again(clients: Clients, places: Iterable[Place]) -> Counter[str]:
    """Send what lies at ``places``; returns how many records, by topic.

    An event is known by its id, and of what stands only the newest is sent, so that intake may take
    in twice what it had after all. A record without key and value cannot be sent by this client.
    """
    offsets: defaultdict[TopicPartition, set[int]] = defaultdict(set)
    for place in places:
        offsets[TopicPartition(place.topic, place.partition)].add(place.offset)
    sent: Counter[str] = Counter()
    if not offsets:
        return sent
    spans = {source: Span(min(wanted), max(wanted) + 1) for source, wanted in offsets.items()}
    producer = clients.plain_producer()
    try:
        await start_whole(producer)
        async for records in read_spans(clients, spans):
            source = TopicPartition(records[0].topic, records[0].partition)
            wanted = [
                record
                for record in records
                if record.offset in offsets[source] and (record.key, record.value) != (None, None)
            ]
            answers = [
                await producer.send(
                    source.topic,
                    record.value,
                    record.key,
                    partition=source.partition,
                    headers=list(record.headers),
                )
                for record in wanted
            ]
            await asyncio.gather(*answers)
            sent[source.topic] += len(wanted)
    finally:
        await producer.stop()
    return sent
