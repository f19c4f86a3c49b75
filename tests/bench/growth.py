"""How a decision's cost grows with the number of reps; the core alone, without Kafka."""

from __future__ import annotations

import json

from tests.bench.bench import Bench
from tests.bench.cores import core_figure, import_path
from tests.bench.processes import FellShortError, python_module, started

REPS = (10, 100, 1_000)
DECISIONS = 60_000


async def growth_reps(bench: Bench) -> dict[str, dict[str, float]]:
    """Decode, decide, encode, with so many reps in the sales org."""
    return {f"growth_reps_{reps}": await _decide(bench, reps) for reps in REPS}


async def _decide(bench: Bench, reps: int) -> dict[str, float]:
    name = bench.new_name(f"reps-{reps}")
    command = python_module("tests.bench.workers.decide", reps, bench.count(DECISIONS))
    async with started(name, command, bench.log(name), import_path(bench.core)) as worker:
        if await worker.process.wait() != 0:
            worker.check_running()
        lines = worker.log.read_text(encoding="utf-8").splitlines()
    try:
        found: dict[str, float] = json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError) as error:
        raise FellShortError(f"{name} printed no figures: see {worker.log}") from error
    return {**found, **core_figure(worker, bench.core)}
