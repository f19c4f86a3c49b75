"""How far the table goes in each partition of the log, and what Faust left out on the way.

When partitions change hands Faust may go on behind records that it had fetched and thrown away: it
takes the hole for one of the log's own, and commits past it. So the table keeps its own account, a
row for each partition of the log, written behind the rows of the batch that it speaks of; and what
is missing before the next record is read from the log.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import groupby

from aiokafka.structs import TopicPartition

from router.kafka.clients import Clients
from router.kafka.reader import Span, read_spans, spans_of
from router.kafka.step import Record
from router.streams.engagement.codec import encode_history, next_offset_in
from router.streams.engagement.history import History
from router.streams.engagement.table import Store

Records = Sequence[Record]


def progress_key(partition: int) -> bytes:
    """The key of a partition's own row; those of leads begin with a sales org."""
    return f"\0{partition}".encode()


def read_progress(store: Store, partition: int) -> int | None:
    """The offset after the last record of the partition that is in the table, None for none."""
    [value] = store.read_rows(partition, [progress_key(partition)])
    return None if value is None else next_offset_in(value)


def progress_row(before: int | None, records: Records) -> tuple[bytes, bytes]:
    """The row to be written behind those of ``records``: a history without activities."""
    last = records[-1]
    reached = History(max(before or 0, last.offset + 1), last.timestamp)
    return progress_key(last.partition), encode_history(reached)


def is_gapless(progress: int | None, records: Records) -> bool:
    """Whether no record can be missing before or among ``records``, which are in order."""
    first, last = records[0].offset, records[-1].offset
    return progress is not None and first <= progress and last - first + 1 == len(records)


def runs(records: Records) -> Iterator[list[Record]]:
    """The records in lists without holes."""
    for _, run in groupby(enumerate(records), lambda placed: placed[1].offset - placed[0]):
        yield [record for _, record in run]


class MissingRecords:
    """Reads from the log what was left out."""

    def __init__(self, clients: Clients, topic: str) -> None:
        """Connects for each reading; there are few."""
        self._clients = clients
        self._topic = topic

    async def read(
        self, partition: int, start: int | None, end: int
    ) -> AsyncGenerator[Records, None]:
        """The records from ``start``, or the first there is, up to ``end``, in lists.

        Raises:
            LeadRouterError: the broker is away.
        """
        source = TopicPartition(self._topic, partition)
        held = (await spans_of(self._clients, [source]))[source]
        begin = max(held.start, start or 0)
        if begin < end:
            async for records in read_spans(self._clients, {source: Span(begin, end)}):
                yield records
