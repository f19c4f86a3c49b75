"""The roles that run on the transactional runtime, in one process, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
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
from router.kafka.restore import FoldMaker
from router.kafka.route_plan import (
    Consents,
    route_plan,
    topics_written_by_route,
)
from router.kafka.runtime import StepRuntime
from router.kafka.shapes import read_shapes
from router.kafka.topics import input_topics, topics_of
from router.observe.process import Process, opened_process
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
    process: Process | None = None,
) -> None:
    """Run ``roles``, intake and route, until ``stop`` is set or one of them cannot go on.

    ``process`` is what they have in common with other roles; without it they open their own.

    Raises:
        LeadRouterError: why it cannot; what was in memory is gone, what was committed is not.
    """
    consents = consents or Consents()
    clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}router")
    async with AsyncExitStack() as stack:
        if process is None:
            process = await stack.enter_async_context(process_of(settings, roles))
        meters = process.meters
        shapes = await read_shapes(clients, _topics(settings, roles))
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
        runtimes = [
            StepRuntime(settings, clients, plan, collector, meters, process.tracing)
            for plan in plans
        ]
        watch_runtimes(meters, runtimes)
        for runtime in runtimes:
            process.add(runtime)
        log.info("roles.started", roles=",".join(roles), core=core_form())
        await run_together([runtime.run(stop) for runtime in runtimes], stop)
    log.info("roles.stopped", roles=",".join(roles))


def process_of(
    settings: Settings, parts: Sequence[str], ready_file: Path | None = None
) -> AbstractAsyncContextManager[Process]:
    """A process with ``parts`` to come: roles, and what else says whether it is ready."""
    build = (version("lead-router"), core_form(), CORE_VERSION)
    return opened_process(settings.telemetry, parts, build, ready_file)


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
