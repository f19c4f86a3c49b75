"""Faust making the decision that route makes, from the same inbox records."""

from __future__ import annotations

from tests.bench import topics
from tests.bench.bench import COMMIT_MS, Bench
from tests.bench.cores import core_figure, import_path
from tests.bench.inbox import setting_records
from tests.bench.processes import python_module, started
from tests.bench.routed import ASSIGNED

FAUST_EVENTS = 40_000


async def faust(bench: Bench) -> dict[str, float]:
    """One event at a time, one table write, one send: how its documentation does it."""
    return await _measure(bench, "faust", "one")


async def faust_batched(bench: Bench) -> dict[str, float]:
    """The same in batches (``take_events``), sends awaited together."""
    return await _measure(bench, "faust-batched", "batched")


async def _measure(bench: Bench, measurement: str, way: str) -> dict[str, float]:
    count = bench.count(FAUST_EVENTS)
    name = bench.new_name(measurement)
    inbox, output = f"{name}.inbox", f"{name}.out"
    servers = bench.bootstrap_servers
    await topics.create(servers, inbox, output)
    await topics.create(servers, f"{name}-owners-changelog", compacted=True)
    await topics.fill(servers, inbox, setting_records())
    await bench.fill_inbox(inbox, 0, count)
    files = bench.scratch / "state" / name
    files.parent.mkdir(parents=True, exist_ok=True)
    command = python_module(
        "tests.bench.peers.faust_peer", servers, name, inbox, output, COMMIT_MS,
        str(files), way,
    )  # fmt: skip
    try:
        async with started(name, command, bench.log(name), import_path(bench.core)) as worker:
            found = await bench.figures([worker], output, count, mark=ASSIGNED)
        return {**found, **core_figure(worker, bench.core)}
    finally:
        await topics.delete_all(servers, name)
