"""The role ``streams``: activity into engagement, and what operators look at, in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from router.kafka.clients import Clients
from router.kafka.service import run_together
from router.settings import Settings
from router.streams.engagement.worker import EngagementWorker


@dataclass(slots=True)
class Readiness:
    """Whether every part of the role is ready; false until it has parts."""

    parts: list[Callable[[], bool]] = field(default_factory=list)

    def __call__(self) -> bool:
        """Ask all parts; does not block."""
        return bool(self.parts) and all(part() for part in self.parts)


async def run_streams(
    settings: Settings, *, stop: asyncio.Event, readiness: Readiness | None = None
) -> None:
    """Run the role until ``stop`` is set or a part of it cannot go on; then all parts end.

    ``readiness`` tells from outside whether it is ready: tables restored, activity taken in.

    Raises:
        LeadRouterError: why it cannot go on.
    """
    clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}streams")
    engagement = EngagementWorker(settings, clients)
    parts = [engagement.run(stop)]
    # The projection and the board are added here: a coroutine each that ends with `stop`, and
    # their own part of the readiness.
    if readiness is not None:
        readiness.parts.append(lambda: engagement.is_ready)
    await run_together(parts, stop)
