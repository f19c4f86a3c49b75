"""Figures to a table for people and ``build/bench.json`` for programs.

``{name: {figure: number}}``, and beside the names: ``measured`` says of each name in which run,
when, and under what load of the machine; ``runs`` on what machine each run was; ``ratios`` compare
figures of the same run only, because a machine is never the same twice.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

Figures = Mapping[str, float]
Results = dict[str, dict[str, float]]
Moment = tuple[str, float]
"""When (RFC 3339), and the machine's load over the minute before."""
BESIDE = frozenset({"measured", "runs", "ratios", "machine"})
"""What stands beside the names; ``machine`` in files of earlier versions."""

RATIOS = (  # what is held against what, by which figure
    ("route", "route_plain", "wall_per_s"),
    ("route", "route_plain", "client_cpu_per_s"),
    ("route", "ceiling", "wall_per_s"),
    ("route", "kafka_streams", "client_cpu_per_s"),
    ("route", "kafka_streams", "wall_per_s"),
    ("route", "faust", "wall_per_s"),
    ("route", "faust_batched", "wall_per_s"),
    ("end_to_end", "faust", "wall_per_s"),
    ("end_to_end", "ceiling", "wall_per_s"),
    ("engagement_two", "engagement", "wall_per_s"),
    ("growth_reps_10", "growth_reps_100", "wall_per_s"),
    ("growth_reps_10", "growth_reps_1000", "wall_per_s"),
    ("growth_leads_1m", "growth_leads_10k", "wall_per_s"),
    ("growth_reps_10", "growth_reps_100", "client_cpu_per_s"),
    ("growth_reps_10", "growth_reps_1000", "client_cpu_per_s"),
    ("growth_leads_1m", "growth_leads_10k", "client_cpu_per_s"),
    ("growth_waiting_1k", "growth_waiting_100k", "client_cpu_per_s"),
)
TARGETS = {
    ("route", "wall_per_s"): ("≥", 30_000),
    ("end_to_end", "wall_per_s"): ("≥", 15_000),
    ("latency_200", "p99_ms"): ("≤", 60),
    ("latency_1000", "p99_ms"): ("≤", 100),
    ("engagement", "wall_per_s"): ("≥", 4_000),
    ("latency_engagement", "p95_ms"): ("≤", 2_000),
    ("board_pages", "pages_cost_percent"): ("≤", 5),
    ("board_pages", "p99_ms"): ("≤", 1_000),
    ("delivery", "wall_per_s"): ("≥", 1_000),
    ("delivery", "p99_ms"): ("≤", 100),
    ("engagement_two / engagement", "wall_per_s"): ("≥", 1.7),
    ("growth_leads_1m", "peak_memory_mb"): ("≤", 1_500),
    ("restore_1m", "seconds"): ("≤", 30),
    ("route / kafka_streams", "client_cpu_per_s"): ("≥", 1.0),
    ("route / faust", "wall_per_s"): ("≥", 10),
    ("end_to_end / faust", "wall_per_s"): ("≥", 10),
    ("growth_reps_10 / growth_reps_100", "wall_per_s"): ("≤", 1.5),
    ("growth_reps_10 / growth_reps_1000", "wall_per_s"): ("≤", 4),
    ("growth_leads_1m / growth_leads_10k", "wall_per_s"): ("≥", 0.8),
    ("growth_waiting_100k", "freed_place_us"): ("≤", 100),
    ("growth_waiting_1k / growth_waiting_100k", "client_cpu_per_s"): ("≤", 1.5),
}


