"""How costs grow with the reps, and with the leads that wait; the core alone, without Kafka."""

from __future__ import annotations

import json

from tests.bench.bench import Bench
from tests.bench.cores import core_figure, import_path
from tests.bench.processes import FellShortError, python_module, started

REPS = (10, 100, 1_000)
DECISIONS = 60_000
WAITING = {"1k": 1_000, "100k": 100_000}
FREED_PLACES = 10_000


async def growth_reps(bench: Bench) -> dict[str, dict[str, float]]:
    """Decode, decide, encode, with so many reps in the sales org."""
    return {f"growth_reps_{reps}": await _decide(bench, reps) for reps in REPS}


async def growth_waiting(bench: Bench) -> dict[str, dict[str, float]]:
    """A freed place, with so many leads waiting in 200 classes."""
    return {
        f"growth_waiting_{name}": await _run(
            bench, f"waiting-{name}", "waiting", waiting, bench.count(FREED_PLACES)
        )
        for name, waiting in WAITING.items()
    }


async def _decide(bench: Bench, reps: int) -> dict[str, float]:
    return await _run(bench, f"reps-{reps}", "decide", reps, bench.count(DECISIONS))


async def _run(bench: Bench, run: str, worker_name: str, *counts: int) -> dict[str, float]:
    name = bench.new_name(run)
    command = python_module(f"tests.bench.workers.{worker_name}", *counts)
    async with started(name, command, bench.log(name), import_path(bench.core)) as worker:
        if await worker.process.wait() != 0:
            worker.check_running()
        lines = worker.log.read_text(encoding="utf-8").splitlines()
    try:
        found: dict[str, float] = json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError) as error:
        raise FellShortError(f"{name} printed no figures: see {worker.log}") from error
    return {**found, **core_figure(worker, bench.core)}
