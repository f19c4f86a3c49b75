"""``lead-router audit``: is every record there once, and the right one; and what can be mended."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from itertools import islice
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from rich.markup import escape

from router.audit.auditor import Audit
from router.audit.auditor import audit as audit_topics
from router.audit.findings import Comparison, Finding, Kind
from router.audit.noted import note
from router.audit.reading import Report
from router.audit.repair import repair as repair_topics
from router.cli.files import count_of
from router.cli.output.outcome_tables import show, table_of
from router.cli.output.terminal import Json, out, progress, write_json
from router.cli.records import broker_errors
from router.core.model.assignment import CORE_VERSION
from router.settings import Settings

_SHOWN_MAX = 40


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("audit")(audit)


def audit(
    *,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Publish again what the inbox proves; stop all routers."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare all topics: name what is missing, there twice, or not as the inbox decides it.

    Input topics with the inbox and the dead letters, the inbox with every decision, decisions with
    lead.owners, and the state with the inbox. The router may go on meanwhile; nothing is changed.
    Exits with 1 if anything is found. Decisions of another core version cannot be made again: they
    are compared by their ids.

    With --repair, what is missing is published again: decisions with their own ids, rows of
    lead.owners, and records that intake has lost to their input topic. Nothing else is touched, and
    what is there twice stays. Exits with 1 if anything is left.

    Examples: lead-router audit; lead-router audit --json; lead-router audit --repair.
    """
    settings, began = Settings(), time.perf_counter()
    with progress("auditing") as report, broker_errors(settings, "audit the topics"):
        found, is_noted = asyncio.run(_audit(settings, report))
    took_s = time.perf_counter() - began
    if not as_json:
        _show(found, took_s, is_noted=is_noted)
    written: Counter[str] = Counter()
    if repair:
        with progress("repairing") as report, broker_errors(settings, "repair the topics"):
            written = asyncio.run(repair_topics(found, report))
    if as_json:
        write_json(_as_json(found, took_s, written))
    elif repair:
        _show_repaired(written, sum(1 for _ in found.findings))
    if sum(1 for _ in found.findings) > written.total():
        raise typer.Exit(1)


async def _audit(settings: Settings, report: Report) -> tuple[Audit, bool]:
    """The audit, and whether it could be noted: a user who may only read can audit all the same."""
    made = await audit_topics(settings, report)
    try:
        await note(made)
    except KafkaError:
        return made, False
    return made, True


def _show(found: Audit, took_s: float, *, is_noted: bool) -> None:
    table = table_of("Audit", "compared", ">right", ">missing", ">double", ">other", "besides")
    for row in found.rows:
        table.add_row(*_cells(row))
    show(table)
    for partition, why in found.unfolded.items():
        show(
            f"Inbox partition {partition} {escape(why)}: its decisions are compared by lead and"
            " sequence, its state is not, and a decision that is missing cannot be published again."
        )
    count = sum(1 for _ in found.findings)
    for finding in islice(found.findings, _SHOWN_MAX):
        out.print(escape(_line(finding)), soft_wrap=True)
    if count > _SHOWN_MAX:
        show(f"… and {count - _SHOWN_MAX:,} more: --json has all of them")
    show(f"[bold]{count_of(count, 'finding')}[/bold] in {took_s:.1f} s")
    for advice in _advice(found):
        show(advice)
    if not is_noted:
        show("This user may not write to routing.positions, so `doctor` does not know of it.")


def _cells(row: Comparison) -> list[str]:
    kinds = row.kinds
    other = kinds.total() - kinds[Kind.MISSING] - kinds[Kind.DOUBLE]
    besides = ", ".join(f"{number:,} {why}" for why, number in sorted(row.apart.items()))
    counts = (row.same, kinds[Kind.MISSING], kinds[Kind.DOUBLE], other)
    return [escape(row.name), *(f"{number:,}" for number in counts), besides]


def _line(finding: Finding) -> str:
    parts = [finding.kind, "in", finding.topic]
    parts += [f"{finding.subject}:" if finding.subject else ":", finding.what]
    if finding.place is not None:
        parts.append(f"({finding.place})")
    return " ".join(parts).replace(" :", ":")


def _advice(found: Audit) -> list[str]:
    """What to do, once for each kind of trouble."""
    kinds = {(row.name, finding.kind) for row in found.rows for finding in row.findings}
    advice = []
    if found.mendable:
        advice.append(
            f"`lead-router audit --repair` publishes {found.mendable:,} of them again; stop all"
            " routers first."
        )
    if any(kind is Kind.DOUBLE for _, kind in kinds):
        advice.append(
            "What is there twice cannot be taken back. A consumer that keeps the highest sequence"
            " of each lead takes no notice; others must drop a second assignment_id."
        )
    if any(name.endswith("routing.state") for name, _ in kinds):
        advice.append(
            "The state is not what the inbox gives, so later decisions may differ too: see"
            ' "Restore" in docs/operations.md.'
        )
    return advice


def _show_repaired(written: Counter[str], found: int) -> None:
    for topic, count in written.items():
        done = "were" if count > 1 else "was"
        show(f"{count_of(count, 'record')} {done} written again to {escape(topic)}")
    left = found - written.total()
    show(
        f"{count_of(left, 'finding')} left; start the routers, then run `lead-router audit` again"
        if found
        else "nothing to repair"
    )


def _as_json(found: Audit, took_s: float, written: Counter[str]) -> dict[str, Any]:
    findings = list(found.findings)
    return {
        "core_version": CORE_VERSION,
        "seconds": round(took_s, 3),
        "findings": len(findings),
        "mendable": found.mendable,
        "compared": [
            {
                "name": row.name,
                "right": row.same,
                **{kind: row.kinds[kind] for kind in Kind},
                "besides": {why.name.lower(): number for why, number in row.apart.items()},
            }
            for row in found.rows
        ],
        "not_folded": {str(partition): why for partition, why in found.unfolded.items()},
        "found": [
            {
                "kind": finding.kind,
                "topic": finding.topic,
                "subject": finding.subject,
                "place": finding.place._asdict() if finding.place else None,
                "what": finding.what,
            }
            for finding in findings
        ],
        "repaired": dict(written),
    }
