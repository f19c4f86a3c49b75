"""One life of the Faust app and of what works beside it, from start to end."""

from __future__ import annotations

import asyncio
from typing import Any

from router.kafka.client.closing import end_tasks
from router.roles.streams.engagement.build import Engagement
from router.roles.streams.engagement.faust_app.ending import stop_app
from router.roles.streams.engagement.faust_app.liveness import until_dead
from router.roles.streams.engagement.faust_app.private_names import until_crashed
from router.roles.streams.engagement.policies import PolicyReader


class Attempt:
    """Takes in activity until it is cancelled, or something fails that it cannot mend itself."""

    def __init__(self, parts: Engagement, policies: PolicyReader) -> None:
        """Nothing runs before :meth:`run`."""
        self.parts = parts
        self._policies = policies
        self.has_started = False

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        parts = self.parts
        if not self.has_started:
            return "engagement is starting"
        if (trouble := parts.agent.trouble or self._policies.trouble) is not None:
            return trouble
        if not parts.watch.hears_broker:
            return "engagement waits for the broker"
        if parts.app.rebalancing or parts.app.tables.recovery.in_recovery:
            return "engagement restores its table, or waits for its partitions"
        return None

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            Exception: why it cannot go on; what was not committed comes again.
        """
        parts = self.parts
        starting = asyncio.create_task(parts.app.start(), name="faust")
        others = [
            asyncio.create_task(self._policies.follow(), name="policies"),
            asyncio.create_task(parts.watch.run(), name="log"),
            asyncio.create_task(until_dead(parts.app.consumer), name="liveness"),
            asyncio.create_task(until_crashed(parts.app), name="crash"),
        ]
        try:
            await parts.activity.start()
            await self._until_failed(starting, others)
        finally:
            self.has_started = False
            await self._end(starting, others)

    async def _until_failed(
        self, starting: asyncio.Task[None], others: list[asyncio.Task[None]]
    ) -> None:
        ended: list[asyncio.Future[Any]] = [self.parts.agent.failed, *others]
        await asyncio.wait([starting, *ended], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            self.has_started = self.parts.app.crash_reason is None
            await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        if self.parts.agent.failed.done():
            raise self.parts.agent.failed.result()
        if (reason := self.parts.app.crash_reason) is not None:
            # Faust takes a cancellation for a reason as well; passed on, it would cancel us.
            raise reason if isinstance(reason, Exception) else RuntimeError(type(reason).__name__)
        for task in others:
            if task.done():
                task.result()

    async def _end(self, starting: asyncio.Task[None], others: list[asyncio.Task[None]]) -> None:
        """End everything side by side, each within a bound; nothing is left open."""
        parts = self.parts
        await parts.agent.end()
        await asyncio.gather(
            end_tasks(others),
            stop_app(parts.app, starting),
            parts.writers.close(),
            parts.activity.stop(),
        )
        parts.table.data.close()
