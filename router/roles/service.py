"""The roles of one process, run until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from router.core.model.assignment import CORE_VERSION
from router.core_form import core_form
from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Guarded
from router.kafka.rights.watch import RightsWatch
from router.observe.process import Process, opened_process
from router.roles.registry import ROLES
from router.roles.role import Host
from router.roles.route.plan import Consents
from router.roles.route.restore import FoldMaker
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

_Run = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


async def run_roles(
    settings: Settings,
    roles: Sequence[str],
    *,
    stop: asyncio.Event,
    consents: Consents | None = None,
    make_fold: FoldMaker | None = None,
    process: Process | None = None,
) -> None:
    """Run ``roles`` until ``stop`` is set or a part of one cannot go on; then all end.

    ``process`` says how they are; without it they open their own.

    Raises:
        LeadRouterError: why it cannot; what was in memory is gone, what was committed is not.
    """
    async with AsyncExitStack() as stack:
        if process is None:
            process = await stack.enter_async_context(process_of(settings, roles))
        host = Host(settings, process, stack, consents or Consents(), make_fold)
        runs = [run for name in roles for run in await _begun(host, name)]
        log.info("roles.started", roles=",".join(roles), core=core_form())
        await run_together([run(stop) for run in runs], stop)
    log.info("roles.stopped", roles=",".join(roles))


async def _begun(host: Host, name: str) -> list[_Run]:
    """Make the parts of a role; returns what runs them, and what watches its rights."""
    role, settings = ROLES[name], host.settings
    clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}{name}")
    watch = RightsWatch(clients, name, role.rights(settings), inputs=role.inputs(settings))
    parts = [Guarded(part, watch) for part in await role.parts(host, clients, watch)]
    for part in parts:
        host.process.add(part)
    return [*(part.run for part in parts), watch.run]


def process_of(
    settings: Settings, roles: Sequence[str], ready_file: Path | None = None
) -> AbstractAsyncContextManager[Process]:
    """A process with the parts of ``roles`` to come."""
    parts = [part for name in roles for part in ROLES[name].part_names(settings)]
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
