"""How long a lead waits for its owner: produce → intake → route → read_committed reader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from aiokafka import AIOKafkaProducer

from tests.bench.bench import Bench
from tests.bench.cores import core_figure
from tests.bench.leads import SALES_ORGS, RawLead, leads
from tests.bench.processes import FellShortError, Worker
from tests.bench.routed import Deployment, deployed
from tests.bench.stopwatch import percentiles, sender_and_reader, without_collection

WARM_UP_S = 5.0
MEASURED_S = 25.0
ARRIVE_WITHIN_S = 10.0
START_WITHIN_S = 60.0


class _Assignment(msgspec.Struct):
    lead_id: str


_lead_id = msgspec.json.Decoder(_Assignment).decode


@dataclass(slots=True)
class Journey:
    """When leads were due to be sent, and when their assignment was seen (perf_counter)."""

    sent_s: dict[str, float] = field(default_factory=dict)
    seen_s: dict[str, float] = field(default_factory=dict)
    measured: list[str] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    cpu_s_before: float = 0.0

    def see(self, value: bytes, now_s: float) -> None:
        """An assignment was read."""
        self.seen_s.setdefault(_lead_id(value).lead_id, now_s)


async def latency(bench: Bench, leads_per_s: int) -> dict[str, float]:
    """Percentiles at a steady rate, one process for intake and route."""
    async with (
        deployed(bench, f"latency-{leads_per_s}") as deployment,
        deployment.running("intake,route") as worker,
    ):
        journey = await _travel(deployment, worker, leads_per_s)
        cpu_s = worker.cpu_s() - journey.cpu_s_before
    core = core_figure(worker, deployment.core)
    return {**_percentiles(journey, leads_per_s), "client_cpu_s": cpu_s, **core}


async def _travel(deployment: Deployment, worker: Worker, leads_per_s: int) -> Journey:
    journey = Journey()
    async with sender_and_reader(
        deployment.bench.bootstrap_servers, deployment.topics.assignments, 4, journey.see
    ) as producer:
        stream = leads(int(leads_per_s * (WARM_UP_S + MEASURED_S)) + len(SALES_ORGS))
        await _first_assignments(deployment, producer, stream, journey, worker)
        journey.cpu_s_before = worker.cpu_s()
        with without_collection():
            await _send(deployment, producer, stream, journey, leads_per_s)
            await _all_seen(journey, worker)
    return journey


async def _first_assignments(
    deployment: Deployment,
    producer: AIOKafkaProducer,
    stream: Iterator[RawLead],
    journey: Journey,
    worker: Worker,
) -> None:
    """Wait until every sales org decides: start-up is not latency."""
    for _ in SALES_ORGS:
        await _produce(deployment, producer, next(stream), journey, time.perf_counter())
    deadline_s = time.perf_counter() + START_WITHIN_S
    while len(journey.seen_s) < len(SALES_ORGS):
        worker.check_running()
        if time.perf_counter() > deadline_s:
            raise FellShortError(f"no first assignments in {START_WITHIN_S:.0f} s: {worker.log}")
        await asyncio.sleep(0.05)


async def _send(
    deployment: Deployment,
    producer: AIOKafkaProducer,
    stream: Iterator[RawLead],
    journey: Journey,
    leads_per_s: int,
) -> None:
    """A lead every 1 / ``leads_per_s``; time counts from when it was due, sent late or not."""
    began_s = time.perf_counter()
    for number, lead in enumerate(stream):
        due_s = began_s + number / leads_per_s
        await asyncio.sleep(max(due_s - time.perf_counter(), 0))
        lead_id = await _produce(deployment, producer, lead, journey, due_s)
        if due_s - began_s >= WARM_UP_S:
            journey.measured.append(lead_id)
            journey.late_s.append(time.perf_counter() - due_s)


async def _produce(
    deployment: Deployment,
    producer: AIOKafkaProducer,
    lead: RawLead,
    journey: Journey,
    due_s: float,
) -> str:
    lead_id = _lead_id(lead.value).lead_id
    journey.sent_s[lead_id] = due_s
    await producer.send(deployment.topics.leads, key=lead_id.encode(), value=lead.value)
    return lead_id


async def _all_seen(journey: Journey, worker: Worker) -> None:
    deadline_s = time.perf_counter() + ARRIVE_WITHIN_S
    while len(journey.seen_s) < len(journey.sent_s):
        worker.check_running()
        if time.perf_counter() > deadline_s:
            missing = len(journey.sent_s) - len(journey.seen_s)
            raise FellShortError(
                f"{missing:,} of {len(journey.sent_s):,} leads have no assignment"
                f" {ARRIVE_WITHIN_S:.0f} s after the last was sent: see {worker.log}"
            )
        await asyncio.sleep(0.05)


def _percentiles(journey: Journey, leads_per_s: int) -> dict[str, float]:
    waits_s = [journey.seen_s[lead] - journey.sent_s[lead] for lead in journey.measured]
    return {
        "leads_per_s": leads_per_s,
        **percentiles(waits_s),
        "sender_late_p99_ms": 1_000 * sorted(journey.late_s)[len(journey.late_s) * 99 // 100],
    }
