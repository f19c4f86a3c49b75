"""``lead-router watch``: assignments as they are made."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Annotated, cast

import msgspec
import typer
from aiokafka.structs import TopicPartition
from rich.text import Text

from router.cli.output.terminal import Json, complain, err, out
from router.cli.output.watch_lines import Columns, style_of
from router.cli.records import broker_errors
from router.core.explain.explain import People
from router.core.model.assignment import Assignment, Outcome
from router.core.model.timestamps import rfc3339
from router.errors import UsageError
from router.intake.files.problems import listed
from router.intake.files.roster_file import CHANNELS
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import people_of_roster
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

_encode = msgspec.json.Encoder().encode
_HEAD_EVERY = 40
_MARKERS_TOO = 4
"""Each transaction's marker takes an offset too, so that many more offsets are looked at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which assignments to show; ``None`` is any."""

    channel: str | None = None
    pool: str | None = None
    rep: str | None = None
    outcome: str | None = None

    def holds(self, decision: Assignment) -> bool:
        """Whether the assignment is wanted."""
        asked = (
            (self.channel, decision.get("sales_channel")),
            (self.pool, decision.get("pool_id")),
            (self.outcome, decision["outcome"]),
        )
        reps = (decision.get("rep_id"), decision.get("previous_rep_id"))
        return all(want is None or want == has for want, has in asked) and (
            self.rep is None or self.rep in reps
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("watch")(watch)


def watch(
    *,
    channel: Annotated[str | None, typer.Option(help="Only `field` or `inside`.")] = None,
    pool: Annotated[str | None, typer.Option(help="Only of this pool.")] = None,
    rep: Annotated[
        str | None, typer.Option(help="Only to or from this rep: rep id, CRM id or name.")
    ] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only with this outcome.")] = None,
    last: Annotated[int, typer.Option(min=0, help="Show the last so many first.")] = 0,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Show all that the topic holds first.")
    ] = False,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", help="End when what is there has been shown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show assignments as they are made, one line each, until Ctrl-C.

    With --json each is one line of JSON, the assignment event as it was published.

    Example: lead-router watch --channel field --last 20
    """
    if no_follow and not from_beginning and not last:
        raise UsageError("--no-follow shows nothing: add --last N or --from-beginning")
    if channel is not None and channel not in CHANNELS:
        raise UsageError(f"there is no channel {channel}; there are: {', '.join(CHANNELS)}")
    settings = Settings()
    wanted = Wanted(channel, pool, rep, outcome)
    with broker_errors(settings, "watch assignments"):
        asyncio.run(
            _watch(settings, wanted, None if from_beginning else last, not no_follow, as_json)
        )


async def _watch(
    settings: Settings,
    wanted: Wanted,
    last: int | None,
    follow: bool,  # noqa: FBT001 - the options as they were given
    as_json: bool,  # noqa: FBT001
) -> None:
    clients, topics = Clients(settings.kafka), topics_of(settings)
    people = People() if as_json and not wanted.rep else await people_of_roster(clients, topics)
    if wanted.rep:
        wanted = replace(wanted, rep=_rep_wanted(people, wanted.rep))
    if follow and err.is_terminal:
        err.print("waiting for assignments; Ctrl-C ends", style="dim")
    columns = Columns.for_width(out.width)
    shown, day = 0, rfc3339(time.time_ns() // 1_000_000)[:10]
    async with aclosing(_records(clients, topics.assignments, last, follow=follow)) as records:
        async for record in records:
            decision = decode(record.value or b"{}")
            if not wanted.holds(decision):
                continue
            if as_json:
                sys.stdout.write(_encode(decision).decode() + "\n")
                sys.stdout.flush()
                continue
            if shown % _HEAD_EVERY == 0:
                out.print(Text(columns.head(), style="bold"), soft_wrap=True)
            if day != (day := decision["decided_at"][:10]):
                out.print(Text(day, style="bold"))
            out.print(
                Text(columns.row(decision, people.names), style=style_of(decision)), soft_wrap=True
            )
            shown += 1


def _rep_wanted(people: People, name: str) -> str:
    """Return the id of the rep whom a name means; of former reps it is their id as it was."""
    found = people.named(name)
    if len(found) > 1:
        raise UsageError(f"{name} may be any of {listed(found)}: name one of them")
    if not found:
        complain(f"{name} is not on the roster now: see `lead-router roster show`")
        return name
    return found[0]


async def _records(
    clients: Clients, topic: str, last: int | None, *, follow: bool
) -> AsyncGenerator[Record]:
    """What is there in the order of time, then what comes."""
    held = await log_spans(clients, [topic])
    async with aclosing(_history(clients, held, last)) as history:
        async for record in history:
            yield record
    if follow:
        spans = {source: Span(span.end or 0) for source, span in held.items()}
        async with _reading(clients, spans) as coming:
            async for records in coming:
                for record in records:
                    yield record


async def _history(
    clients: Clients, held: dict[TopicPartition, Span], last: int | None
) -> AsyncGenerator[Record]:
    if last == 0:
        return
    if last is None:
        async with _reading(clients, held) as all_there_is:
            async for records in all_there_is:
                for record in records:
                    yield record
        return
    tails = {
        source: Span(max(span.start, (span.end or 0) - _MARKERS_TOO * last), span.end)
        for source, span in held.items()
    }
    found = [record async for records in read_spans(clients, tails) for record in records]
    found.sort(key=lambda record: (record.timestamp, record.partition, record.offset))
    for record in found[-last:]:
        yield record


def _reading(
    clients: Clients, spans: Mapping[TopicPartition, Span]
) -> aclosing[AsyncGenerator[Sequence[Record]]]:
    """:func:`read_spans`, ended in its turn when the output ends early, as in ``watch | head``."""
    return aclosing(cast("AsyncGenerator[Sequence[Record]]", read_spans(clients, spans)))
