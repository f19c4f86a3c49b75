"""``lead-router demo``: 500 leads through the whole pipeline, with or without Kafka."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.text import Text

from router.cli.demo.demo_run import SEED, DemoRun
from router.cli.demo.in_memory import run_offline
from router.cli.demo.report import show_demo
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, write_json
from router.errors import LeadRouterError, UsageError

_EXPLAINED = "engaged"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("demo")(demo)


def demo(
    *,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Through a real broker and a router process.")
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", help="With --kafka: keep both running until Ctrl-C.")
    ] = False,
    lead: Annotated[str, typer.Option(help="Which lead is told in plain words.")] = _EXPLAINED,
    seed: Annotated[int, typer.Option(help="The same seed draws the same leads.")] = SEED,
    as_json: Json = False,
) -> None:
    """Route 500 varied leads to a roster of 35, and say who got what and why.

    Without Kafka it takes seconds and needs nothing. With --kafka it starts Apache Kafka and a
    router process, sends the leads through, reads the assignments as they come, and ends both.

    Example: lead-router demo --lead rush-order
    """
    if stay and not kafka:
        raise UsageError("--stay keeps the broker running: use it together with --kafka")
    if kafka:
        # The offline demo must not wait for the Kafka client to be imported.
        from router.cli.demo.on_kafka import run_on_kafka  # noqa: PLC0415 - see above

        with run_on_kafka(seed, quiet=as_json) as done:
            _report(done.run, lead, as_json=as_json)
            if stay:
                done.stay()
        if not as_json:
            _show_next_steps(kafka=True)
        return
    _report(_offline(seed, quiet=as_json), lead, as_json=as_json)
    if not as_json:
        _show_next_steps(kafka=False)


def _offline(seed: int, *, quiet: bool) -> DemoRun:
    began = time.perf_counter()
    run = run_offline(seed)
    took_ms = (time.perf_counter() - began) * 1000
    if not quiet:
        show(
            f"[bold]{len(run.sent)} lead events[/bold], a roster of {len(run.people.names)}, one"
            f" policy, no broker: {took_ms:.0f} ms in all. The clock of the demo shows Tuesday,"
            " 12 January 2027, 09:30 UTC.",
            Text(),
        )
    return run


def _report(run: DemoRun, lead: str, *, as_json: bool) -> None:
    if not run.of_lead(lead):
        raise UsageError(f"the demo decides about no lead {lead}: take one of its tables")
    if as_json:
        write_json(run.as_json())
    else:
        show_demo(run, lead)
    if not run.adds_up:
        raise LeadRouterError("the sums do not add up: run `lead-router doctor`, then report it")


def _show_next_steps(*, kafka: bool) -> None:
    other = (
        "  lead-router demo --kafka --stay      keep it running: board, watch, explain, status"
        if kafka
        else "  lead-router demo --kafka             the same on Apache Kafka, exactly once"
    )
    show(
        "[bold]Where to look next[/bold]",
        "  lead-router demo --lead rush-order   another of these leads in plain words",
        other,
        "  lead-router init my-team             a policy and a roster of your own",
        "  lead-router simulate leads.jsonl     your own leads, without a broker",
    )
