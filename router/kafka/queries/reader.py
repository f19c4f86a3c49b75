"""Reading topics without a group, as read_committed: for restoring, and for people who look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from aiokafka.structs import TopicPartition

from router.kafka.client.background_tasks import check_tasks
from router.kafka.client.clients import Clients, Isolation, start_whole
from router.kafka.client.closing import stop_consumer
from router.kafka.client.reach import in_words
from router.kafka.rights.right import Operation
from router.kafka.runtime.step import Record, Records, RetriableError
from router.kafka.topics.topic_metadata import read_shapes

_POLL_MS = 200
_RECORDS_MAX = 2_000
IDLE_S_MAX = 30.0
"""Transactions end by themselves within seconds."""


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets from ``start`` up to, not including, ``end``; without ``end`` it never ends."""

    start: int
    end: int | None = None


async def read_spans(
    clients: Clients, spans: Mapping[TopicPartition, Span]
) -> AsyncIterator[Records]:
    """Yield the committed records of ``spans`` in lists, each of one partition and in order.

    Ends when every span is read, also where its last offsets are markers or aborted.

    Raises:
        RetriableError: all that is left has an end, and for half a minute came no nearer to it.
    """
    async with _started(clients) as consumer:
        consumer.assign(list(spans))
        for source, span in spans.items():
            consumer.seek(source, span.start)
        places = {source: span.start for source, span in spans.items()}
        idle = _Idle()
        while True:
            before, places = places, {each: await consumer.position(each) for each in places}
            read = [each for each in places if _is_read(places[each], spans[each])]
            consumer.pause(*read)
            for source in read:
                del places[source]
            if not places:
                return
            if places == before and all(spans[each].end is not None for each in places):
                idle.check(places, spans)
            else:
                idle = _Idle()
            fetched = await consumer.getmany(*places, timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
            check_tasks(consumer)
            for source, records in fetched.items():
                if wanted := _before(records, spans[source].end):
                    yield wanted
            await asyncio.sleep(0)  # getmany does not give way while it has records at hand


def _before(records: Records, end: int | None) -> Records:
    if end is None or records[-1].offset < end:
        return records
    return [record for record in records if record.offset < end]


def _is_read(place: int, span: Span) -> bool:
    return span.end is not None and place >= span.end


class _Idle:
    """Since when nothing has come of what must still come."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def check(
        self, places: Mapping[TopicPartition, int], spans: Mapping[TopicPartition, Span]
    ) -> None:
        """Raise :class:`RetriableError` if it is too long ago.

        A transaction that is open holds readers up, but not for so long; one that the broker has
        lost sight of would do so for ever, and nobody would be told.
        """
        if time.monotonic() - self._began_s < IDLE_S_MAX:
            return
        source, place = next(iter(places.items()))
        raise RetriableError(
            f"{source.topic}-{source.partition} could not be read on from offset {place} to"
            f" {spans[source].end} for {IDLE_S_MAX:.0f} s: the broker does not answer, or a"
            " transaction stays open there; look at the broker's log, and for transactions that"
            " hang (`docs/operations.md`, Brokers)"
        )


async def log_spans(
    clients: Clients, topics: Iterable[str], *, dispensable: Collection[str] = ()
) -> dict[TopicPartition, Span]:
    """What the partitions of ``topics`` hold now, up to the end of the last closed transaction.

    Of ``dispensable`` topics those that this user may not see are left out.

    Raises:
        LeadRouterError: a topic does not exist.
    """
    shapes = await read_shapes(clients, topics, dispensable=dispensable)
    return await spans_of(
        clients,
        [
            TopicPartition(topic, partition)
            for topic, shape in shapes.items()
            for partition in range(shape.partition_count)
        ],
    )


async def spans_of(
    clients: Clients, sources: Sequence[TopicPartition]
) -> dict[TopicPartition, Span]:
    """What ``sources`` hold now, up to the end of the last closed transaction."""
    async with _started(clients) as consumer:
        return await _bounds(consumer, sources)


async def written_spans(
    clients: Clients, sources: Sequence[TopicPartition]
) -> dict[TopicPartition, Span]:
    """What ``sources`` hold now, open transactions included."""
    async with _started(clients, isolation="read_uncommitted") as consumer:
        return await _bounds(consumer, sources)


async def _bounds(
    consumer: AIOKafkaConsumer, sources: Sequence[TopicPartition]
) -> dict[TopicPartition, Span]:
    starts = await consumer.beginning_offsets(sources)
    ends = await consumer.end_offsets(sources)
    return {source: Span(starts[source], ends[source]) for source in sources}


@asynccontextmanager
async def _started(
    clients: Clients, *, isolation: Isolation = "read_committed"
) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = clients.consumer(isolation=isolation)
    try:
        await start_whole(consumer)
        yield consumer
    except (KafkaConnectionError, TopicAuthorizationFailedError) as error:
        raise await in_words(error, clients.settings, "read", Operation.READ) from error
    finally:
        await stop_consumer(consumer)


async def read_topic(
    clients: Clients, topic: str, *, last: int | None = None, follow: bool = False
) -> AsyncIterator[Record]:
    """Yield the committed records of ``topic``, oldest first within each partition.

    Args:
        clients: how to reach the broker.
        topic: full name.
        last: begin with about the last so many of each partition; None for all there are, 0 for
            only those to come.
        follow: go on with what is written from now on, for ever.

    Raises:
        LeadRouterError: the topic does not exist.
    """
    held = await log_spans(clients, [topic])
    spans = {source: _tail(span, last, follow=follow) for source, span in held.items()}
    async for records in read_spans(clients, spans):
        for record in records:
            yield record


def _tail(span: Span, last: int | None, *, follow: bool) -> Span:
    start = span.start
    if last is not None and span.end is not None:
        # A transaction's marker takes up an offset as well, and small ones hold one record.
        start = max(span.start, span.end - 2 * last)
    return Span(start, None if follow else span.end)
