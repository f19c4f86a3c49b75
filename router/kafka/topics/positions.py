"""``routing.positions``: where intake goes on in each partition of its input. See ADR 0010.

One partition, so that all positions have one order. Written in the same transaction as what was
made of the records before it, and read when every former owner is fenced. Committed group offsets
only show lag.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, read_spans, written_spans
from router.kafka.runtime.step import PartitionError
from router.kafka.runtime.write_buffer import NO_HEADERS, Outbox
from router.kafka.topics.codecs import decode, encode


class Position(NamedTuple):
    """Where intake goes on, and the time of the youngest record before it (None if not known)."""

    next_offset: int
    at_ms: int | None = None


class Positions:
    """The positions of one step, for all its partitions in this process."""

    def __init__(self, clients: Clients, topic: str) -> None:
        """Nothing is read before the first question."""
        self._clients = clients
        self._log = TopicPartition(topic, 0)
        self._positions: dict[bytes, Position] = {}
        self._read_to = 0
        self._lock = asyncio.Lock()
        self._asked = self._answered = 0

    async def of(self, source: TopicPartition) -> Position | None:
        """The position in ``source`` as it is committed now, None if there is none.

        Ask only when every former owner is fenced. Those who ask while another answer is being
        read share the next one: a process that is given forty partitions reads the log twice, not
        forty times.

        Raises:
            PartitionError: the topic holds a record that is not one of ours.
        """
        self._asked += 1
        ticket = self._asked
        async with self._lock:
            if self._answered < ticket:
                covered = self._asked
                await self._read_on()
                self._answered = covered
        return self._positions.get(_key(source))

    def put(self, outbox: Outbox, source: TopicPartition, position: Position) -> None:
        """Add the position to a transaction."""
        outbox.at(self._log).append((*position_record(source, position), NO_HEADERS))

    async def _read_on(self) -> None:
        """Read what was written since, to the very end.

        Up to what is written, not to the last stable offset: a neighbour's open transaction would
        hide our own record behind it. Each ends by itself or by its time limit, so the wait does.
        """
        written = (await written_spans(self._clients, [self._log]))[self._log]
        unread = Span(max(written.start, self._read_to), written.end)
        async for records in read_spans(self._clients, {self._log: unread}):
            for record in records:
                self._take(record.key or b"", record.value or b"")
        self._read_to = written.end or 0

    def _take(self, key: bytes, value: bytes) -> None:
        try:
            said = decode(value)
            self._positions[key] = Position(int(said["next_offset"]), said.get("at_ms"))
        except (ValueError, LookupError, TypeError) as error:
            raise PartitionError(
                f"{self._log.topic} holds a record that is not a position of intake's: nobody else"
                " may write there; restore the topic"
            ) from error


def position_record(source: TopicPartition, position: Position) -> tuple[bytes, bytes]:
    """Key and value of a position."""
    return _key(source), encode(position._asdict())


def _key(source: TopicPartition) -> bytes:
    return f"{source.topic}-{source.partition}".encode()
