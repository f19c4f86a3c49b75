"""``lead-router roster``: apply a file, show who is there, note an absence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Column, Table

from router.cli.commanding import Actor, Reason, own_user
from router.cli.file_options import DateFormat, Encoding, style_of
from router.cli.files import count_of, format_of, read_text, show_problems
from router.cli.output.terminal import Json, out, write_json
from router.cli.records import Outgoing, Publisher, broker_errors
from router.cli.rep_names import rep_of
from router.cli.roster_difference import (
    SALES_ORG,
    STAMP,
    Entry,
    RosterDifference,
    applied_ms,
    compare,
    ends_ms,
    with_time_off,
)
from router.core.explain.explain import People
from router.core.model.timestamps import rfc3339
from router.core.state.rep_names import by_crm_id
from router.errors import LeadRouterError, UsageError
from router.intake.files.problems import Problems
from router.intake.files.record_file import refused
from router.intake.files.roster_file import read_roster
from router.intake.files.style import Style
from router.intake.files.tables import Filed
from router.intake.records.context import IntakeContext
from router.intake.records.roster import RENEWED_BEFORE_MS
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import crm_ids_in, latest_with_times
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

roster = typer.Typer(
    help="Apply a roster file, show who is there, note an absence.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(roster, name="roster")


@roster.command()
def apply(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The roster, as CSV or JSON.")],
    *,
    sales_org: Annotated[
        str | None, typer.Option("--sales-org", help="Of reps for whom the file names none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="Reps who are not in the file have left.")
    ] = False,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    as_json: Json = False,
) -> None:
    """Make the roster what a file says; reps who are the same are left alone.

    Those whose public holidays and changes of the clocks reach further by now are renewed.
    Time off that `roster away` noted is kept where the file has no `time_off` of its own. Reps
    who are not in the file stay, unless --remove-missing says that they have left: then their
    open leads go to others.

    Example: lead-router roster apply roster.csv --dry-run
    """
    settings = Settings()
    text, style = read_text(path, encoding=encoding), style_of(date_format)
    entries = _read_entries(path, text, style, settings, sales_org)
    found = asyncio.run(_apply(settings, entries, remove_missing=remove_missing, dry_run=dry_run))
    if as_json:
        write_json({**found.as_json(removed=remove_missing), "dry_run": dry_run})
        return
    _show_difference(found, remove_missing=remove_missing)
    done = "would be" if dry_run else "are"
    changes = len(found.added) + len(found.changed) + len(found.renewed)
    changes += len(found.missing) * remove_missing
    out.print(
        f"{count_of(changes, 'rep')} {done} published, {len(found.unchanged)} are as they were"
    )


def _read_entries(
    path: Path, text: str, style: Style, settings: Settings, sales_org: str | None
) -> dict[str, Entry]:
    if sales_org is not None and sales_org not in settings.sales_orgs:
        known = ", ".join(settings.sales_orgs)
        raise UsageError(f"there is no sales org {sales_org}; LEAD_ROUTER_SALES_ORGS has: {known}")
    context = IntakeContext.of(settings)
    found = read_roster(text, format_of(path), context, _now_ms(), style=style)
    show_problems(path, found.problems)
    if found.has_errors:
        raise LeadRouterError(f"{path} is not applied: mend the errors above and try again")
    org = sales_org or settings.default_sales_org
    return {
        filed.record["rep_id"].strip(): {SALES_ORG: org, **filed.record} for filed in found.records
    }


async def _apply(
    settings: Settings, entries: Mapping[str, Entry], *, remove_missing: bool, dry_run: bool
) -> RosterDifference:
    clients, topic = Clients(settings.kafka), topics_of(settings).roster
    with broker_errors(settings, "apply a roster"):
        present = await _present(clients, topic)
        found = compare(entries, present, settings.default_sales_org, _now_ms())
        if not dry_run:
            changed = {**found.added, **found.changed, **found.renewed}
            records = [_outgoing(rep_id, entry) for rep_id, entry in changed.items()]
            if remove_missing:
                records += [_removal(rep_id, entry) for rep_id, entry in found.missing.items()]
            async with Publisher.started(clients, topic) as publisher:
                await publisher.put(records)
    return found


def _outgoing(rep_id: str, entry: Entry) -> Outgoing:
    stamped = {**entry, STAMP: rfc3339(_now_ms())}
    return Outgoing(rep_id, msgspec.json.encode(stamped))


def _removal(rep_id: str, entry: Entry) -> Outgoing:
    org = entry.get(SALES_ORG)
    return Outgoing(rep_id, None, ((SALES_ORG, org.encode()),) if org else ())


async def _present(clients: Clients, topic: str) -> dict[str, Entry]:
    latest = await latest_with_times(clients, topic)
    return {
        rep_id: {STAMP: rfc3339(at_ms), **msgspec.json.decode(value)}
        for rep_id, (value, at_ms) in sorted(latest.items())
    }


def _show_difference(found: RosterDifference, *, remove_missing: bool) -> None:
    table = _table("", "rep", "name", "channels", "role", "territories")
    gone = "removed" if remove_missing else "not in the file"
    for what, entries in (
        ("added", found.added),
        ("changed", found.changed),
        ("renewed", found.renewed),
        (gone, found.missing),
    ):
        for rep_id, entry in entries.items():
            table.add_row(what, *_cells(rep_id, entry, ("name", "channels", "role", "territories")))
    if table.row_count:
        out.print(table)
    for rep_id, changes in found.changes.items():
        for change in changes:
            before, after = (_text(each) or "nothing" for each in change[1:])
            told = f"{rep_id}: {change.field.replace('_', ' ')} {before} -> {after}"
            out.print(f"  {escape(told)}", soft_wrap=True)
    if found.missing and not remove_missing:
        out.print("reps who are not in the file stay; --remove-missing says that they have left")


def _table(*names: str) -> Table:
    # A narrow terminal folds cells: a cut date or id would mislead.
    return Table(*(Column(name, overflow="fold") for name in names), box=None, pad_edge=False)


def _cells(rep_id: str, entry: Entry, names: tuple[str, ...]) -> list[str]:
    return [escape(rep_id), *(escape(_text(entry.get(name))) for name in names)]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        if "from" in value:
            return f"{value['from']}..{value['to']}"
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    return "" if value is None else str(value)


@roster.command()
def show(*, as_json: Json = False) -> None:
    """Show the roster that is in force.

    Example: lead-router roster show --json
    """
    settings = Settings()
    entries = asyncio.run(_read_present(settings))
    if as_json:
        write_json(list(entries.values()))
        return
    if entries:
        out.print(_roster_table(entries))
    out.print(count_of(len(entries), "rep") + ("" if entries else ": apply a roster file first"))
    if (told := _ending(entries, _now_ms())) is not None:
        out.print(f"[yellow]{told}[/yellow]")


def _ending(entries: Mapping[str, Entry], now_ms: int) -> str | None:
    """Return a line about entries that are to be renewed; None if none is."""
    ends = {rep_id: ends_ms(entry, applied_ms(entry)) for rep_id, entry in entries.items()}
    soon = [rep_id for rep_id, end_ms in ends.items() if end_ms < now_ms + RENEWED_BEFORE_MS]
    if not soon:
        return None
    first = rfc3339(int(min(ends.values())))[:10]
    return (
        f"holidays and changes of the clocks of {count_of(len(soon), 'rep')} are known until"
        f" {first} only: apply the roster file again, it renews them"
    )


_SHOWN = ("name", "sales_org", "channels", "role", "territories", "languages", "time_off", "leaves")


def _roster_table(entries: Mapping[str, Entry]) -> Table:
    """Only columns that say something: it must fit 80 columns."""
    today = rfc3339(_now_ms())[:10]
    rows = {
        rep_id: {**entry, "time_off": _ahead(entry, today)} for rep_id, entry in entries.items()
    }
    orgs = {entry.get(SALES_ORG) for entry in entries.values()}
    names = [
        name
        for name in _SHOWN
        if any(entry.get(name) for entry in rows.values()) and (name != SALES_ORG or len(orgs) > 1)
    ]
    table = _table("rep", *(name.replace("_", " ") for name in names))
    for rep_id, row in rows.items():
        table.add_row(*_cells(rep_id, row, tuple(names)))
    return table


def _ahead(entry: Entry, today: str) -> str:
    """Absences that are not over, by their days, each in a line with who noted it and why."""
    return "\n".join(
        f"{each['from'][:10]} to {each['to'][:10]}{_noted(each)}"
        for each in entry.get("time_off") or ()
        if each["to"][:10] >= today
    )


def _noted(absence: Mapping[str, Any]) -> str:
    said = [text for text in (absence.get("actor"), absence.get("reason")) if text]
    return f" ({': '.join(said)})" if said else ""


async def _read_present(settings: Settings) -> dict[str, Entry]:
    with broker_errors(settings, "read the roster"):
        return await _present(Clients(settings.kafka), topics_of(settings).roster)


@roster.command()
def away(
    rep: Annotated[str, typer.Argument(metavar="REP", help="The rep's id, id in a CRM, or name.")],
    *,
    until: Annotated[
        str, typer.Option(help="The last day away (2027-01-02), or the time it ends (RFC 3339).")
    ],
    start: Annotated[
        str | None, typer.Option("--from", help="The first day, or the time; now if absent.")
    ] = None,
    reason: Reason = None,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Note that a rep is away: no new leads meanwhile, and none held back for the return.

    Days are the rep's own, the last one included. Who noted it and why stands in the events of
    leads that they would have had meanwhile.

    Example: lead-router roster away ann --from 2026-12-24 --until 2027-01-02
    """
    settings = Settings()
    span = {"from": start or rfc3339(_now_ms() // 1000 * 1000), "to": until}
    span["actor"] = actor or own_user()
    if reason:
        span["reason"] = reason
    rep_id, entry = asyncio.run(_away(settings, rep, span))
    if as_json:
        write_json(entry)
    else:
        out.print(f"[bold]{escape(rep_id)}[/bold] is away {escape(_text(span))}")


async def _away(settings: Settings, rep: str, span: dict[str, str]) -> tuple[str, Entry]:
    clients, topic = Clients(settings.kafka), topics_of(settings).roster
    with broker_errors(settings, "note an absence"):
        present = await _present(clients, topic)
        names = {rep: entry.get("name") or "" for rep, entry in present.items()}
        rep_id = rep_of(
            People(names, dict(enumerate(present)), by_crm_id(crm_ids_in(present))), rep
        )
        entry = with_time_off(present[rep_id], span)
        problems = Problems()
        if refused(Filed(1, entry), "roster", IntakeContext.of(settings), _now_ms(), problems):
            detail = problems.found[0].message
            raise UsageError(f"cannot note that {rep_id} is away: {detail}")
        async with Publisher.started(clients, topic) as publisher:
            await publisher.put([_outgoing(rep_id, entry)])
    return rep_id, entry


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
