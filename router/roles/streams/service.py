"""The role ``streams``: activity into engagement, and what operators look at, in one event loop."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from router.board.service import BoardServer
from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Guarded, Runnable
from router.kafka.rights.watch import RightsWatch
from router.observe.process import Process
from router.roles.rights.roles import rights_of
from router.roles.service import process_of, run_together
from router.roles.streams.engagement.worker import EngagementWorker
from router.settings import Settings


def parts_of(settings: Settings) -> list[str]:
    """The parts of the role, as readiness names them."""
    return [EngagementWorker.name, *([BoardServer.name] if settings.board.enabled else [])]


async def run_streams(
    settings: Settings, *, stop: asyncio.Event, process: Process | None = None
) -> None:
    """Run the role until ``stop`` is set or a part of it cannot go on; then all parts end.

    ``process`` is what it has in common with other roles; without it the role opens its own.

    Raises:
        LeadRouterError: why it cannot go on.
    """
    clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}streams")
    async with AsyncExitStack() as stack:
        if process is None:
            process = await stack.enter_async_context(process_of(settings, parts_of(settings)))
        parts: list[Runnable] = [
            EngagementWorker(settings, clients, process.meters, process.tracing)
        ]
        if settings.board.enabled:
            parts.append(BoardServer(settings, clients, process.meters))
        watch = RightsWatch(clients, "streams", rights_of(settings, "streams"))
        guarded = [Guarded(part, watch) for part in parts]
        for part in guarded:
            process.add(part)
        await run_together([*(part.run(stop) for part in guarded), watch.run(stop)], stop)
