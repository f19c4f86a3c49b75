"""``lead-router dead-letters``: look at what could not be understood, and send it again."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from router.cli.files import count_of
from router.cli.output.outcome_tables import in_words, show, table_of
from router.cli.output.terminal import Json, out, progress, write_json
from router.cli.records import broker_errors
from router.core.explain.formatting import moment
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError, UsageError
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.files.problems import did_you_mean
from router.kafka.client.clients import Clients
from router.kafka.queries.dead_letter_reader import (
    Box,
    Letter,
    Selection,
    checked_place,
    read_box,
    redrive,
)
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

dead_letters = typer.Typer(
    help="What could not be understood: look at it, send it again.", no_args_is_help=True
)

STEPS = ("intake", "route", "engagement")
Step = Annotated[str | None, typer.Option(help="Only of `intake`, `route` or `engagement`.")]
Reason = Annotated[str | None, typer.Option(help="Only for this reason, such as not_json.")]
Partition = Annotated[int | None, typer.Option(min=0, help="Only of this partition.")]
First = Annotated[int | None, typer.Option("--from", min=0, help="From this offset on.")]
Last = Annotated[int | None, typer.Option("--to", min=0, help="Up to this offset.")]
Place = Annotated[str, typer.Argument(metavar="PLACE", help="partition/offset, as `list` shows.")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(dead_letters, name="dead-letters")


@dead_letters.command(name="list")
def list_(
    *,
    step: Step = None,
    reason: Reason = None,
    partition: Partition = None,
    first: First = None,
    last: Last = None,
    at_most: Annotated[int, typer.Option(min=1, help="Show the latest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Show dead letters, the latest last; never what was in them.

    Example: lead-router dead-letters list --reason not_json
    """
    selection = Selection(None, step, reason, partition, first, last)
    _check(selection)
    box = _read(selection, "list dead letters")
    if as_json:
        write_json([each.as_json(redriven=each.place in box.redriven) for each in box.letters])
        return
    if not box.letters:
        show("no dead letters")
        return
    show(_table(box, at_most))
    counts = Counter((each.step, each.reason) for each in box.letters)
    said = ", ".join(f"{count} {in_words(reason)}" for (_, reason), count in counts.most_common())
    show(f"{count_of(len(box.letters), 'dead letter')}: {said}")


@dead_letters.command(name="show")
def show_(
    place: Place,
    *,
    payload: Annotated[
        bool, typer.Option("--payload", help="Also the record itself: it may be personal data.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show one dead letter: where it came from and what is wrong with it.

    Example: lead-router dead-letters show 2/17 --payload
    """
    letter, redriven = _one(checked_place(place))
    value = letter.record.value or b""
    if as_json:
        shown = {"payload": value.decode("utf-8", "replace")} if payload else {}
        write_json(letter.as_json(redriven=redriven) | shown)
        return
    rows = {
        "place": letter.place,
        "when": moment(rfc3339(letter.record.timestamp)),
        "step": letter.step,
        "reason": in_words(letter.reason),
        "what is wrong": letter.said.get("detail", ""),
        "came from": f"{letter.source}, offset {letter.said.get('offset', '?')}",
        "size": f"{len(value):,} bytes",
        "sent again": "yes" if redriven else "no",
        "headers": ", ".join(name for name, _ in letter.original_headers) or "none",
    }
    for label, text in rows.items():
        show(f"{label:14} {escape(text)}")
    if payload:
        out.print(Text(value.decode("utf-8", "backslashreplace")), soft_wrap=True)
    else:
        show("The record itself is shown with --payload; it may hold personal data.")


@dead_letters.command(name="redrive")
def redrive_(  # noqa: PLR0913 - each is an option of the command
    place: Annotated[
        str | None, typer.Argument(metavar="PLACE", help="One letter: partition/offset.")
    ] = None,
    *,
    step: Step = None,
    reason: Reason = None,
    partition: Partition = None,
    first: First = None,
    last: Last = None,
    every: Annotated[bool, typer.Option("--all", help="All that were not sent again yet.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also those sent again before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which.")] = False,
    as_json: Json = False,
) -> None:
    """Send records again, byte for byte, to where they came from; after their cause is mended.

    Each letter is marked, and not sent a second time unless asked with --again. A record that
    still cannot be understood becomes a new dead letter.

    Example: lead-router dead-letters redrive --reason unknown_sales_org --dry-run
    """
    offsets = (partition, first, last)
    if not any((place, step, reason, every)) and all(each is None for each in offsets):
        raise UsageError("say which: a PLACE, --reason, --step, --partition, --from, --to or --all")
    wanted = checked_place(place) if place else None
    selection = Selection(wanted, step, reason, partition, first, last)
    _check(selection)
    box = _read(selection, "redrive dead letters")
    asked = [each for each in box.letters if again or each.place not in box.redriven]
    letters = [each for each in asked if not each.is_blank and each.is_addressed]
    if not letters:
        blank = ", only records without key and value, or without an origin" if asked else ""
        raise LeadRouterError(
            f"no dead letter to send again{blank}: see `lead-router dead-letters list`"
        )
    if not dry_run:
        settings = Settings()
        with progress("sending"), broker_errors(settings, "redrive dead letters"):
            asyncio.run(redrive(Clients(settings.kafka), letters))
    if as_json:
        write_json({"redriven": [each.place for each in letters], "dry_run": dry_run})
        return
    for source, count in Counter(each.said["topic"] for each in letters).most_common():
        done = "would be" if dry_run else "were" if count > 1 else "was"
        show(f"{count_of(count, 'record')} {done} sent again to {escape(source)}")


def _check(selection: Selection) -> None:
    """A word that no dead letter has is a slip: it must not look like "none"."""
    for what, given, known in (
        ("step", selection.step, STEPS),
        ("reason", selection.reason, tuple(DeadLetterReason)),
    ):
        if given is not None and given not in known:
            near = did_you_mean(given, known) or f"; there are: {', '.join(known)}"
            raise UsageError(f"there is no {what} {given}{near}")


def _read(selection: Selection, doing: str) -> Box:
    settings = Settings()
    topic = topics_of(settings).dead_letters
    with progress(f"reading {topic}"), broker_errors(settings, doing):
        return asyncio.run(read_box(Clients(settings.kafka), topic, selection))


def _one(place: str) -> tuple[Letter, bool]:
    partition = int(place.partition("/")[0])
    box = _read(Selection(place=place, partition=partition), "show a dead letter")
    if not box.letters:
        raise UsageError(f"there is no dead letter at {place}: see `lead-router dead-letters list`")
    return box.letters[0], place in box.redriven


def _table(box: Box, at_most: int) -> Table:
    left_out = len(box.letters) - at_most
    title = f"Dead letters, the latest {at_most}" if left_out > 0 else "Dead letters"
    table = table_of(title, "place", "when (UTC)", "step", "reason", "what is wrong", "sent again")
    for each in box.letters[-at_most:]:
        table.add_row(
            each.place,
            moment(rfc3339(each.record.timestamp))[5:19],
            each.step,
            in_words(each.reason),
            escape(each.said.get("detail", "")),
            "yes" if each.place in box.redriven else "no",
        )
    return table
