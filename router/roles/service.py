"""The roles that run on the transactional runtime, in one process, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

from router.core.model.assignment import CORE_VERSION
from router.core_form import core_form
from router.errors import UsageError
from router.kafka.rights.guarded import Guarded
from router.observe.process import Process, opened_process
from router.roles.on_kafka import RoleMaker
from router.roles.route.plan import Consents
from router.roles.route.restore import FoldMaker
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

Role = Literal["intake", "route", "streams"]
"""All roles of the program; ``streams`` is run by :mod:`router.roles.streams.service`."""

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
    async with AsyncExitStack() as stack:
        if process is None:
            process = await stack.enter_async_context(process_of(settings, roles))
        maker = RoleMaker(settings, process, consents or Consents(), make_fold, stack)
        runs: list[Callable[[asyncio.Event], Coroutine[Any, Any, None]]] = []
        for name in (name for name in roles if name != "streams"):
            role = maker.make(name)
            await role.prepare()
            process.meters.watch(partial(role.readings, process))
            guarded = Guarded(role, role.watch)
            process.add(guarded)
            runs += [guarded.run, role.watch.run]
        log.info("roles.started", roles=",".join(roles), core=core_form())
        await run_together([run(stop) for run in runs], stop)
    log.info("roles.stopped", roles=",".join(roles))


def process_of(
    settings: Settings, parts: Sequence[str], ready_file: Path | None = None
) -> AbstractAsyncContextManager[Process]:
    """A process with ``parts`` to come: roles, and what else says whether it is ready."""
    build = (version("lead-router"), core_form(), CORE_VERSION)
    return opened_process(settings.telemetry, parts, build, ready_file)


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
