"""A step on the transactional runtime as a part of its process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial

from router.kafka.client.clients import Clients
from router.kafka.client.reach import AwayError
from router.kafka.rights.denied import DeniedError
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.step_runner import StepPlan, StepRuntime
from router.observe.instruments import Reading
from router.observe.process import Process
from router.roles.readings import runtime_readings
from router.roles.role import Host


class TransactionalPart:
    """A step with what it takes to make it: made when its topics can be seen, then run."""

    has_ended = False

    def __init__(self, name: str, make: Callable[[], Awaitable[StepRuntime]]) -> None:
        """``make`` raises :class:`DeniedError` when it may not see the topics."""
        self.name = name
        self._make = make
        self._runtime: StepRuntime | None = None

    @property
    def awaits(self) -> str | None:
        """Return what it waits for before it is ready, in one line; None when it is."""
        return self._runtime.awaits if self._runtime else f"{self.name} has not been started yet"

    async def prepare(self) -> None:
        """Make the step, so that what is wrong with its topics is known, if they can be seen.

        Raises:
            LeadRouterError: the topics or the broker are not as they must be.
        """
        with suppress(DeniedError, AwayError):
            self._runtime = await self._make()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``.

        Raises:
            LeadRouterError: the step cannot go on.
        """
        if self._runtime is None:
            self._runtime = await self._make()
        try:
            await self._runtime.run(stop)
        finally:
            self._runtime = None

    def readings(self, process: Process) -> Iterator[Reading]:
        """The gauges of its step, once there is one."""
        if self._runtime is not None:
            yield from runtime_readings(process.meters, self._runtime)


async def transactional_part(
    name: str,
    make_plan: Callable[[], Awaitable[StepPlan]],
    host: Host,
    clients: Clients,
    watch: RightsWatch,
) -> TransactionalPart:
    """Return the part that runs the plan; its gauges are shown.

    Raises:
        LeadRouterError: the topics or the broker are not as they must be.
    """
    collector, meters = host.collector, host.process.meters

    async def make_runtime() -> StepRuntime:
        plan, tracing = await make_plan(), host.process.tracing
        return StepRuntime(host.settings, clients, plan, watch, collector, meters, tracing)

    part = TransactionalPart(name, make_runtime)
    await part.prepare()
    meters.watch(partial(part.readings, host.process))
    return part
