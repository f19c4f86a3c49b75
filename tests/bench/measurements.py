"""All measurements by name. One call is one repetition; it returns figures by result name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from tests.bench.bench import Bench
from tests.bench.board_pages import board_pages
from tests.bench.delivery import delivery
from tests.bench.engagement import engagement, engagement_two
from tests.bench.engagement_latency import latency_engagement
from tests.bench.faust_measurements import faust, faust_batched
from tests.bench.growth import REPS, WAITING, growth_reps, growth_waiting
from tests.bench.latency import latency
from tests.bench.pass_through import ceiling, kafka_streams, quixstreams
from tests.bench.processes import FellShortError
from tests.bench.routed import (
    end_to_end_1_process,
    end_to_end_2_processes,
    growth_leads,
    route,
    route_plain,
)

Measured = dict[str, dict[str, float]]
Measurement = Callable[[Bench], Awaitable[Measured]]


def _one(name: str, measure: Callable[[Bench], Awaitable[dict[str, float]]]) -> Measurement:
    async def measurement(bench: Bench) -> Measured:
        return {name: await measure(bench)}

    return measurement


MEASUREMENTS: dict[str, Measurement] = {
    "ceiling": _one("ceiling", ceiling),
    "kafka_streams": _one("kafka_streams", kafka_streams),
    "quixstreams": _one("quixstreams", quixstreams),
    "faust": _one("faust", faust),
    "faust_batched": _one("faust_batched", faust_batched),
    "route": _one("route", route),
    "route_plain": _one("route_plain", route_plain),
    "end_to_end_1_process": _one("end_to_end_1_process", end_to_end_1_process),
    "end_to_end_2_processes": _one("end_to_end_2_processes", end_to_end_2_processes),
    **{
        f"latency_{rate}": _one(f"latency_{rate}", partial(latency, leads_per_s=rate))
        for rate in (20, 200, 1_000)
    },
    "engagement": _one("engagement", engagement),
    "engagement_two": _one("engagement_two", engagement_two),
    "board_pages": _one("board_pages", board_pages),
    "latency_engagement": _one("latency_engagement", latency_engagement),
    "delivery": _one("delivery", delivery),
    "growth_reps": growth_reps,  # growth_reps_10, _100, _1000
    "growth_waiting": growth_waiting,  # growth_waiting_1k, _100k
    "growth_leads": growth_leads,  # growth_leads_10k, growth_leads_1m, restore_1m
}


# Names of results whose measurement is called otherwise.
MEASURED_BY = {
    "end_to_end": ("end_to_end_1_process", "end_to_end_2_processes"),
    **{f"growth_reps_{reps}": ("growth_reps",) for reps in REPS},
    **{f"growth_waiting_{name}": ("growth_waiting",) for name in WAITING},
    **dict.fromkeys(("growth_leads_10k", "growth_leads_1m", "restore_1m"), ("growth_leads",)),
}


def named(only: list[str] | None) -> list[str]:
    """The measurements asked for, by their names or their results', in the order they run.

    Raises:
        FellShortError: there is no such measurement.
    """
    asked = {name for result in only or () for name in MEASURED_BY.get(result, (result,))}
    unknown = sorted(asked - set(MEASUREMENTS))
    if unknown:
        raise FellShortError(
            f"no measurement is called {', '.join(unknown)}: choose from {', '.join(MEASUREMENTS)}"
        )
    return [name for name in MEASUREMENTS if not only or name in asked]
