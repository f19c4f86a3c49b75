"""Figures to a table for people and ``build/bench.json`` for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

Figures = Mapping[str, float]
Results = dict[str, dict[str, float]]

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
)
TARGETS = {
    ("route", "wall_per_s"): ("≥", 30_000),
    ("end_to_end", "wall_per_s"): ("≥", 15_000),
    ("latency_200", "p99_ms"): ("≤", 60),
    ("latency_1000", "p99_ms"): ("≤", 100),
    ("engagement", "wall_per_s"): ("≥", 4_000),
    ("latency_engagement", "p95_ms"): ("≤", 2_000),
    ("engagement_two / engagement", "wall_per_s"): ("≥", 1.7),
    ("growth_leads_1m", "peak_memory_mb"): ("≤", 1_500),
    ("restore_1m", "seconds"): ("≤", 30),
    ("route / kafka_streams", "client_cpu_per_s"): ("≥", 1.0),
    ("route / faust", "wall_per_s"): ("≥", 10),
    ("end_to_end / faust", "wall_per_s"): ("≥", 10),
    ("growth_reps_10 / growth_reps_100", "wall_per_s"): ("≤", 1.5),
    ("growth_reps_10 / growth_reps_1000", "wall_per_s"): ("≤", 4),
    ("growth_leads_1m / growth_leads_10k", "wall_per_s"): ("≥", 0.8),
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


def ratios(results: Results) -> dict[str, dict[str, float]]:
    """Ratios of medians, where both are there."""
    found: dict[str, dict[str, float]] = {}
    for one, other, figure in RATIOS:
        above, below = results.get(one, {}).get(figure), results.get(other, {}).get(figure)
        if above and below:
            found.setdefault(f"{one} / {other}", {})[figure] = above / below
    return found


def machine() -> dict[str, str | int]:
    """What the figures were made on."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "load_1m": round(os.getloadavg()[0]),
    }


def write(path: Path, results: Results, *, keep_others: bool) -> None:
    """Write ``{name: {figure: number}}``, ratios and the machine beside them.

    With ``keep_others`` names that were not measured now keep the figures of an earlier run.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = keep_others and path.exists()
    before = json.loads(path.read_text(encoding="utf-8")) if kept else {}
    known = {name: value for name, value in before.items() if name not in {"ratios", "machine"}}
    merged = {**known, **results}
    rounded = {
        name: {figure: round(number, 3) for figure, number in sorted(figures.items())}
        for name, figures in merged.items()
    }
    document = {
        **rounded,
        "ratios": {
            name: {figure: round(number, 3) for figure, number in figures.items()}
            for name, figures in ratios(merged).items()
        },
        "machine": machine(),
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def show(console: Console, results: Results) -> None:
    """Print throughput, latency and ratios."""
    _show_rates(console, {name: row for name, row in results.items() if "wall_per_s" in row})
    _show_latency(console, {name: row for name, row in results.items() if "p50_ms" in row})
    for name, restored in results.items():
        if not name.startswith("restore_"):
            continue
        verdict = _verdict(name, "seconds", restored["seconds"])
        console.print(
            f"{name}: {restored['leads']:,.0f} leads in {restored['seconds']:.1f} s,"
            f" {restored['peak_memory_mb']:,.0f} MB at most {verdict}"
        )
    _show_ratios(console, ratios(results))


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
