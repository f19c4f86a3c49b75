"""``lead-router replay``: decide everything again and compare."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import typer
from rich.markup import escape

from router.cli.files import count_of
from router.cli.records import broker_errors
from router.cli.render_tally import show, table_of
from router.cli.replaying import Replayed
from router.cli.replaying import replay as replay_inbox
from router.cli.terminal import Json, progress, write_json
from router.core.decision import CORE_VERSION
from router.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("replay")(replay)


def replay(*, as_json: Json = False) -> None:
    """Fold the inbox from its first record and compare with every assignment, bit by bit.

    The router may go on meanwhile. Decisions of another core version are counted and not
    compared, nor are those that the topic does not hold any more. Exits with 1 if any differs.

    Example: lead-router replay --json
    """
    settings, began = Settings(), time.perf_counter()
    with progress("replaying") as report, broker_errors(settings, "replay the inbox"):
        found = asyncio.run(replay_inbox(settings, report))
    took_s = time.perf_counter() - began
    if as_json:
        write_json(_as_json(found, took_s))
    else:
        _show(found, took_s)
    if found.differences:
        raise typer.Exit(1)


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
