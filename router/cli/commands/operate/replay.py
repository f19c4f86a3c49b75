"""``lead-router replay``: decide everything again and compare."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import typer
from rich.markup import escape

from router.cli.files import count_of
from router.cli.output.outcome_tables import show, table_of
from router.cli.output.terminal import Json, out, progress, write_json
from router.cli.records import broker_errors
from router.core.model.assignment import CORE_VERSION
from router.errors import UsageError
from router.offline.inbox_copy import copy_inbox
from router.offline.replay_compare import Replayed
from router.offline.replay_compare import replay as replay_inbox
from router.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("replay")(replay)


def replay(
    *,
    into: Annotated[
        str | None,
        typer.Option(metavar="PREFIX", help="Copy the inbox to the topics of this prefix instead."),
    ] = None,
    sales_org: Annotated[
        str | None, typer.Option("--sales-org", help="With --into: only what is about this one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fold the inbox from its first record and compare with every assignment, bit by bit.

    The router may go on meanwhile. Decisions of another core version are counted and not
    compared, nor are those that the topic does not hold any more. Exits with 1 if any differs.

    With --into nothing is compared: the inbox is copied, with its times, to where a router of its
    own decides everything again.

    Examples: lead-router replay --json; lead-router replay --into lead-router-2.
    """
    settings, began = Settings(), time.perf_counter()
    if into is not None:
        _copy(settings, into, sales_org, as_json=as_json)
        return
    if sales_org is not None:
        raise UsageError("--sales-org goes with --into: a comparison is of the whole inbox")
    with progress("replaying") as report, broker_errors(settings, "replay the inbox"):
        found = asyncio.run(replay_inbox(settings, report))
    took_s = time.perf_counter() - began
    if as_json:
        write_json(_as_json(found, took_s))
    else:
        _show(found, took_s)
    if found.differences:
        raise typer.Exit(1)


def _copy(settings: Settings, prefix: str, sales_org: str | None, *, as_json: bool) -> None:
    with progress("making topics") as report, broker_errors(settings, "copy the inbox"):
        copied = asyncio.run(copy_inbox(settings, prefix, sales_org, report))
    if as_json:
        write_json(copied._asdict())
        return
    count = count_of(copied.records, "record")
    show(f"{count} copied into {escape(copied.topic)}; decide them with")
    there = f"LEAD_ROUTER_TOPICS__PREFIX={prefix}"
    if sales_org is not None:
        there += f" LEAD_ROUTER_SALES_ORGS='[\"{sales_org}\"]'"
        there += f" LEAD_ROUTER_DEFAULT_SALES_ORG={sales_org}"
    out.print(f"{escape(there)} lead-router run", soft_wrap=True)  # to be copied in one piece


def _show(found: Replayed, took_s: float) -> None:
    show(
        f"{count_of(found.records, 'inbox record')} folded in {took_s:.1f} s:"
        f" [bold]{count_of(found.same, 'decision')} the same[/bold] bit by bit,"
        f" {count_of(found.differences, 'difference')}"
    )
    if found.before_kept:
        show(f"{count_of(found.before_kept, 'decision')} older than what the topic still holds")
    if found.other_core:
        show(
            f"{count_of(found.other_core, 'decision')} of another core version than {CORE_VERSION},"
            " not compared"
        )
    if found.shown:
        table = table_of("Differences", "assignment", "inbox", "kind", "published → now")
        for kind, place, what in found.shown:
            inbox = f"{place.partition}/{place.offset}"
            table.add_row(escape(place.assignment_id), inbox, kind, escape(what))
        show(table)


def _as_json(found: Replayed, took_s: float) -> dict[str, Any]:
    return {
        "records": found.records,
        "same": found.same,
        "differences": found.differences,
        "older_than_kept": found.before_kept,
        "other_core_version": found.other_core,
        "seconds": round(took_s, 3),
        "shown": [
            {"kind": kind, **place._asdict(), "what": what} for kind, place, what in found.shown
        ],
    }
