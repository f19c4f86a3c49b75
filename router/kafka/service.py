"""The roles that run on the transactional runtime, in one process, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

from router.core.decision import CORE_VERSION
from router.core_form import core_form
from router.errors import UsageError
from router.kafka.clients import Clients
from router.kafka.garbage import QuietCollector
from router.kafka.intake_plan import intake_plan, topics_written_by_intake
from router.kafka.readings import watch_runtimes
from router.kafka.ready_file import shown_ready
from router.kafka.restore import FoldMaker
from router.kafka.route_plan import (
    Consents,
    check_partition_counts,
    route_plan,
    topics_written_by_route,
)
from router.kafka.runtime import StepRuntime
from router.kafka.shapes import read_shapes
from router.kafka.topics import input_topics, topics_of
from router.observe.loop_delay import loop_watched
from router.observe.meters import Meters
from router.observe.server import served
from router.observe.tracing import traced
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

Role = Literal["intake", "route", "streams"]
"""All roles of the program; ``streams`` is run by :mod:`router.streams.service`."""

ROLES: tuple[Role, ...] = get_args(Role)


def parse_roles(text: str | None) -> list[Role]:
    """The roles in ``text``, separated by commas; all of them without.

    Raises:
        UsageError: there is no such role.
    """
    if text is None:
        return list(ROLES)
    wanted = [name.strip() for name in text.split(",")]
    unknown = [name for name in wanted if name not in ROLES]
    if unknown:
        raise UsageError(f"no such role: {', '.join(unknown)}; there are: {', '.join(ROLES)}")
    return [role for role in ROLES if role in wanted]


async def run_roles(
    settings: Settings,
    roles: Sequence[Role],
    *,
    stop: asyncio.Event,
    consents: Consents | None = None,
    make_fold: FoldMaker | None = None,
    ready_file: Path | None = None,
    others_ready: Callable[[], bool] = lambda: True,
) -> None:
    """Run ``roles``, intake and route, until ``stop`` is set or one of them cannot go on.

    ``ready_file`` is there while every role is in its group with its partitions open, and what
    else this process does is ready too, which ``others_ready`` says.

    Raises:
        LeadRouterError: why it cannot; what was in memory is gone, what was committed is not.
    """
    consents = consents or Consents()
    clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}router")
    meters, runtimes = _meters(), list[StepRuntime]()
    async with AsyncExitStack() as stack:
        # First in, last out: it answers while the roles start, restore and stop.
        await stack.enter_async_context(served(settings.telemetry, meters, lambda: runtimes))
        await stack.enter_async_context(loop_watched(meters))
        tracing = await stack.enter_async_context(traced(settings.telemetry, meters))
        shapes = await read_shapes(clients, _topics(settings, roles))
        if "route" in roles:
            check_partition_counts(settings, shapes)
        collector = stack.enter_context(QuietCollector())
        plans = []
        if "intake" in roles:
            plans.append(
                intake_plan(
                    settings,
                    clients,
                    shapes,
                    accept_lost_input=consents.lost_input,
                    meters=meters,
                )
            )
        if "route" in roles:
            plan, feedback = route_plan(
                settings, clients, shapes, consents=consents, make_fold=make_fold, meters=meters
            )
            stack.push_async_callback(feedback.stop)
            plans.append(plan)
        runtimes += [
            StepRuntime(settings, clients, plan, collector, meters, tracing) for plan in plans
        ]
        watch_runtimes(meters, runtimes)
        log.info("roles.started", roles=",".join(roles), core=core_form())
        await stack.enter_async_context(
            shown_ready(
                ready_file,
                lambda: all(runtime.is_ready for runtime in runtimes) and others_ready(),
            )
        )
        await run_together([runtime.run(stop) for runtime in runtimes], stop)
    log.info("roles.stopped", roles=",".join(roles))


def _meters() -> Meters:
    meters = Meters()
    meters.process.build.set(1, version("lead-router"), core_form(), CORE_VERSION)
    return meters


def _topics(settings: Settings, roles: Sequence[Role]) -> list[str]:
    topics = dict.fromkeys([topics_of(settings).feedback, topics_of(settings).inbox])
    if "intake" in roles:
        topics.update(dict.fromkeys(topics_written_by_intake(settings)))
        for names in input_topics(settings).values():
            topics.update(dict.fromkeys(names))
    if "route" in roles:
        topics.update(dict.fromkeys(topics_written_by_route(settings)))
    return list(topics)


async def run_together(parts: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    """Run all until one ends, then end the others, each in its own good order.

    Raises:
        Exception: what ended the first.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in (*done, *tasks):
        if error := task.exception():
            raise error
