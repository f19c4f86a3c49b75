"""Kafka's frames, taken apart as far as it takes to choose one and to read what became of it.

Every request begins with API key, API version, correlation id and client id, whatever its
version. Bodies are read of the versions that aiokafka sends, which are not the flexible ones.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from aiokafka.errors import for_code

SIZE = struct.Struct(">i")


class Api(IntEnum):
    """Kafka's numbers of the requests that write."""

    PRODUCE = 0
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS = 24
    ADD_OFFSETS = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


WRITES = frozenset(Api)
_TRANSACTIONAL_ID_FIRST = WRITES - {Api.PRODUCE}


@dataclass(frozen=True, slots=True)
class Request:
    """A request frame. Beyond the header only writes are taken apart."""

    frame: bytes
    api_key: int
    version: int
    correlation_id: int
    client_id: str | None
    transactional_id: str | None = None
    topics: tuple[str, ...] = ()
    is_answered: bool = True

    @property
    def is_write(self) -> bool:
        """Whether it changes what topics or transactions hold."""
        return self.api_key in WRITES

    def __str__(self) -> str:
        name = Api(self.api_key).name if self.is_write else f"api {self.api_key}"
        return f"{name} of {self.transactional_id or self.client_id}"


class _Reader:
    """Reads Kafka's types one after the other."""

    def __init__(self, frame: bytes) -> None:
        self._frame, self._at = frame, 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(f">{form}", self._frame, self._at)
        self._at += struct.calcsize(f">{form}")
        return int(value)

    def skip(self, size: int) -> None:
        self._at += max(size, 0)

    def text(self) -> str | None:
        size = self.number("h")
        if size < 0:
            return None
        begin = self._at
        self._at += size
        return self._frame[begin : self._at].decode()

    def each(self) -> Iterator[int]:
        return iter(range(max(self.number("i"), 0)))


def read_request(frame: bytes) -> Request:
    """Return the request in ``frame``, which is without its length."""
    reader = _Reader(frame)
    api_key, version = reader.number("h"), reader.number("h")
    header = (frame, api_key, version, reader.number("i"), reader.text())
    if api_key == Api.PRODUCE:
        return _read_produce(reader, *header)
    if api_key in _TRANSACTIONAL_ID_FIRST:
        transactional_id = reader.text()
        topics: tuple[str, ...] = ()
        if api_key == Api.ADD_PARTITIONS:
            reader.skip(8 + 2)  # producer id and epoch
            topics = tuple(_topics(reader, lambda: reader.skip(4 * reader.number("i"))))
        return Request(*header, transactional_id, topics)
    return Request(*header)


def _read_produce(reader: _Reader, *header) -> Request:
    version = header[2]
    assert 3 <= version <= 8, f"Produce of version {version}: read it here first"
    transactional_id = reader.text()
    acks = reader.number("h")
    reader.skip(4)  # timeout

    def skip_partitions() -> None:
        for _ in reader.each():
            reader.skip(4)
            reader.skip(reader.number("i"))

    topics = tuple(_topics(reader, skip_partitions))
    return Request(*header, transactional_id, topics, is_answered=acks != 0)


def _topics(reader: _Reader, skip_partitions: Callable[[], None]) -> Iterator[str]:
    for _ in reader.each():
        yield reader.text() or ""
        skip_partitions()


def errors_in(request: Request, answer: bytes) -> tuple[str, ...]:
    """Return the names of all errors in the answer to a write, none if it was taken."""
    reader = _Reader(answer)
    reader.skip(4)  # correlation id
    found = {code for code in _codes(request, reader) if code}
    return tuple(sorted(for_code(code).__name__ for code in found))


def _codes(request: Request, reader: _Reader) -> Iterator[int]:
    match request.api_key:
        case Api.PRODUCE:
            yield from _codes_of_produce(request.version, reader)
        case Api.ADD_PARTITIONS | Api.TXN_OFFSET_COMMIT:
            reader.skip(4)  # throttle time
            for _ in reader.each():
                reader.text()
                for _ in reader.each():
                    reader.skip(4)
                    yield reader.number("h")
        case Api.INIT_PRODUCER_ID | Api.END_TXN | Api.ADD_OFFSETS:
            reader.skip(4)
            yield reader.number("h")


def _codes_of_produce(version: int, reader: _Reader) -> Iterator[int]:
    for _ in reader.each():
        reader.text()
        for _ in reader.each():
            reader.skip(4)
            yield reader.number("h")
            reader.skip(8 + 8 + (8 if version >= 5 else 0))  # offset, time, start of the log
            if version >= 8:
                for _ in reader.each():
                    reader.skip(4)
                    reader.text()
                reader.text()


def correlation_id_of(answer: bytes) -> int:
    """Return the correlation id with which an answer begins."""
    return int(SIZE.unpack_from(answer)[0])


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next frame without its length; None when the connection has ended."""
    try:
        (size,) = SIZE.unpack(await reader.readexactly(SIZE.size))
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, OSError):
        return None
