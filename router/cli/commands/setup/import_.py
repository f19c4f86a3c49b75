"""``lead-router import``: accounts and leads from files."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from router.cli.files import count_of, format_of, problems_as_json, read_text, show_problems
from router.cli.output.terminal import Json, err, out, write_json
from router.cli.records import Outgoing, Publisher, broker_errors
from router.errors import LeadRouterError, UsageError
from router.intake.files.account_file import read_accounts
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem
from router.intake.files.record_file import RecordFile, encode
from router.intake.files.tables import Filed
from router.intake.records.context import IntakeContext
from router.kafka.client.clients import Clients
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

import_ = typer.Typer(help="Bring in accounts and leads from files.", no_args_is_help=True)

BATCH_RECORDS = 500
PROBLEMS_SHOWN = 20


class As(StrEnum):
    """What imported leads count as."""

    IMPORTED = "imported"
    SUBMITTED = "submitted"
    UPDATED = "updated"


DryRun = Annotated[bool, typer.Option("--dry-run", help="Check every line and send nothing.")]
SalesOrg = Annotated[
    str | None, typer.Option("--sales-org", help="Of lines that name none; else the default one.")
]
Currency = Annotated[
    str | None, typer.Option("--currency", help="Of amounts without a currency, such as EUR.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(import_, name="import")


_SOURCE = "import"
"""The source of leads that are to be routed and name none; policies cap it by this name."""


@dataclass(slots=True)
class Imported:
    """What became of a file's lines."""

    sent: Counter[str] = field(default_factory=Counter)
    bad: int = 0
    problems: list[FileProblem] = field(default_factory=list)

    def note(self, problem: FileProblem) -> None:
        """Count a bad line; the first of them are shown."""
        if problem.severity == "error":
            self.bad += 1
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(problem)


@import_.command()
def accounts(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Accounts, as CSV or JSON.")],
    *,
    sales_org: SalesOrg = None,
    currency: Currency = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Bring in accounts and who owns them; an account that is there already is replaced.

    Bad lines are told and not sent; the exit code is then 1.

    Example: lead-router import accounts accounts.csv --currency EUR
    """
    settings = Settings()
    _check_sales_org(settings, sales_org)
    now_ms = time.time_ns() // 1_000_000
    found = read_accounts(
        read_text(path), format_of(path), IntakeContext.of(settings), now_ms, currency=currency
    )
    imported = Imported()
    for problem in found.problems:
        imported.note(problem)
    imported.sent["accounts"] = len(found.records)
    if not dry_run:
        asyncio.run(_send_accounts(settings, found, sales_org))
    _finish(path, imported, dry_run=dry_run, as_json=as_json)


async def _send_accounts(settings: Settings, found: RecordFile, sales_org: str | None) -> None:
    topic = topics_of(settings).accounts
    records = [
        Outgoing(filed.record["account_id"].strip(), _encoded(filed, sales_org))
        for filed in found.records
    ]
    with broker_errors(settings, "import accounts"):
        async with Publisher.started(Clients(settings.kafka), topic) as publisher:
            for start in range(0, len(records), BATCH_RECORDS):
                await publisher.put(records[start : start + BATCH_RECORDS])


def _encoded(filed: Filed, sales_org: str | None) -> bytes:
    if sales_org is None:
        return encode(filed.record)
    return encode({"sales_org": sales_org, **filed.record})


@import_.command()
def leads(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Leads, as CSV or JSON lines.")],
    *,
    as_type: Annotated[
        As | None,
        typer.Option(
            "--as",
            help="Make every line such an event. Without it a line is what its event_type says,"
            " else imported: known with its owner, and routed nowhere.",
        ),
    ] = None,
    sales_org: SalesOrg = None,
    currency: Currency = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown-columns", help="Leave out CSV columns we do not know.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Bring in leads; the header names contract fields (contact.email) or usual short names.

    Leads that are to be routed (`submitted`) and name no `lead_source` get the source `import`,
    which a policy can hold down for each rep and day: `per_day_from: {import: 10}`.

    A line without an event_id gets one made from its content, so that the same file twice
    changes nothing. Bad lines are told with their numbers and not sent; the exit code is then 1.

    Example: lead-router import leads leads.csv --as submitted --currency EUR
    """
    settings = Settings()
    _check_sales_org(settings, sales_org)
    format_of(path)
    defaults = LeadDefaults(
        occurred_at_ms=time.time_ns() // 1_000_000,
        override=as_type.value if as_type else None,
        sales_org=sales_org,
        currency=currency,
        lead_source=_SOURCE,
    )
    imported = Imported()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file, _bar() as bar:
            task = bar.add_task(path.name, total=path.stat().st_size or None)
            lines = _measured(file, bar, task)
            context = IntakeContext.of(settings)
            found = read_leads(
                lines, format_of(path), defaults, context, ignore_unknown=ignore_unknown
            )
            _take_in(settings, found, imported, dry_run=dry_run)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise LeadRouterError(
            f"{path} is not UTF-8 after {imported.sent.total():,} leads: save it as UTF-8 and"
            " import it again; what was sent already changes nothing the second time"
        ) from None
    _finish(path, imported, dry_run=dry_run, as_json=as_json)


def _take_in(
    settings: Settings,
    found: Iterator[Filed | FileProblem],
    imported: Imported,
    *,
    dry_run: bool,
) -> None:
    if not dry_run:
        asyncio.run(_send_leads(settings, found, imported))
        return
    for _ in _batches(found, imported):
        pass


async def _send_leads(
    settings: Settings, found: Iterator[Filed | FileProblem], imported: Imported
) -> None:
    topic = topics_of(settings).leads
    with broker_errors(settings, "import leads"):
        async with Publisher.started(Clients(settings.kafka), topic) as publisher:
            batches = _batches(found, imported)
            # Reading and checking take longer than sending: the loop stays free meanwhile.
            while batch := await asyncio.to_thread(next, batches, None):
                await publisher.put(batch)


def _batches(found: Iterator[Filed | FileProblem], imported: Imported) -> Iterator[list[Outgoing]]:
    """Good lines as records; the others are noted."""
    while chunk := list(islice(found, BATCH_RECORDS)):
        batch = []
        for each in chunk:
            if isinstance(each, FileProblem):
                imported.note(each)
            else:
                imported.sent[each.record["event_type"]] += 1
                batch.append(Outgoing(each.record["lead_id"].strip(), encode(each.record)))
        if batch:
            yield batch


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _measured(file: TextIO, bar: Progress, task: Any) -> Iterator[str]:
    for line in file:
        bar.advance(task, len(line.encode()))
        yield line


def _check_sales_org(settings: Settings, given: str | None) -> None:
    if given is not None and given not in settings.sales_orgs:
        known = ", ".join(settings.sales_orgs)
        raise UsageError(f"there is no sales org {given}; LEAD_ROUTER_SALES_ORGS has: {known}")


def _finish(path: Path, imported: Imported, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "sent": {} if dry_run else dict(imported.sent),
                "good": imported.sent.total(),
                "bad": imported.bad,
                "problems": problems_as_json(imported.problems),
            }
        )
    else:
        show_problems(path, imported.problems)
        if imported.bad > len(imported.problems):
            err.print(f"… and {imported.bad - len(imported.problems):,} more")
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in imported.sent.items()) or "none"
        done = "good" if dry_run else "sent"
        out.print(f"{done}: {kinds}; {count_of(imported.bad, 'bad line')} left out")
    if imported.bad:
        raise typer.Exit(1)
