"""How long an activity takes to change a decision: activity → engagement → route → reader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from aiokafka import AIOKafkaProducer

from tests.bench.bench import Bench
from tests.bench.engagement import Deployment, deployed
from tests.bench.processes import FellShortError, Worker
from tests.bench.stopwatch import percentiles, sender_and_reader, without_collection
from tests.bench.topics import PARTITIONS

ACTIVITIES_PER_S = 500
TURNING_EVERY = 10
"""One activity in ten turns a lead hot, which is a new decision; the others change little."""

WARM_UP_S, MEASURED_S = 5.0, 25.0
REPS = 20
COME_WITHIN_S = 60.0
_encode = msgspec.json.Encoder().encode


class _Decision(msgspec.Struct):
    lead_id: str
    outcome: str


_decision = msgspec.json.Decoder(_Decision).decode


@dataclass(slots=True)
class Journey:
    """When what turns a lead was due to be sent, and its handoff was seen (perf_counter)."""

    due_s: dict[str, float] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    handed_s: dict[str, float] = field(default_factory=dict)

    def see(self, value: bytes, now_s: float) -> None:
        """An assignment was read."""
        decision = _decision(value)
        if decision.outcome == "assigned":
            self.assigned.add(decision.lead_id)
        elif decision.outcome == "handed_off":
            self.handed_s.setdefault(decision.lead_id, now_s)


async def latency_engagement(bench: Bench) -> dict[str, float]:
    """Percentiles at a steady rate, all roles in one process."""
    async with (
        deployed(bench, "latency-engagement") as deployment,
        deployment.worker(0, "intake,route,streams") as worker,
    ):
        journey = Journey()
        async with sender_and_reader(
            bench.bootstrap_servers, deployment.topics.assignments, PARTITIONS, journey.see
        ) as producer:
            await _prepare(deployment, producer, journey, worker)
            with without_collection():
                await _send(deployment, producer, journey)
                await _wait(
                    worker, lambda: journey.due_s.keys() <= journey.handed_s.keys(), "handoffs"
                )
    waits_s = [journey.handed_s[lead_id] - due_s for lead_id, due_s in journey.due_s.items()]
    return {"leads_per_s": ACTIVITIES_PER_S, **percentiles(waits_s)}


def _lead_ids() -> Iterator[str]:
    total = int(ACTIVITIES_PER_S * (WARM_UP_S + MEASURED_S)) // TURNING_EVERY + 1
    return (f"turning-{number:06d}" for number in range(total))


async def _prepare(
    deployment: Deployment, producer: AIOKafkaProducer, journey: Journey, worker: Worker
) -> None:
    """Reps, and leads that are all assigned inside, before the first activity."""
    topics = deployment.topics
    for number in range(REPS):
        channel = "field" if number % 2 else "inside"
        rep = {
            "rep_id": f"rep-{number}",
            "name": f"Rep {number}",
            "channels": [channel],
            "role": f"{channel}_rep",
        }
        await producer.send(topics.roster, _encode(rep), rep["rep_id"].encode())
    await producer.flush()
    await asyncio.sleep(2.0)  # topics have no order among each other
    leads = list(_lead_ids())
    for lead_id in leads:
        lead = {
            "event_id": f"event-{lead_id}",
            "event_type": "submitted",
            "lead_id": lead_id,
            "occurred_at": _now(),
        }
        await producer.send(topics.leads, _encode(lead), lead_id.encode())
    await producer.flush()
    await _wait(worker, lambda: len(journey.assigned) >= len(leads), "assignments")
    await _wait(worker, lambda: "engagement.started" in worker.log.read_text(), "the streams role")


async def _wait(worker: Worker, is_so: Callable[[], bool], what: str) -> None:
    deadline_s = time.perf_counter() + COME_WITHIN_S
    while not is_so():
        worker.check_running()
        if time.perf_counter() > deadline_s:
            raise FellShortError(f"{what} did not all come: see {worker.log}")
        await asyncio.sleep(0.1)


async def _send(deployment: Deployment, producer: AIOKafkaProducer, journey: Journey) -> None:
    """An activity every 1 / rate; time counts from when it was due, sent late or not."""
    turning = list(_lead_ids())
    began_s = time.perf_counter()
    for number in range(int(ACTIVITIES_PER_S * (WARM_UP_S + MEASURED_S))):
        due_s = began_s + number / ACTIVITIES_PER_S
        await asyncio.sleep(max(due_s - time.perf_counter(), 0))
        turns = number % TURNING_EVERY == 0
        lead_id = turning[number // TURNING_EVERY] if turns else f"other-{number % 997}"
        activity = {
            "activity_id": f"activity-{number}",
            "lead_id": lead_id,
            "activity_type": "demo_request" if turns else "page_view",
            "occurred_at": _now(),
            "weight": 2 if turns else 1,
        }
        if turns and due_s - began_s >= WARM_UP_S:
            journey.due_s[lead_id] = due_s
        await producer.send(deployment.topics.activity, _encode(activity), lead_id.encode())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
