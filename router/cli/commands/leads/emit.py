"""``lead-router emit``: leads, activity and feedback from a file into their topics, as they are."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn

from router.cli.files import count_of
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, complain, err, write_json
from router.cli.records import broker_errors
from router.errors import LeadRouterError, UsageError
from router.kafka.client.clients import Clients
from router.kafka.rights.right import Operation
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import Topics, topics_of
from router.offline.lead_log import STDIN
from router.settings import Settings

_IN_FLIGHT_MAX = 2_000
_TOO_LARGE_SHOWN = 5
_READ_BYTES = 1 << 18


class _Named(msgspec.Struct):
    """All that a key and the choice of a topic need of a record."""

    lead_id: str = ""
    activity_type: str | None = None
    feedback_type: str | None = None

    def topic_of(self, topics: Topics) -> str:
        """Return the topic in which the record belongs: that of leads unless it names its type."""
        if self.activity_type is not None:
            return topics.activity
        return topics.leads if self.feedback_type is None else topics.feedback


_TABLES = {".csv", ".tsv"}
_read_name = msgspec.json.Decoder(_Named).decode


@dataclass(slots=True)
class Sent:
    """How far it came; ``too_large`` are line numbers of records that no broker takes."""

    lines: int = 0
    by_topic: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    too_large: list[int] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def records(self) -> int:
        """How many were sent."""
        return self.by_topic.total()


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("emit")(emit)


def emit(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Leads, activity, feedback: one JSON object a line; or - ."
        ),
    ],
    *,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="At most so many a second; as fast as can be.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Send leads, activity and feedback to the router, byte for byte as they stand in the file.

    Every line becomes one record, keyed by its `lead_id`. Those with an `activity_type` go to the
    topic of activity, those with a `feedback_type` to that of feedback, all others are leads. What
    the router cannot understand it puts among the dead letters, with the reason; to check first
    use `lead-router simulate`.

    Example: lead-router emit leads.jsonl --rate 200
    """
    if path.suffix.casefold() in _TABLES:
        raise UsageError(
            f"{path} is a table, and every line would be sent as it stands: use"
            f" `lead-router import leads {path} --as submitted`"
        )
    settings, sent = Settings(), Sent()
    with (
        _opened(path) as (file, size),
        broker_errors(settings, "send records", Operation.WRITE),
    ):
        try:
            asyncio.run(_emit(settings, file, size, rate, sent))
        except KeyboardInterrupt:
            complain(f"stopped: {count_of(sent.records, 'record')} sent, up to line {sent.lines}")
            raise
    _tell(path, sent, as_json=as_json)
    if sent.too_large:
        places = ", ".join(str(line) for line in sent.too_large[:_TOO_LARGE_SHOWN])
        raise LeadRouterError(
            f"{count_of(len(sent.too_large), 'line')} of {path} not sent, too large for any broker"
            f" (line {places}): cut them and send them again"
        )


def _tell(path: Path, sent: Sent, *, as_json: bool) -> None:
    """Say what was sent, and to which topics."""
    if as_json:
        write_json(
            {
                "records": sent.records,
                "topics": dict(sent.by_topic),
                "too_large": sent.too_large,
                "seconds": sent.took_s,
            }
        )
    else:
        pace = sent.records / sent.took_s if sent.took_s else 0.0
        show(
            f"sent {count_of(sent.records, 'record')} from {escape(str(path))} in"
            f" {sent.took_s:.1f} s ({pace:,.0f}/s)"
        )
        if len(sent.by_topic) > 1:
            for topic, count in sent.by_topic.most_common():
                show(f"  {count:,} to {escape(topic)}")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    if path == STDIN:
        yield sys.stdin.buffer, None
        return
    try:
        with path.open("rb") as file:
            yield file, path.stat().st_size
    except OSError as error:
        if error.filename != str(path):
            raise
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


async def _emit(
    settings: Settings, file: BinaryIO, size: int | None, rate: float | None, sent: Sent
) -> None:
    clients, topics = Clients(settings.kafka), topics_of(settings)
    producer = clients.plain_producer()
    try:
        with _bar(size) as bar:
            await _send_all(clients, producer, topics, file, rate, sent, bar)
    finally:
        await producer.stop()


async def _send_all(
    clients: Clients,
    producer: AIOKafkaProducer,
    topics: Topics,
    file: BinaryIO,
    rate: float | None,
    sent: Sent,
    bar: Progress | None,
) -> None:
    began = time.perf_counter()
    flying: list[asyncio.Future[object]] = []
    async for line in _lines(file):
        sent.lines += 1
        sent.size_bytes += len(line)
        value = line.strip()
        if not value:
            continue
        if rate is not None:
            await asyncio.sleep(max(0.0, began + sent.records / rate - time.perf_counter()))
        try:
            named = _named(value)
            topic = named.topic_of(topics)
            if topic not in sent.by_topic:
                await read_shapes(clients, [topic], needed=Operation.WRITE)
                if not sent.by_topic:  # whose right to write is missing is told by topic
                    await producer.start()
            flying.append(await producer.send(topic, value, named.lead_id.encode() or None))
            sent.by_topic[topic] += 1
        except MessageSizeTooLargeError:
            sent.too_large.append(sent.lines)
        if len(flying) >= _IN_FLIGHT_MAX:
            await asyncio.gather(*flying)
            flying.clear()
        if bar is not None:
            bar.update(bar.task_ids[0], completed=sent.size_bytes)
    await asyncio.gather(*flying)
    sent.took_s = time.perf_counter() - began


async def _lines(file: BinaryIO) -> AsyncIterator[bytes]:
    """Lines as they come: a pipe may block for as long as its writer likes, a file never does."""
    at_once = _READ_BYTES if file.seekable() else 1
    while lines := await asyncio.to_thread(file.readlines, at_once):
        for line in lines:
            yield line


def _named(value: bytes) -> _Named:
    """The lead id, so that a lead's events keep their order; nothing where it cannot be read."""
    try:
        return _read_name(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _Named()


@contextmanager
def _bar(size: int | None) -> Iterator[Progress | None]:
    columns = (TextColumn("sending"), BarColumn(), DownloadColumn(), TaskProgressColumn())
    bar = Progress(*columns, console=err, transient=True) if err.is_terminal and size else None
    with bar or nullcontext():
        if bar is not None:
            bar.add_task("", total=size)
        yield bar
