"""``lead-router simulate``: what would have become of a file of leads."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from router.cli.file_options import (
    Currency,
    DateFormat,
    Decimal,
    Encoding,
    IgnoreUnknown,
    TimeZone,
    style_of,
)
from router.cli.files import count_of, show_problems
from router.cli.output.outcome_tables import by_outcome, by_pool, by_rep, in_words, show, table_of
from router.cli.output.terminal import Json, err, write_json
from router.core.explain.formatting import moment, span
from router.core.explain.messages import READ_PROBLEMS
from router.core.model.assignment import Assignment
from router.core.model.timestamps import rfc3339
from router.errors import UsageError
from router.kafka.runtime.gc_control import QuietCollector
from router.offline.assumed_reps import AssumedReps
from router.offline.lead_log import LeadLog, open_lead_log
from router.offline.router import OfflineRouter
from router.offline.simulation import Simulation
from router.settings import Settings

_LONG_LINES = 2_000
_PROGRESS_EVERY = 200
_REFUSED_SHOWN = 8
_WARNINGS = 20
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_encode = msgspec.json.Encoder().encode

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="Lead events: JSON lines, JSON, CSV, or - .")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("simulate")(simulate)


def simulate(  # noqa: PLR0913 - each is an option
    path: File,
    *,
    policy: Annotated[Path, typer.Option(help="The policy.")] = Path("policy.yaml"),
    roster: Annotated[Path, typer.Option(help="The reps.")] = Path("roster.csv"),
    accounts: Annotated[
        Path | None, typer.Option(help="The customers; accounts.csv if it is there.")
    ] = None,
    contact_after: Annotated[
        str, typer.Option(help="Reps are taken to answer after this time; `never` if not.")
    ] = "2m",
    close_after: Annotated[
        str, typer.Option(help="Leads are taken to end after this time; `never` if not.")
    ] = "14d",
    decisions: Annotated[
        Path | None, typer.Option(help="Write every decision to this file, as JSON lines.")
    ] = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    time_zone: TimeZone = None,
    decimal: Decimal = None,
    currency: Currency = None,
    ignore_unknown: IgnoreUnknown = False,
    as_json: Json = False,
) -> None:
    """Route a file of leads in memory, as if it were the day each of them came.

    No broker is needed and nothing is changed. `occurred_at` is the clock: hours, caps, clocks
    and the backlog work as they would have, past the last line until nothing is due. Lines with a
    `feedback_type` are taken as reports of the CRM. Exits with 1 if any line was refused.

    Example: lead-router simulate leads.jsonl --policy policy.yaml --roster roster.csv
    """
    settings = Settings()
    reps = AssumedReps(
        _time_ms(contact_after, "--contact-after"), _time_ms(close_after, "--close-after")
    )
    simulation = Simulation(OfflineRouter.of(settings), reps)
    now_ms = time.time_ns() // 1_000_000
    style, context = style_of(date_format, time_zone, decimal, currency), simulation.router.context
    with open_lead_log(
        path, context, now_ms, style=style, encoding=encoding, ignore_unknown=ignore_unknown
    ) as log:
        show_problems(
            path, [each for each in log.problems if each.severity == "warning"][:_WARNINGS]
        )
        simulation.set_up(policy, roster, _accounts(accounts), log.start_ms or now_ms)
        began = time.perf_counter()
        with _written(decisions) as write, QuietCollector() as collector:
            steps = chain(_progressing(simulation.feed(log), len(log)), simulation.run_on())
            for decided in steps:
                collector.worked(1)
                for decision in decided:
                    write(decision)
        took_s = time.perf_counter() - began
        if as_json:
            write_json(_as_json(simulation, log))
        else:
            _show(path, simulation, log, took_s)
    if simulation.refused:
        raise typer.Exit(1)


def _accounts(given: Path | None) -> Path | None:
    usual = Path("accounts.csv")
    return given or (usual if usual.exists() else None)


def _time_ms(text: str, option: str) -> int | None:
    if text == "never":
        return None
    found = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if found is None:
        raise UsageError(f"{option} {text} is no time: write 2m, 4h, 30d or never")
    return int(found[1]) * _UNITS_MS[found[2]]


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[Assignment], object]]:
    """How to write a decision; nothing is written without a file."""
    if path is None:
        yield lambda _: None
        return
    try:
        with path.open("wb") as file:
            yield lambda decision: file.write(_encode(decision) + b"\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def _progressing(steps: Iterator[list[Assignment]], total: int) -> Iterator[list[Assignment]]:
    """The same steps, with a bar on standard error where a person waits."""
    columns = (TextColumn("routing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    is_long = total >= _LONG_LINES and err.is_terminal
    bar = Progress(*columns, console=err, transient=True) if is_long else None
    with bar or nullcontext():
        task = bar.add_task("", total=total) if bar else None
        for done, step in enumerate(steps, start=1):
            yield step
            if bar is not None and task is not None and done % _PROGRESS_EVERY == 0:
                bar.update(task, completed=done)


def _show(path: Path, simulation: Simulation, log: LeadLog, took_s: float) -> None:
    lines = count_of(simulation.lines, "line")
    if len(log):
        start, end = moment(rfc3339(log.start_ms)), moment(rfc3339(log.end_ms))
        lasting = span((log.end_ms - log.start_ms) // 1000)
        show(f"[bold]{escape(str(path))}[/bold]: {lines}, {start} to {end} ({lasting})")
    else:
        show(f"[bold]{escape(str(path))}[/bold]: {lines}")
    if log.out_of_order:
        show("The lines were sorted by time first.")
    show(_assumptions(simulation.reps))
    if len(log):
        show(f"Run on until nothing was due: {moment(rfc3339(simulation.router.now_ms))}.", Text())
    tally = simulation.tally
    show(by_outcome(tally), by_pool(tally))
    show(by_rep(tally, lambda rep: simulation.names.get(rep, rep)))
    if simulation.refused:
        show(_refused(simulation))
    if simulation.unread:
        show(_unread(simulation))
    show_sums(simulation)
    rate = simulation.lines / took_s if took_s else 0
    show(f"{count_of(tally.decisions, 'decision')} in {took_s:.1f} s ({rate:,.0f} lines/s)")


def _assumptions(reps: AssumedReps) -> str:
    said = []
    if reps.contact_after_ms is not None:
        said.append(f"a rep makes contact after {span(reps.contact_after_ms // 1000)}")
    if reps.close_after_ms is not None:
        said.append(f"a lead ends {span(reps.close_after_ms // 1000)} after it was given")
    return f"Assumed: {', '.join(said)}." if said else "Assumed: no rep ever answers."


def _refused(simulation: Simulation) -> Table:
    table = table_of("Refused (dead letters)", "reason", "what is wrong", ">lines", "first in line")
    counted = Counter((each.reason, each.detail) for each in simulation.refused)
    first = {(each.reason, each.detail): each.line for each in reversed(simulation.refused)}
    for group, count in counted.most_common(_REFUSED_SHOWN):
        reason, detail = group
        table.add_row(in_words(reason), escape(detail), f"{count:,}", f"{first[group]:,}")
    if len(counted) > _REFUSED_SHOWN:
        table.add_row(f"and {len(counted) - _REFUSED_SHOWN} more kinds", "", "", "")
    return table


def _unread(simulation: Simulation) -> Table:
    table = table_of("Counted as not given", "field", "what is wrong", ">lines")
    for (field, problem), count in _by_count(simulation)[:_REFUSED_SHOWN]:
        table.add_row(field, READ_PROBLEMS[problem], f"{count:,}")
    if len(simulation.unread) > _REFUSED_SHOWN:
        table.add_row(f"and {len(simulation.unread) - _REFUSED_SHOWN} more", "", "")
    return table


def _by_count(simulation: Simulation) -> list[tuple[tuple[str, str], int]]:
    return [((each.field, each.problem), count) for each, count in simulation.unread.most_common()]


def show_sums(simulation: Simulation) -> None:
    """One line: the lines of the file equal what came of them."""
    parts = [f"{count:,} {in_words(name)}" for name, count in simulation.sums().items() if count]
    show(f"[bold]{simulation.lines:,} in = {' + '.join(parts) or 'nothing'}[/bold]")


def _as_json(simulation: Simulation, log: LeadLog) -> dict[str, Any]:
    tally = simulation.tally
    outcomes = tally.shares(lambda row: (row.outcome, row.reason))
    pools = tally.shares(lambda row: (row.channel, row.pool_id), owned_only=True)
    reps = tally.shares(lambda row: row.rep_id or "", owned_only=True)
    return {
        "lines": simulation.lines,
        "from": rfc3339(log.start_ms),
        "to": rfc3339(log.end_ms),
        "ran_on_to": rfc3339(max(simulation.router.now_ms, log.end_ms)),
        "currency": tally.currency,
        "decisions": tally.decisions,
        "sums": simulation.sums(),
        "outcomes": [
            {"outcome": outcome, "reason": reason, **share._asdict()}
            for (outcome, reason), share in outcomes
        ],
        "pools": [
            {"channel": channel, "pool_id": pool, **share._asdict()}
            for (channel, pool), share in pools
        ],
        "reps": [
            {"rep_id": rep, "given": tally.given[rep], **share._asdict()} for rep, share in reps
        ],
        "refused": [each._asdict() for each in simulation.refused],
        "warnings": [
            {"field": field, "problem": problem, "lines": count}
            for (field, problem), count in _by_count(simulation)
        ],
    }
