"""Gauges of partitions and of state, read when somebody asks; nothing here waits for the broker."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from math import inf

from router.core.model.assignment import Reason
from router.core.shard import Shard
from router.core.state.availability import has_left
from router.core.state.sales_org import SalesOrg
from router.kafka.runtime.partition import PartitionWorker
from router.kafka.runtime.step_runner import StepRuntime
from router.observe.instruments import Reading
from router.observe.meters import Meters, RoutingMeters, StepMeters
from router.roles.route.fold import Fold
from router.roles.route.step import RouteStep

_STATES = ("opening", "open", "halted")


def runtime_readings(meters: Meters, runtime: StepRuntime) -> Iterator[Reading]:
    """The gauges of one step on all its partitions, as they are now."""
    workers = runtime.workers
    states: Counter[str] = Counter(worker.state for worker in workers)
    for state in _STATES:
        yield meters.steps.partitions, (runtime.name, state), states[state]
    for worker in workers:
        yield from _partition(meters.steps, runtime.name, worker)
        if isinstance(worker.step, RouteStep) and worker.accepts:
            yield from _routing(meters.routing, worker.step)


def _partition(meters: StepMeters, step: str, worker: PartitionWorker) -> Iterator[Reading]:
    labels = (step, worker.source.topic, str(worker.source.partition))
    now_s = time.time()
    if (lag := worker.lag) is not None:
        yield meters.lag_records, labels, lag
    since_s = worker.input.waiting_since_s
    yield meters.waiting_seconds, labels, max(now_s - since_s, 0.0) if since_s else 0.0
    if (fetched_s := worker.input.fetched_at_s) is not None:
        yield meters.fetch_age_seconds, labels, max(now_s - fetched_s, 0.0)


def _routing(meters: RoutingMeters, step: RouteStep) -> Iterator[Reading]:
    partition = str(step.partition)
    yield meters.overdue_seconds, (partition,), step.overdue_s
    yield meters.clock_leap_seconds, (partition,), step.time.leap_ms / 1000
    now_ms = time.time_ns() // 1_000_000
    for org in _sales_orgs(step.fold):
        name = org.sales_org
        yield meters.leads, (partition, name), len(org.leads)
        yield meters.reps, (name,), len(org.reps)
        yield meters.accounts, (name,), len(org.accounts)
        yield meters.feedback_ignored, (name,), org.feedback_ignored
        yield meters.roster_known_until, (name,), _roster_known_until_s(org, now_ms)
        yield meters.deadlines, (name,), len(org.deadlines)
        for channel, count in _open_leads(org).items():
            yield meters.open_leads, (name, channel), count
        for queue, count in _backlog(org).items():
            yield meters.backlog, (name, queue), count


def _sales_orgs(fold: Fold) -> Iterable[SalesOrg]:
    """Those of a shard; any other fold keeps its state to itself."""
    return fold.orgs.values() if isinstance(fold, Shard) else ()


def _roster_known_until_s(org: SalesOrg, now_ms: int) -> float:
    """Of the reps who have not left."""
    ends = [
        rep.profile.known_until_ms
        for rep in org.rep_numbers
        if rep.profile.known_until_ms is not None and not has_left(rep, now_ms)
    ]
    return min(ends, default=inf) / 1000


def _open_leads(org: SalesOrg) -> Counter[str]:
    found: Counter[str] = Counter()
    for rep in org.reps.values():
        for channel, load in rep.loads.items():
            found[channel] += load.open
    return found


def _backlog(org: SalesOrg) -> Counter[str]:
    """By what leads wait for; of those that nobody has, so without handoffs and joiners' leads."""
    found = Counter({"pool": 0, "rep": 0, "policy": 0})
    for waiting in org.room.values():
        if waiting.reason == Reason.NO_POLICY:
            found["policy"] += len(waiting.items)
        elif waiting.joiner is None and waiting.reason != Reason.HANDOFF_WAITS:
            found["pool" if waiting.awaited is None else "rep"] += len(waiting.items)
    return found
