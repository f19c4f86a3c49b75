r"""Records whose header names are not UTF-8: allowed by every broker, fatal to aiokafka.

aiokafka decodes header names strictly and raises in the middle of a batch, before anyone has seen
the record; it would do so again after every restart, and one stranger's record would hold up all
leads behind it. Such a batch is read once more by aiokafka's own Python reader, with the bytes
that are no text written as ``\xff``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy

_FRAME = struct.Struct(">qi")
"""What every batch begins with: its first offset, and the bytes that follow."""


class _AnyNames(bytearray):
    """A batch's bytes in which everything can be decoded."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _AnyNames(found) if isinstance(place, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return bytes(self).decode(encoding, errors)


class _Batch:
    """A batch of aiokafka's, readable to its end."""

    def __init__(self, batch: Any, fetched: bytes) -> None:
        self._batch = batch
        self._fetched = fetched

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._batch
        except UnicodeDecodeError:
            # From its first record on: the fetcher leaves out those that it has seen.
            yield from _read_again(self._fetched, self._batch.base_offset)


def _read_again(fetched: bytes, base_offset: int) -> Iterator[Any]:
    begin = 0
    while True:
        offset, length = _FRAME.unpack_from(fetched, begin)
        end = begin + _FRAME.size + length
        if offset == base_offset:
            batch = _DefaultRecordBatchPy(fetched[begin:end])
            batch._maybe_uncompress()  # noqa: SLF001 - the only way to its plain bytes
            batch._buffer = _AnyNames(batch._buffer)  # noqa: SLF001 - likewise
            return iter(batch)
        begin = end


class TolerantRecords:
    """Stands in for aiokafka's ``MemoryRecords``: the batches of one fetched partition."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._records = _strict(fetched)
        self.has_next = self._records.has_next
        self.size_in_bytes = self._records.size_in_bytes

    def next_batch(self) -> Any:
        """The next batch, or None after the last."""
        batch = self._records.next_batch()
        return None if batch is None else _Batch(batch, self._fetched)


_strict = fetcher.MemoryRecords


def tolerate_any_header_name() -> None:
    """From now on every consumer of this process reads such records."""
    fetcher.MemoryRecords = TolerantRecords
