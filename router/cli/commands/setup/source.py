"""``lead-router source``: which sources there are, and what becomes of what one sends."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from router.cli.files import read_text, show_problems
from router.cli.output.source_report import describe_fates
from router.cli.output.terminal import Json, out, write_json
from router.cli.output.trial_report import describe
from router.errors import LeadRouterError, UsageError
from router.intake.field_map.read import read_field_map
from router.intake.files.style import PLAIN
from router.intake.policy import check_policy
from router.intake.policy.tree import TEXT_BYTES_MAX
from router.intake.records.context import IntakeContext
from router.intake.sources.configured import KINDS, source_settings
from router.intake.sources.found import Arrival
from router.intake.sources.source import Source, make_source
from router.offline.source_trial import RecordFate, try_source
from router.offline.trial import Trials, run_trial
from router.settings import Settings
from router.source_settings import SourceSettings

source = typer.Typer(
    help="Which sources leads come from, and what becomes of what one sends.",
    no_args_is_help=True,
)

_CONTENT_TYPES = {".csv": "text/csv", ".form": "application/x-www-form-urlencoded"}
_FILE_BYTES_MAX = 16 * 1024 * 1024
_REFUSED = 1


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(source, name="source")


@source.command(name="list")
def list_(*, as_json: Json = False) -> None:
    """Show the sources of the settings, and the kinds there are.

    Example: lead-router source list
    """
    found = source_settings(Settings())
    rows = [
        {
            "name": name,
            "kind": each.kind,
            "signed": each.secret is not None and make_source(name, each).is_signed,
            "map": str(each.map) if each.map else None,
            "sales_org": each.sales_org,
        }
        for name, each in found.items()
    ]
    if as_json:
        write_json({"sources": rows, "kinds": list(KINDS)})
        return
    if rows:
        table = Table("source", "kind", "signed", "field map", "sales org", box=None)
        for row in rows:
            cells = [row["name"], row["kind"], "yes" if row["signed"] else "no"]
            table.add_row(*map(str, [*cells, row["map"] or "-", row["sales_org"] or "default"]))
        out.print(table)
    else:
        out.print("no source is set up: LEAD_ROUTER_SOURCES__<NAME>__KIND=<kind> makes one")
    out.print(f"kinds: {', '.join(KINDS)}", soft_wrap=True)


@source.command(name="try")
def try_(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="A body as the vendor sends it; or a .csv.")
    ],
    *,
    name: Annotated[
        str | None,
        typer.Option("--source", help="A source of the settings, or a kind such as typeform."),
    ] = None,
    field_map: Annotated[
        Path | None, typer.Option("--map", help="A field map, as YAML; over that of the source.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Also decide, by this policy.")] = None,
    roster: Annotated[Path | None, typer.Option(help="Who could have the leads.")] = None,
    accounts: Annotated[Path | None, typer.Option(help="Accounts, as CSV or JSON.")] = None,
    as_json: Json = False,
) -> None:
    """Say what becomes of each field of a vendor's body, what is not mapped, and who gets the lead.

    Nothing is sent, no broker is asked. Exits with 1 if a record is refused or nothing is found.

    Examples:
      lead-router source try body.json --source typeform

      lead-router source try form.json --map form.yaml --policy policy.yaml --roster roster.csv
    """
    settings, now_ms = Settings(), time.time_ns() // 1_000_000
    tried = _source(settings, name, field_map)
    kind = _CONTENT_TYPES.get(path.suffix.casefold())
    body = _bytes_of(path)
    arrival = Arrival(body, now_ms, {"content-type": kind} if kind else {})
    fates = try_source(tried, arrival, IntakeContext.of(settings))
    trials = _decided(path, fates, policy, roster, accounts, now_ms)
    if as_json:
        records = [asdict(each) for each in fates]
        for each in records:
            del each["record"]  # it holds what the sender wrote of a person
        write_json({"records": records, "decisions": trials.as_json() if trials else None})
    else:
        for line in describe_fates(fates):
            out.print(line, soft_wrap=True)
        for line in describe(trials) if trials else ():
            out.print(line, soft_wrap=True)
    if not fates or any(each.goes_to == "refused" or _is_refused(each) for each in fates):
        raise typer.Exit(_REFUSED)


def _is_refused(fate: RecordFate) -> bool:
    return fate.refused is not None and fate.goes_to != "fetch"


def _source(settings: Settings, name: str | None, map_path: Path | None) -> Source:
    if name is None and map_path is None:
        raise UsageError("say what the file is: --source NAME, or --map FILE")
    known = {kind: SourceSettings(kind=kind) for kind in KINDS} | dict(source_settings(settings))
    name = name or "mapped"
    if name not in known:
        raise UsageError(f"there is no source {name}; there are: {', '.join(known)}")
    if map_path is None:
        return make_source(name, known[name])
    text = read_text(map_path, bytes_max=TEXT_BYTES_MAX)
    found, problems = read_field_map(text)
    if found is None:
        show_problems(map_path, problems, text)
        raise LeadRouterError(f"{map_path} cannot be used: mend the errors above")
    return make_source(name, known[name], found)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            raise UsageError(f"{path} is larger than {_FILE_BYTES_MAX:,} bytes: try a part of it")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _decided(
    path: Path,
    fates: list[RecordFate],
    policy: Path | None,
    roster: Path | None,
    accounts: Path | None,
    now_ms: int,
) -> Trials | None:
    """Return the reps who would get the leads; None without a policy."""
    if policy is None:
        if roster is not None or accounts is not None:
            raise UsageError("a roster and accounts decide nothing alone: add --policy FILE")
        return None
    text = read_text(policy, bytes_max=TEXT_BYTES_MAX)
    checked = check_policy(text, published_at_ms=now_ms)
    if checked.policy is None:
        show_problems(policy, checked.problems, text)
        raise LeadRouterError(f"{policy} cannot be tried: mend the errors above")
    leads = [each.record for each in fates if each.goes_to == "leads" and each.record]
    lines = "\n".join(msgspec.json.encode(each).decode() for each in leads)
    return run_trial(
        checked.policy,
        path.with_suffix(".jsonl"),
        lines,
        PLAIN,
        roster=roster,
        accounts=accounts,
        at_ms=now_ms,
    )
