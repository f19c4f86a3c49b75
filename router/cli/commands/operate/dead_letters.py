"""``lead-router dead-letters``: look at what could not be understood, and send it again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from router.cli.commands.operate.dead_letter_files import export, send
from router.cli.commands.operate.dead_letter_selection import (
    First,
    Last,
    Partition,
    Place,
    Reason,
    Step,
    lead_of,
    letters_of,
)
from router.cli.files import count_of
from router.cli.output.outcome_tables import in_words, show, table_of
from router.cli.output.terminal import Json, out, progress, write_json
from router.cli.records import broker_errors
from router.core.explain.formatting import moment
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError, UsageError
from router.kafka.client.clients import Clients
from router.kafka.queries.dead_letter_reader import Letter, Selection, checked_place, redrive
from router.settings import Settings

dead_letters = typer.Typer(
    help="What could not be understood: look at it, mend it, send it again.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    dead_letters.command()(export)
    dead_letters.command()(send)
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
    box = letters_of(selection, "list dead letters")
    if as_json:
        write_json([_as_json(each, redriven=each.place in box.redriven) for each in box.letters])
        return
    if not box.letters:
        show("no dead letters")
        return
    shown = box.letters[-at_most:]
    if len(box.letters) > at_most:
        show(f"The latest {at_most} of {len(box.letters):,}; all with --at-most")
    groups: dict[tuple[str, str, str], list[Letter]] = {}
    for each in shown:
        groups.setdefault((each.reason, each.said.get("topic", "?"), each.step), []).append(each)
    for (why, topic, by), letters in sorted(groups.items(), key=lambda item: -len(item[1])):
        title = f"{len(letters):,} {in_words(why)}, from {escape(topic)}, said by {by}"
        show(_table(title, letters, box.redriven))
    counts = Counter(each.reason for each in box.letters)
    said = ", ".join(f"{count} {in_words(reason)}" for reason, count in counts.most_common())
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
        write_json(_as_json(letter, redriven=redriven) | shown)
        return
    rows = {
        "place": letter.place,
        "when": moment(rfc3339(letter.record.timestamp)),
        "step": letter.step,
        "reason": in_words(letter.reason),
        "what is wrong": letter.said.get("detail", ""),
        "lead": lead_of(letter) or "-",
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
    box = letters_of(selection, "redrive dead letters")
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


def _one(place: str) -> tuple[Letter, bool]:
    partition = int(place.partition("/")[0])
    box = letters_of(Selection(place=place, partition=partition), "show a dead letter")
    if not box.letters:
        raise UsageError(f"there is no dead letter at {place}: see `lead-router dead-letters list`")
    return box.letters[0], place in box.redriven


def _table(title: str, letters: list[Letter], redriven: Container[str]) -> Table:
    """Return the dead letters of one topic for one reason, the latest last."""
    table = table_of(title, "place", "when (UTC)", "lead", "what is wrong", "sent again")
    for each in letters:
        table.add_row(
            each.place,
            moment(rfc3339(each.record.timestamp))[5:19],
            escape(lead_of(each) or "-"),
            escape(each.said.get("detail", "")),
            "yes" if each.place in redriven else "no",
        )
    return table


def _as_json(letter: Letter, *, redriven: bool) -> dict[str, Any]:
    return letter.as_json(redriven=redriven) | {"lead_id": lead_of(letter)}
