"""intake or route in one process: made when its topics can be seen, then run on its partitions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Literal

from router.kafka.client.clients import Clients
from router.kafka.client.reach import AwayError
from router.kafka.rights.denied import DeniedError
from router.kafka.rights.right import Operation
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.gc_control import QuietCollector
from router.kafka.runtime.step_runner import StepPlan, StepRuntime
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import input_names, topics_of
from router.observe.instruments import Reading
from router.observe.process import Process
from router.roles.intake.plan import intake_plan, topics_written_by_intake
from router.roles.readings import runtime_readings
from router.roles.rights.roles import rights_of
from router.roles.route.plan import Consents, route_plan, topics_written_by_route
from router.roles.route.restore import FoldMaker
from router.settings import Settings

StepRole = Literal["intake", "route"]


class TransactionalRole:
    """A step with what it takes to make it; a part of its process."""

    has_ended = False

    def __init__(
        self, name: StepRole, make: Callable[[], Awaitable[StepRuntime]], watch: RightsWatch
    ) -> None:
        """``make`` raises :class:`DeniedError` when it may not see the topics."""
        self.name = name
        self.watch = watch
        self._make = make
        self._runtime: StepRuntime | None = None

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
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


class RoleMaker:
    """Makes the transactional roles of one process, with what they have in common."""

    def __init__(
        self,
        settings: Settings,
        process: Process,
        consents: Consents,
        make_fold: FoldMaker | None,
        stack: AsyncExitStack,
    ) -> None:
        """``stack`` ends what the roles leave behind."""
        self._settings, self._process = settings, process
        self._consents, self._make_fold, self._stack = consents, make_fold, stack
        self._clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}router")
        self._collector = stack.enter_context(QuietCollector())

    def make(self, name: StepRole) -> TransactionalRole:
        """Return the role, not yet begun."""
        inputs = input_names(self._settings) if name == "intake" else ()
        rights = rights_of(self._settings, name)
        watch = RightsWatch(self._clients, name, rights, inputs=inputs)
        make_plan = {"intake": self._intake_plan, "route": self._route_plan}[name]

        async def make_runtime() -> StepRuntime:
            return StepRuntime(
                self._settings,
                self._clients,
                await make_plan(),
                watch,
                self._collector,
                self._process.meters,
                self._process.tracing,
            )

        return TransactionalRole(name, make_runtime, watch)

    async def _intake_plan(self) -> StepPlan:
        inputs = input_names(self._settings)
        topics = [*inputs, *topics_written_by_intake(self._settings)]
        return intake_plan(
            self._settings,
            self._clients,
            await read_shapes(self._clients, topics, needed=Operation.WRITE, dispensable=inputs),
            accept_lost_input=self._consents.lost_input,
            meters=self._process.meters,
        )

    async def _route_plan(self) -> StepPlan:
        feedback_topic = topics_of(self._settings).feedback
        shapes = await read_shapes(
            self._clients,
            [feedback_topic, *topics_written_by_route(self._settings)],
            needed=Operation.WRITE,
            dispensable=[feedback_topic],
        )
        plan, feedback = route_plan(
            self._settings,
            self._clients,
            shapes,
            consents=self._consents,
            make_fold=self._make_fold,
            meters=self._process.meters,
        )
        self._stack.push_async_callback(feedback.stop)
        return plan