def medians(repetitions: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure over the repetitions, and the spread of the rate."""
    names = {name for figures in repetitions for name in figures}
    found = {
        name: median(figures[name] for figures in repetitions if name in figures)
        for name in sorted(names)
    }
    if "wall_per_s" in found:
        rates = [figures["wall_per_s"] for figures in repetitions]
        found["wall_per_s_min"], found["wall_per_s_max"] = min(rates), max(rates)
    return {**found, "repetitions": len(repetitions)}


def moment() -> Moment:
    """Now."""
    return datetime.now(UTC).isoformat(timespec="seconds"), round(os.getloadavg()[0], 1)


@dataclass(slots=True)
class Run:
    """One call of the benchmark: figures within it may be compared."""

    began: str = field(default_factory=lambda: moment()[0])
    moments: dict[str, list[Moment]] = field(default_factory=dict)

    def note(self, name: str, began: Moment) -> None:
        """A repetition of ``name`` began at that moment."""
        self.moments.setdefault(name, []).append(began)

    def measured(self, name: str) -> dict[str, str | float]:
        """In which run, when first, and at what load: the medians of what went before it."""
        moments = self.moments[name]
        return {
            "run": self.began,
            "at": moments[0][0],
            "load_1m": median(load for _, load in moments),
        }


def ratios(results: Results, run_of: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Ratios of medians, where both are there and of the same run."""
    found: dict[str, dict[str, float]] = {}
    for one, other, figure in RATIOS:
        if run_of.get(one) is None or run_of.get(one) != run_of.get(other):
            continue
        above, below = results.get(one, {}).get(figure), results.get(other, {}).get(figure)
        if above and below:
            found.setdefault(f"{one} / {other}", {})[figure] = above / below
    return found


def not_compared(results: Results, run_of: Mapping[str, str]) -> list[str]:
    """Ratios that are left out because the figures are of different runs."""
    pairs = dict.fromkeys((one, other) for one, other, _ in RATIOS)
    return [
        f"{one} / {other}"
        for one, other in pairs
        if one in results and other in results
        if run_of.get(one) is None or run_of.get(one) != run_of.get(other)
    ]


def machine() -> dict[str, str | int]:
    """What the figures were made on."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
    }


def write(path: Path, results: Results, run: Run, *, keep_others: bool) -> list[str]:
    """Write the figures and what stands beside them; returns :func:`not_compared`.

    With ``keep_others`` names that were not measured now keep the figures of an earlier run.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = keep_others and path.exists()
    before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if kept else {}
    known: Results = {name: value for name, value in before.items() if name not in BESIDE}
    merged = {**known, **results}
    measured = {
        **before.get("measured", {}),
        **{name: run.measured(name) for name in results},
    }
    run_of = {name: each["run"] for name, each in measured.items()}
    runs = {**before.get("runs", {}), run.began: machine()}
    document = {
        **{name: _rounded(figures) for name, figures in merged.items()},
        "ratios": {name: _rounded(row) for name, row in ratios(merged, run_of).items()},
        "measured": {name: measured[name] for name in merged if name in measured},
        "runs": {began: runs[began] for began in sorted(set(run_of.values()))},
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return not_compared(merged, run_of)


def _rounded(figures: Figures) -> dict[str, float]:
    return {figure: round(number, 3) for figure, number in sorted(figures.items())}


def show(console: Console, results: Results) -> None:
    """Print throughput, latency and ratios; all of ``results`` are of one run."""
    _show_rates(console, {name: row for name, row in results.items() if "wall_per_s" in row})
    _show_latency(console, {name: row for name, row in results.items() if "leads_per_s" in row})
    for name, restored in results.items():
        if not name.startswith("restore_"):
            continue
        verdict = _verdict(name, "seconds", restored["seconds"])
        console.print(
            f"{name}: {restored['leads']:,.0f} leads in {restored['seconds']:.1f} s,"
            f" {restored['peak_memory_mb']:,.0f} MB at most {verdict}"
        )
    if "board_pages" in results:
        _show_board(console, results["board_pages"])
    _show_ratios(console, ratios(results, dict.fromkeys(results, "this")))


def _show_rates(console: Console, rows: Results) -> None:
    if not rows:
        return
    table = Table(title="Throughput (medians)", title_justify="left")
    table.add_column("")
    table.add_column("core")
    for heading in (
        "events/s", "lowest-highest", "per client CPU-s", "broker CPU-s", "broker µs/event",
        "bytes out/event", "peak MB", "",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for name, row in rows.items():
        table.add_row(
            name,
            _core(row),
            f"{row['wall_per_s']:,.0f}",
            f"{row['wall_per_s_min']:,.0f}-{row['wall_per_s_max']:,.0f}",
            f"{row['client_cpu_per_s']:,.0f}",
            _optional(row, "broker_cpu_s", "{:.1f}"),
            _optional(row, "broker_cpu_us_per_event", "{:.1f}"),
            _optional(row, "output_bytes_per_event", "{:,.0f}"),
            _optional(row, "peak_memory_mb", "{:,.0f}"),
            _verdict(name, "wall_per_s", row["wall_per_s"])
            + _verdict(name, "peak_memory_mb", row.get("peak_memory_mb", 0)),
        )
    console.print(table)


def _show_latency(console: Console, rows: Results) -> None:
    if not rows:
        return
    table = Table(title="Latency, produce to read_committed assignment", title_justify="left")
    table.add_column("")
    table.add_column("core")
    for heading in ("leads/s", "p50 ms", "p95 ms", "p99 ms", "max ms", "leads", ""):
        table.add_column(heading, justify="right")
    for name, row in rows.items():
        table.add_row(
            name,
            _core(row),
            f"{row['leads_per_s']:,.0f}",
            *(f"{row[figure]:,.1f}" for figure in ("p50_ms", "p95_ms", "p99_ms", "max_ms")),
            f"{row['events']:,.0f}",
            _verdict(name, "p99_ms", row["p99_ms"]) + _verdict(name, "p95_ms", row["p95_ms"]),
        )
    console.print(table)


def _show_board(console: Console, row: Figures) -> None:
    cost, p99_ms = row["pages_cost_percent"], row["p99_ms"]
    console.print(
        f"board_pages: {row['pages']:,.0f} pages take {cost:.1f} % of a processor"
        f" {_verdict('board_pages', 'pages_cost_percent', cost)}; a story is told"
        f" {row['p50_ms']:,.0f} ms (p50), {p99_ms:,.0f} ms (p99) after its assignment"
        f" {_verdict('board_pages', 'p99_ms', p99_ms)}"
    )


def _show_ratios(console: Console, found: dict[str, dict[str, float]]) -> None:
    if not found:
        return
    table = Table("", "by", title="Ratios of medians", title_justify="left")
    table.add_column("ratio", justify="right")
    table.add_column("", justify="right")
    for name, figures in found.items():
        for figure, ratio in figures.items():
            table.add_row(name, figure, f"{ratio:.2f}", _verdict(name, figure, ratio))
    console.print(table)


def _core(row: Figures) -> str:
    """``compiled`` or ``plain``; nothing where our core has no part in it."""
    if "core_compiled" not in row:
        return ""
    return "compiled" if row["core_compiled"] == 1 else "plain"


def _optional(row: Figures, figure: str, form: str) -> str:
    return form.format(row[figure]) if figure in row else "-"


def _verdict(name: str, figure: str, found: float) -> str:
    target = TARGETS.get((name, figure))
    if target is None:
        return ""
    sign, limit = target
    met = found >= limit if sign == "≥" else found <= limit
    colour, word = ("green", "met") if met else ("red", "missed")
    return f"[{colour}]{sign} {limit:,g} {word}[/{colour}] "
