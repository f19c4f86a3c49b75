"""Reading what may take minutes, and saying how far it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping

from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, read_spans
from router.kafka.runtime.step import Records

_REPORT_EVERY = 5_000

Report = Callable[[str], None]


async def read_reported(
    clients: Clients, spans: Mapping[TopicPartition, Span], report: Report
) -> AsyncIterator[Records]:
    """Yield as :func:`read_spans` does, and report every few thousand."""
    count = 0
    async for records in read_spans(clients, spans):
        yield records
        if count // _REPORT_EVERY != (count := count + len(records)) // _REPORT_EVERY:
            last = records[-1]
            end = spans[TopicPartition(last.topic, last.partition)].end or 0
            report(f"{last.topic}-{last.partition}: offset {last.offset:,} of {end:,}")
