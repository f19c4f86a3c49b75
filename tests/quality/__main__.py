"""`make bench-quality`: what decisions are worth beside the best in hindsight, with a plot."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.quality.baselines import greedy
from tests.quality.bound import best_in_hindsight
from tests.quality.files import BEST, START, lines_policy, write_world
from tests.quality.world import DAY_H, WARM_DAYS, Kind, World, contribution, world

KINDS: tuple[Kind, ...] = ("overload", "field_scarce")
TARGETS = {"overload": 91.0, "field_scarce": 90.0}
OVER_GREEDY = 4.0
OURS = "use: best"
CUTS = (15_000, 25_000, 40_000, 60_000)
_OWNED = ("assigned", "reassigned", "handed_off")


def simulated(of: World, channel: str, *, within: str = "0%") -> float:
    """Return what the leads truly earn, assigned by `lead-router simulate`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_world(of, folder, channel, within=within)
        run = [sys.executable, "-m", "router.cli", "simulate", "leads.jsonl", "--policy"]
        run += ["policy.yaml", "--roster", "roster.json", "--decisions", "decisions.jsonl"]
        run += ["--contact-after", "never", "--close-after", "never", "--json"]
        subprocess.run(run, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return _earned(of, (folder / "decisions.jsonl").read_text().splitlines())


def _earned(of: World, decisions: list[str]) -> float:
    leads, reps = {lead.lead_id: lead for lead in of.leads}, {rep.rep_id: rep for rep in of.reps}
    earned: dict[str, float] = {}
    for line in decisions:
        decision = json.loads(line)
        lead = leads[decision["lead_id"]]
        if decision["outcome"] not in _OWNED or lead.at_h < WARM_DAYS * DAY_H:
            continue
        at_h = (datetime.fromisoformat(decision["decided_at"]) - START).total_seconds() / 3600
        found = contribution(of, lead, reps[decision["rep_id"]], at_h)
        if found is None:
            raise AssertionError(f"{lead.lead_id} went to another territory")
        earned[lead.lead_id] = found
    return sum(earned.values())


def main(
    seeds: Annotated[int, typer.Option(help="Worlds of each kind.")] = 20,
    output: Annotated[Path, typer.Option(help="Figures and plot go here.")] = Path("build/quality"),
) -> None:
    """Measure the decisions on worlds from seeds, in percent of the best in hindsight.

    Example: python -m tests.quality --seeds 5
    """
    shares: dict[Kind, dict[str, list[float]]] = {kind: {} for kind in KINDS}
    runs = [(kind, seed) for kind in KINDS for seed in range(1, seeds + 1)]
    for kind, seed in track(runs, "worlds", console=Console(stderr=True)):
        of = world(kind, seed)
        best = best_in_hindsight(of)
        found = {
            "greedy": greedy(of),
            **{f"field from {cut}": simulated(of, lines_policy(cut)) for cut in CUTS},
            OURS: simulated(of, BEST),
            "use: best, within 10%": simulated(of, BEST, within="10%"),
        }
        for name, earned in found.items():
            shares[kind].setdefault(name, []).append(100 * earned / best)
    _show(shares)
    output.mkdir(parents=True, exist_ok=True)
    (output / "shares.json").write_text(json.dumps(shares, indent=1) + "\n")
    _plot(shares, output / "shares.svg")
    missed = _missed(shares)
    for sentence in missed:
        Console(stderr=True).print(sentence)
    raise typer.Exit(1 if missed else 0)


def _missed(shares: dict[Kind, dict[str, list[float]]]) -> list[str]:
    """Return a sentence for each target that the means fall short of."""
    found = []
    for kind in KINDS:
        best, greedily = mean(shares[kind][OURS]), mean(shares[kind]["greedy"])
        if best < TARGETS[kind]:
            found.append(f"{kind}: {best:.1f} is less than {TARGETS[kind]}")
        if best < greedily + OVER_GREEDY:
            found.append(f"{kind}: {best:.1f} is not {OVER_GREEDY} more than {greedily:.1f}")
    return found


def _plot(shares: dict[Kind, dict[str, list[float]]], path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only the measurement needs it, the test does not

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after its backend is chosen

    figure, axes = plt.subplots(1, len(KINDS), sharey=True, figsize=(11, 4))
    for axis, kind in zip(axes, KINDS, strict=True):
        axis.boxplot(list(shares[kind].values()), tick_labels=list(shares[kind]))
        axis.axhline(TARGETS[kind], linestyle=":")
        axis.set_title(kind.replace("_", " "))
        axis.tick_params(axis="x", rotation=30)
    axes[0].set_ylabel("percent of the best in hindsight")
    figure.tight_layout()
    figure.savefig(path)


def _show(shares: dict[Kind, dict[str, list[float]]]) -> None:
    table = Table("percent of the best in hindsight", *KINDS)
    for name in shares[KINDS[0]]:
        cells = [shares[kind][name] for kind in KINDS]
        table.add_row(
            name, *(f"{mean(c):.1f} ± {stdev(c) if len(c) > 1 else 0:.1f}" for c in cells)
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
