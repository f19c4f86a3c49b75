"""``lead-router import``: accounts and leads from files."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from router.cli.file_options import (
    Currency,
    DateFormat,
    Decimal,
    Encoding,
    IgnoreUnknown,
    TimeZone,
    style_of,
)
from router.cli.files import count_of, decoded, format_of, problems_as_json, show_problems
from router.cli.output.terminal import Json, err, out, write_json
from router.cli.owner_names import rep_names
from router.cli.records import Outgoing, Publisher, broker_errors
from router.errors import UsageError
from router.intake.field_map.model import FieldMap
from router.intake.files.account_file import read_accounts
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem
from router.intake.files.record_file import encode, lines_of
from router.intake.files.tables import Filed
from router.intake.records.context import IntakeContext
from router.intake.sources.source import load_field_map, shipped_map
from router.kafka.client.clients import Clients
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

import_ = typer.Typer(help="Bring in accounts and leads from files.", no_args_is_help=True)

BATCH_RECORDS = 500
PROBLEMS_SHOWN = 20
LEADS_BYTES_MAX = 256 * 1024 * 1024
"""A million leads; they are checked in memory before the first is sent."""


class As(StrEnum):
    """Ways to count imported leads."""

    IMPORTED = "imported"
    SUBMITTED = "submitted"
    UPDATED = "updated"


class Preset(StrEnum):
    """CRMs whose exports are read as they are."""

    HUBSPOT = "hubspot"
    PIPEDRIVE = "pipedrive"
    SALESFORCE = "salesforce"


DryRun = Annotated[bool, typer.Option("--dry-run", help="Check every line and send nothing.")]
SalesOrg = Annotated[
    str | None, typer.Option("--sales-org", help="Of lines that name none; else the default one.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(import_, name="import")


_SOURCE = "import"
"""The source of leads that are to be routed and name none; policies cap it by this name."""


@dataclass(slots=True)
class Imported:
    """A file's lines and their fate; ``undecoded`` are those with bytes of another encoding."""

    sent: Counter[str] = field(default_factory=Counter)
    undecoded: list[FileProblem] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)

    @property
    def is_sendable(self) -> bool:
        """Whether what is good of the file may be sent: it was read in its own encoding."""
        return not self.undecoded

    @property
    def bad_lines(self) -> int:
        """How many lines are left out; a line may have several problems."""
        every = (*self.problems, *self.undecoded)
        return len({each.line for each in every if each.severity == "error"})

    def in_order(self) -> list[FileProblem]:
        """Every problem: errors first, each by its line."""
        every = (*self.undecoded, *self.problems)
        return sorted(every, key=lambda each: (each.severity != "error", each.line, each.column))


