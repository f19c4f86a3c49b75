"""How far the table goes in each partition of the log.

When partitions change hands Faust may go on behind records that it had fetched and thrown away: it
takes the hole for one of the log's own, and commits past it. So the table keeps its own account, a
row for each partition of the log, written behind the rows of the batch that it speaks of; and what
is missing before the next record is read from the log.
"""

from __future__ import annotations

from collections.abc import Sequence

from router.kafka.runtime.step import Record
from router.roles.streams.engagement.codec import encode_history, place_in
from router.roles.streams.engagement.faust_app.table import Reader
from router.roles.streams.engagement.history import History, Place

Records = Sequence[Record]


def progress_key(partition: int) -> bytes:
    """The key of a partition's own row; those of leads begin with a sales org."""
    return f"\0{partition}".encode()


def is_progress_key(key: bytes) -> bool:
    """Whether it is a partition's."""
    return key.startswith(b"\0")


def read_progress(store: Reader, partition: int) -> Place | None:
    """How far the partition is in the table, None for not at all."""
    [value] = store.read_rows(partition, [progress_key(partition)])
    return None if value is None else place_in(value)


def progress_row(before: Place | None, records: Records) -> tuple[bytes, bytes]:
    """The row to be written behind those of ``records``: a history without activities."""
    reached = advanced(before, records)
    row = History(reached.next_offset, reached.log_ms)
    return progress_key(records[-1].partition), encode_history(row)


def advanced(before: Place | None, records: Records) -> Place:
    """How far the table goes when ``records`` are in it; not back, if they come a second time."""
    log_ms, next_offset = max(each.timestamp for each in records), records[-1].offset + 1
    if before is None or is_of_another_log(before, records[-1]):
        return Place(log_ms, next_offset)
    return Place(max(before.log_ms, log_ms), max(before.next_offset, next_offset))


def is_of_another_log(before: Place, record: Record) -> bool:
    """Whether the topic was made anew: an offset that has been, but at a later time."""
    return bool(record.offset < before.next_offset and record.timestamp > before.log_ms)


def unknown(before: Place | None, records: Records) -> Records:
    """Those of ``records`` that are not in the table.

    What is in it has had its effect on other topics too: they are written first.
    """
    if before is None or records[0].offset >= before.next_offset:
        return records
    return [
        each
        for each in records
        if each.offset >= before.next_offset or is_of_another_log(before, each)
    ]


def start_of(before: Place | None, first: Record) -> int | None:
    """The first offset that is not in the table before ``first`` is; None: whatever there is."""
    if before is None or is_of_another_log(before, first):
        return None
    return before.next_offset


def is_gapless(before: Place | None, records: Records) -> bool:
    """Whether no record can be missing before or among ``records``, which are in order."""
    first, last = records[0], records[-1]
    start = start_of(before, first)
    is_run = last.offset - first.offset + 1 == len(records)
    return bool(start is not None and first.offset <= start and is_run)
