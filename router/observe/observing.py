"""Everything that watches a process, opened together: what is counted, traced, and served."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from router.observe.instruments import Reading
from router.observe.loop_delay import loop_watched
from router.observe.meters import Meters
from router.observe.parts import Part
from router.observe.server import served
from router.observe.tracing import Tracing, traced
from router.settings import TelemetrySettings


@dataclass(slots=True)
class Observation:
    """What roles are given to be seen by.

    They count with ``meters``, add themselves to ``parts``, and follow traces when ``tracing`` is
    there.
    """

    meters: Meters = field(default_factory=Meters)
    parts: list[Part] = field(default_factory=list)
    tracing: Tracing | None = None


@asynccontextmanager
async def observed(settings: TelemetrySettings) -> AsyncIterator[Observation]:
    """Watch this process for the time of the block: open it first, and close it last.

    Raises:
        LeadRouterError: the port cannot be had.
    """
    observation = Observation()
    meters = observation.meters
    meters.watch(partial(_readiness, observation))
    async with (
        served(settings, meters, lambda: observation.parts),
        loop_watched(meters),
        traced(settings, meters) as observation.tracing,
    ):
        yield observation


def _readiness(observation: Observation) -> Iterator[Reading]:
    ready = observation.meters.process.ready
    for part in observation.parts:
        yield ready, (part.name,), float(part.awaits is None)