@import_.command()
def accounts(  # noqa: PLR0913 - each is an option
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Accounts, as CSV or JSON.")],
    *,
    sales_org: SalesOrg = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    time_zone: TimeZone = None,
    decimal: Decimal = None,
    currency: Currency = None,
    ignore_unknown: IgnoreUnknown = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Bring in accounts and who owns them; an account that is there already is replaced.

    Bad lines are told and not sent; the exit code is then 1.

    Example: lead-router import accounts accounts.csv --currency EUR
    """
    settings = Settings()
    _check_sales_org(settings, sales_org)
    style = style_of(date_format, time_zone, decimal, currency)
    text, undecoded = decoded(path, encoding=encoding)
    now_ms = time.time_ns() // 1_000_000
    context = IntakeContext.of(settings)
    found = read_accounts(
        text, format_of(path), context, now_ms, style=style, ignore_unknown=ignore_unknown
    )
    imported = Imported(undecoded=undecoded, problems=list(found.problems))
    records = [
        Outgoing(filed.record["account_id"].strip(), _encoded(filed, sales_org))
        for filed in found.records
    ]
    imported.sent["accounts"] = len(records)
    if imported.is_sendable and not dry_run:
        asyncio.run(_send(settings, topics_of(settings).accounts, records, "import accounts"))
    _finish(path, imported, dry_run=dry_run, as_json=as_json)


def _encoded(filed: Filed, sales_org: str | None) -> bytes:
    if sales_org is None:
        return encode(filed.record)
    return encode({"sales_org": sales_org, **filed.record})


AsType = Annotated[
    As | None,
    typer.Option(
        "--as",
        help="Make every line such an event. Without it a line is what its event_type says,"
        " else imported: known with its owner, and routed nowhere.",
    ),
]
StatusColumn = Annotated[
    str | None,
    typer.Option(
        "--status-column",
        help="Says how far a lead is; one that has ended (Closed - Converted) is brought in as"
        " known and closed, without its owner: it fills no cap.",
    ),
]
OfCrm = Annotated[Preset | None, typer.Option(help="The file is an export of this CRM, as it is.")]
MapFile = Annotated[
    Path | None, typer.Option("--map", help="A field map, as YAML, for any other file.")
]
OwnersOf = Annotated[
    Path | None, typer.Option(help="Whose names the file has as owners, as CSV or JSON.")
]


@import_.command()
def leads(  # noqa: PLR0913 - each is an option
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Leads, as CSV or JSON lines.")],
    *,
    as_type: AsType = None,
    status_column: StatusColumn = None,
    preset: OfCrm = None,
    field_map: MapFile = None,
    roster: OwnersOf = None,
    sales_org: SalesOrg = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    time_zone: TimeZone = None,
    decimal: Decimal = None,
    currency: Currency = None,
    ignore_unknown: IgnoreUnknown = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Bring in leads; the header names contract fields (contact.email) or usual short names.

    The whole file is read and checked before anything is sent. Bad lines are told with their
    numbers and not sent; the exit code is then 1. A file with bytes of another encoding, or a
    header that cannot be used, is not sent at all.

    Leads that are to be routed (`submitted`) and name no `lead_source` get the source `import`,
    which a policy can hold down for each rep and day: `per_day_from: {import: 10}`. A line without
    an event_id gets one made from its content, so that the same file twice changes nothing.

    Examples:
      lead-router import leads leads.csv --as submitted --date-format mdy --currency USD

      lead-router import leads report.csv --preset salesforce --roster roster.csv --date-format mdy
    """
    settings = Settings()
    _check_sales_org(settings, sales_org)
    defaults = LeadDefaults(
        occurred_at_ms=time.time_ns() // 1_000_000,
        override=as_type.value if as_type else None,
        sales_org=sales_org,
        lead_source=_SOURCE,
        style=style_of(date_format, time_zone, decimal, currency),
        status_column=status_column,
        field_map=_field_map(preset, field_map),
        rep_names=None if roster is None else rep_names(roster),
    )
    text, undecoded = decoded(path, encoding=encoding, bytes_max=LEADS_BYTES_MAX)
    imported = Imported(undecoded=undecoded)
    context = IntakeContext.of(settings)
    lines = _measured(path, text)
    found = read_leads(lines, format_of(path), defaults, context, ignore_unknown=ignore_unknown)
    records = _sorted_out(found, imported)
    if imported.is_sendable and not dry_run:
        asyncio.run(_send(settings, topics_of(settings).leads, records, "import leads"))
    _finish(path, imported, dry_run=dry_run, as_json=as_json)


def _sorted_out(found: Iterable[Filed | FileProblem], imported: Imported) -> list[Outgoing]:
    """Return the records to be sent; what is wrong with the others goes to ``imported``."""
    records = []
    for each in found:
        if isinstance(each, FileProblem):
            imported.problems.append(each)
        else:
            imported.sent[each.record["event_type"]] += 1
            records.append(Outgoing(each.record["lead_id"].strip(), encode(each.record)))
    return records


def _field_map(preset: Preset | None, path: Path | None) -> FieldMap | None:
    """Return the map of the file; the lines of one's own come before those of a preset."""
    own = None if path is None else load_field_map(path)
    if preset is None:
        return own
    shipped = shipped_map(f"{preset}_export")
    return shipped if own is None else own.over(shipped)


async def _send(settings: Settings, topic: str, records: list[Outgoing], doing: str) -> None:
    with broker_errors(settings, doing):
        async with Publisher.started(Clients(settings.kafka), topic) as publisher:
            for start in range(0, len(records), BATCH_RECORDS):
                await publisher.put(records[start : start + BATCH_RECORDS])


def _measured(path: Path, text: str) -> Iterator[str]:
    """The lines of the file, with a bar where somebody waits."""
    columns = (TextColumn("checking"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(path.name, total=len(text) or None)
        for line in lines_of(text):
            bar.advance(task, len(line))
            yield line


def _check_sales_org(settings: Settings, given: str | None) -> None:
    if given is not None and given not in settings.sales_orgs:
        known = ", ".join(settings.sales_orgs)
        raise UsageError(f"there is no sales org {given}; LEAD_ROUTER_SALES_ORGS has: {known}")


def _finish(path: Path, imported: Imported, *, dry_run: bool, as_json: bool) -> None:
    bad, problems = imported.bad_lines, imported.in_order()
    is_sent = imported.is_sendable and not dry_run
    if as_json:
        write_json(
            {
                "sent": dict(imported.sent) if is_sent else {},
                "good": imported.sent.total(),
                "bad": bad,
                "problems": problems_as_json(problems),
            }
        )
    else:
        show_problems(path, problems[:PROBLEMS_SHOWN])
        if len(problems) > PROBLEMS_SHOWN:
            left = len(problems) - PROBLEMS_SHOWN
            err.print(f"… and {left:,} more: --json shows all of them")
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in imported.sent.items()) or "none"
        done = "sent" if is_sent else "good"
        out.print(f"{done}: {kinds}; {count_of(bad, 'bad line')} left out")
        if not imported.is_sendable:
            out.print("nothing is sent: the file is of another encoding")
    if bad:
        raise typer.Exit(1)
