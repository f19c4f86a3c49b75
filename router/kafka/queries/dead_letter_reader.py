"""Dead letters as they lie in their topic, and which of them were sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from typing import Any

from aiokafka.structs import TopicPartition

from router.errors import UsageError
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.dead_letters import ORIGINAL
from router.kafka.runtime.step import Record

REDRIVEN = "redriven"
"""Header of a marker: which letter of this partition was sent again. Its key is the letter's place
and its value null: a record of Kafka's Python client must have one of them."""

REDRIVEN_FROM = "redriven_from"
"""Header of a record that was sent again; a second dead letter of it carries it along."""

_DIGITS_MAX = 18
"""Of a partition or an offset; more are none, and too much for JSON."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter; ``place`` is ``partition/offset``, as commands name it."""

    record: Record
    said: dict[str, str]

    @property
    def place(self) -> str:
        """Where it lies."""
        return f"{self.record.partition}/{self.record.offset}"

    @property
    def step(self) -> str:
        """The step that could not go on with it."""
        return self.said.get("step", "?")

    @property
    def reason(self) -> str:
        """Why."""
        return self.said.get("reason", "?")

    @property
    def source(self) -> str:
        """Where the record was read: ``topic-partition``."""
        return f"{self.said.get('topic', '?')}-{self.said.get('partition', '?')}"

    @property
    def original_headers(self) -> list[tuple[str, bytes]]:
        """The headers that the record had."""
        return [
            (name.removeprefix(ORIGINAL), text)
            for name, text in self.record.headers
            if name.startswith(ORIGINAL) and text is not None
        ]

    @property
    def is_blank(self) -> bool:
        """Whether it has neither key nor value: there is nothing that could be sent again."""
        return self.record.key is None and self.record.value is None

    @property
    def is_addressed(self) -> bool:
        """Whether its headers say where the record was read, and so where it can be sent again."""
        return bool(self.said.get("topic")) and number_in(self.said, "partition") >= 0

    @property
    def attempts(self) -> int:
        """How often it has been sent again before."""
        return sum(name == ORIGINAL + REDRIVEN_FROM for name, _ in self.record.headers)

    def with_value(self, value: bytes) -> Letter:
        """Return the letter with another value in place of its own, which was mended."""
        return replace(self, record=replace(self.record, value=value))

    def as_json(self, *, redriven: bool) -> dict[str, Any]:
        """All but the payload."""
        return {
            "place": self.place,
            "timestamp_ms": self.record.timestamp,
            "size_bytes": len(self.record.value or b""),
            "redriven": redriven,
            **{name: self.said.get(name) for name in ("step", "reason", "detail", "topic")},
            **{name: number_in(self.said, name) for name in ("partition", "offset")},
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters; ``None`` is any. Offsets are those of the dead letters, ends included."""

    place: str | None = None
    step: str | None = None
    reason: str | None = None
    partition: int | None = None
    first_offset: int | None = None
    last_offset: int | None = None

    def holds(self, letter: Letter) -> bool:
        """Whether it is one of them."""
        offset = letter.record.offset
        return (
            self.place in {None, letter.place}
            and self.step in {None, letter.step}
            and self.reason in {None, letter.reason}
            and self.partition in {None, letter.record.partition}
            and (self.first_offset is None or offset >= self.first_offset)
            and (self.last_offset is None or offset <= self.last_offset)
        )


@dataclass(slots=True)
class Box:
    """The letters that were asked for, in the order of time, and the places sent again."""

    letters: list[Letter]
    redriven: set[str]


def checked_place(text: str) -> str:
    """A place as people write it.

    Raises:
        UsageError: it is none.
    """
    partition, _, offset = text.partition("/")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise UsageError(f"{text} is no place: write partition/offset as `list` shows it: 2/17")
    return f"{int(partition)}/{int(offset)}"


async def read_box(clients: Clients, topic: str, selection: Selection) -> Box:
    """Read the whole topic; letters stay in memory, markers do not."""
    box = Box([], set())
    async for letter in _letters(clients, topic, selection.partition):
        if REDRIVEN in letter.said:
            box.redriven.add(letter.said[REDRIVEN])
        elif selection.holds(letter):
            box.letters.append(letter)
    box.letters.sort(key=lambda each: each.record.timestamp)
    return box


async def read_letter(clients: Clients, topic: str, partition: int, offset: int) -> Letter | None:
    """The dead letter at a place; None when there is none, or no more."""
    source = TopicPartition(topic, partition)
    held = (await log_spans(clients, [topic])).get(source)
    if held is None or not held.start <= offset < (held.end or 0):
        return None
    async for records in read_spans(clients, {source: Span(offset, offset + 1)}):
        for record in records:
            letter = _letter(record)
            return None if REDRIVEN in letter.said else letter
    return None


async def _letters(clients: Clients, topic: str, partition: int | None) -> AsyncIterator[Letter]:
    held = await log_spans(clients, [topic])
    spans = {source: span for source, span in held.items() if partition in {None, source.partition}}
    if not spans:
        raise UsageError(f"{topic} has no partition {partition}: it has {len(held)}, from 0")
    async for records in read_spans(clients, spans):
        for record in records:
            yield _letter(record)


def _letter(record: Record) -> Letter:
    return Letter(record, said_in(record.headers))


def said_in(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """What a dead letter's headers say, without those that the record had before."""
    return {
        name: (text or b"").decode("utf-8", "replace")
        for name, text in headers
        if not name.startswith(ORIGINAL)
    }


def number_in(said: dict[str, str], name: str) -> int:
    """A number in a dead letter's headers; -1 without one, or when what stands there is none."""
    text = said.get(name, "")
    is_one = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    return int(text) if is_one else -1


async def redrive(clients: Clients, letters: list[Letter]) -> None:
    """Send each record again to the partition it came from, then mark its letter.

    At least once: if this is broken off between the two, the letter is still unmarked. A lead
    event sent twice changes nothing, by its ``event_id``.
    """
    producer = clients.plain_producer()
    try:
        await producer.start()
        for letter in letters:
            source = TopicPartition(letter.said["topic"], int(letter.said["partition"]))
            record, came_from = letter.record, (REDRIVEN_FROM, letter.place.encode())
            await producer.send_and_wait(
                source.topic,
                record.value,
                record.key,
                partition=source.partition,
                headers=[*letter.original_headers, came_from],
            )
            await producer.send_and_wait(
                record.topic,
                None,
                letter.place.encode(),
                partition=record.partition,
                headers=[(REDRIVEN, letter.place.encode())],
            )
    finally:
        await producer.stop()
