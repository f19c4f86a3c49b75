"""``python -m tests.bench``: throughput and latency beside peers, on a broker of its own."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from router.devbroker.local_broker import local_broker
from router.errors import LeadRouterError
from tests.bench import report
from tests.bench.bench import Bench
from tests.bench.broker_process import listening_pid
from tests.bench.cores import core_at_hand
from tests.bench.measurements import MEASUREMENTS, named
from tests.bench.pass_through import warm_broker
from tests.bench.processes import REPOSITORY, FellShortError

QUICK_SCALE = 0.125
MEASUREMENT_TIMEOUT_S = 900.0

TABLE_WIDTH = 165

console = Console(highlight=False, soft_wrap=True)


def main(
    only: Annotated[
        list[str] | None,
        typer.Option(help="measure only this one (repeatable): " + ", ".join(MEASUREMENTS)),
    ] = None,
    events: Annotated[
        int | None, typer.Option(min=2_000, help="events for each throughput measurement")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="repetitions; medians are shown")] = 3,
    quick: Annotated[  # noqa: FBT002 - typer reads the default of a flag here
        bool, typer.Option("--quick", help="an eighth of the events, once: figures are rough")
    ] = False,
    output: Annotated[Path, typer.Option(help="where the figures go")] = Path("build/bench.json"),
) -> None:
    """Measure the router and its peers on one machine and one broker.

    Examples:
      python -m tests.bench
      python -m tests.bench --only route --only kafka_streams --repeat 5
      python -m tests.bench --quick
    """
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # new topics make it retry, and say so
    try:
        report_to = partial(_report_to, output, keep_others=bool(only))
        asyncio.run(_run(named(only), events, 1 if quick else repeat, report_to, quick=quick))
        console.print(f"figures: {output}")
    except (LeadRouterError, FellShortError) as error:
        console.print(f"[red]error:[/red] {error}", markup=True)
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("interrupted; everything that was started has ended")
        sys.exit(130)


async def _run(
    names: list[str],
    events: int | None,
    repeat: int,
    report_to: Callable[[report.Results, report.Run], None],
    *,
    quick: bool,
) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with local_broker(report=console.print) as broker:
        bench = Bench(
            bootstrap_servers=broker.bootstrap_servers,
            broker_pid=listening_pid(broker.bootstrap_servers),
            scratch=REPOSITORY / "build" / "bench",
            say=lambda text: console.print(f"[dim]  {text}[/dim]"),
            events=events,
            scale=QUICK_SCALE if quick else 1.0,
            core=core_at_hand(),
        )
        console.print(f"broker at {broker.bootstrap_servers}, process {bench.broker_pid}")
        hint = "" if bench.core == "compiled" else "; `make compiled` compiles it"
        console.print(f"decision core: {bench.core}{hint}")
        await warm_broker(bench)
        run = report.Run()
        results, failures = await _measure(bench, names, repeat, run)
    console.width = max(console.width, TABLE_WIDTH)
    report.show(console, results)
    report_to(results, run)
    console.print(f"logs of what was measured: {bench.scratch / 'logs'}")
    for name, failure in failures.items():
        console.print(f"[red]{name} fell short:[/red] {failure}")
    if failures:
        sys.exit(1)


def _report_to(
    output: Path, results: report.Results, run: report.Run, *, keep_others: bool
) -> None:
    if left_out := report.write(output, results, run, keep_others=keep_others):
        console.print(f"not compared, because of different runs: {', '.join(left_out)}")


async def _measure(
    bench: Bench, names: list[str], repeat: int, run: report.Run
) -> tuple[report.Results, dict[str, str]]:
    """Each repetition goes through all names, so that a noisy minute hits all alike."""
    found: dict[str, list[dict[str, float]]] = {}
    failures: dict[str, str] = {}
    for repetition in range(1, repeat + 1):
        for name in names:
            began, moment = time.monotonic(), report.moment()
            console.print(f"[bold]{name}[/bold] {repetition}/{repeat}")
            try:
                async with asyncio.timeout(MEASUREMENT_TIMEOUT_S):
                    measured = await MEASUREMENTS[name](bench)
            except (FellShortError, TimeoutError) as error:
                failures[name] = str(error) or f"not done after {MEASUREMENT_TIMEOUT_S:.0f} s"
                console.print(f"[red]  {failures[name]}[/red]", markup=True)
                continue
            for part, figures in measured.items():
                found.setdefault(part, []).append(figures)
                run.note(part, moment)
                console.print(f"  {part}: {_brief(figures)} ({time.monotonic() - began:.0f} s)")
    medians = {part: report.medians(rows) for part, rows in found.items()}
    return with_end_to_end(medians, run), failures


def with_end_to_end(results: report.Results, run: report.Run) -> report.Results:
    """``end_to_end`` is the better of one process and two; ``processes`` says which."""
    variants = {
        processes: name
        for processes, name in ((1, "end_to_end_1_process"), (2, "end_to_end_2_processes"))
        if name in results
    }
    if not variants:
        return results
    best = max(variants, key=lambda processes: results[variants[processes]]["wall_per_s"])
    run.moments["end_to_end"] = run.moments[variants[best]]
    return {**results, "end_to_end": {**results[variants[best]], "processes": best}}


def _brief(figures: dict[str, float]) -> str:
    if "p50_ms" in figures:
        return ", ".join(f"{name} {figures[f'{name}_ms']:.1f} ms" for name in ("p50", "p95", "p99"))
    if "wall_per_s" in figures:
        return (
            f"{figures['wall_per_s']:,.0f} events/s,"
            f" {figures['client_cpu_per_s']:,.0f} per client CPU-second"
        )
    if "freed_place_us" in figures:
        return f"{figures['freed_place_us']:.1f} µs a freed place"
    return f"{figures['seconds']:.1f} s"


if __name__ == "__main__":
    typer.run(main)
