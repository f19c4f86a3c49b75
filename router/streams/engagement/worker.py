"""Running the Faust app inside an event loop that has other things to do as well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from faust.exceptions import ConsistencyError

from router.errors import LeadRouterError
from router.intake.context import IntakeContext
from router.kafka.clients import Clients
from router.kafka.rights.right import Operation
from router.kafka.shapes import TopicShape, read_shapes
from router.kafka.topics import topics_of, topics_written_by_engagement
from router.observe.instruments import Reading
from router.observe.meters import Meters
from router.observe.tracing import Tracing
from router.settings import Settings
from router.streams.engagement.app import tables_directory
from router.streams.engagement.build import Engagement, build_engagement
from router.streams.engagement.policies import PolicyBook, PolicyReader
from router.streams.engagement.readings import engagement_readings
from router.streams.engagement.step import NAME
from router.telemetry import logger

log = logger(__name__)

_STOP_TIMEOUT_S = 20.0


class EngagementWorker:
    """Activity into engagement, until told to stop; a part of the role ``streams``."""

    name = NAME

    def __init__(
        self,
        settings: Settings,
        clients: Clients,
        meters: Meters,
        tracing: Tracing | None = None,
    ) -> None:
        """Connects to nothing yet; ``meters`` count what it does."""
        self._settings = settings
        self._clients = clients
        self._meters = meters
        self._tracing = tracing
        self._parts: Engagement | None = None
        self.has_ended = False
        meters.watch(self._readings)

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        parts = self._parts
        if parts is None:
            return f"{self.name} {'has ended' if self.has_ended else 'is starting'}"
        if parts.agent.trouble is not None:
            return parts.agent.trouble
        if parts.watch.answer_age_s * 1_000 > self._settings.kafka.session_timeout_ms:
            return f"{self.name} waits for the broker"
        if parts.app.rebalancing or parts.app.tables.recovery.in_recovery:
            return f"{self.name} restores its table, or waits for its partitions"
        return None

    @property
    def is_ready(self) -> bool:
        """Whether the table is restored, activity is taken in, and the broker answers."""
        return self.awaits is None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``.

        Raises:
            LeadRouterError: why it cannot go on; what was not committed comes again.
        """
        self.has_ended = False
        try:
            await self._work(stop)
        finally:
            self.has_ended = True

    async def _work(self, stop: asyncio.Event) -> None:
        shapes = await self._shapes()
        book = PolicyBook(IntakeContext.of(self._settings))
        reader = PolicyReader(self._clients, topics_of(self._settings).policies, book)
        spans = await reader.load()
        async with self._built(shapes, book) as parts:
            following = asyncio.create_task(reader.follow(spans, stop), name="policies")
            watching = asyncio.create_task(parts.watch.run(), name="log")
            try:
                await self._run_app(parts, (following, watching), stop)
            finally:
                following.cancel()
                watching.cancel()
                await asyncio.gather(following, watching, return_exceptions=True)

    @asynccontextmanager
    async def _built(
        self, shapes: dict[str, TopicShape], book: PolicyBook
    ) -> AsyncIterator[Engagement]:
        parts = build_engagement(
            self._settings, self._clients, shapes, book, self._meters, self._tracing
        )
        try:
            await parts.activity.start()
            yield parts
        finally:
            await parts.writer.stop()
            await parts.activity.stop()

    async def _shapes(self) -> dict[str, TopicShape]:
        topics = topics_of(self._settings)
        shapes = await read_shapes(
            self._clients,
            topics_written_by_engagement(self._settings),
            needed=Operation.WRITE,
        )
        activity, table = shapes[topics.activity], shapes[topics.engagement_table]
        if activity.partition_count != table.partition_count:
            raise LeadRouterError(
                f"{topics.activity} has {activity.partition_count} partitions and"
                f" {topics.engagement_table} {table.partition_count}: activity would be counted"
                " apart from what is known of its lead; make both alike, or delete the second,"
                " run `lead-router topics apply`, and engagement begins anew"
            )
        return shapes

    async def _run_app(
        self, parts: Engagement, others: Iterable[asyncio.Task[None]], stop: asyncio.Event
    ) -> None:
        app = parts.app
        began_s = time.monotonic()
        starting = asyncio.create_task(app.start(), name="faust")
        watched: dict[str, asyncio.Future[Any]] = {
            "stop": asyncio.create_task(stop.wait()),
            "crash": asyncio.create_task(app._crashed.wait()),  # noqa: SLF001 - the only sign
        }
        try:
            everything = [starting, parts.agent.failed, *others, *watched.values()]
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not starting.exception() and not watched["crash"].done():
                self._parts = parts
                self._meters.streams.recovery_seconds.set(time.monotonic() - began_s)
                log.info("engagement.started")
                await asyncio.wait(everything[1:], return_when=asyncio.FIRST_COMPLETED)
            self._raise_failure(parts, [starting, *others])
        finally:
            self._parts = None
            await self._stop_app(app, starting)
            for task in watched.values():
                task.cancel()
            await asyncio.gather(*watched.values(), return_exceptions=True)

    def _readings(self) -> Iterable[Reading]:
        if self._parts is None:  # nothing is known yet, or nothing any more
            return ()
        topic = topics_of(self._settings).activity
        return engagement_readings(self._meters.steps, topic, self._parts.watch, self._parts.agent)

    def _raise_failure(self, parts: Engagement, tasks: Iterable[asyncio.Task[Any]]) -> None:
        if parts.agent.failed.done():
            raise parts.agent.failed.result()
        error = parts.app.crash_reason
        for task in tasks:
            if error is None and task.done() and not task.cancelled():
                error = task.exception()
        if error is None:
            return
        if isinstance(error, LeadRouterError):
            raise error
        if isinstance(error, ConsistencyError):
            raise LeadRouterError(
                f"the tables in {tables_directory(self._settings)} are not of this broker's"
                " topics: delete that directory, they are restored at the next start"
            ) from error
        raise LeadRouterError(
            f"the streams role cannot go on ({type(error).__name__}): see that the broker runs,"
            " with `lead-router doctor`, then start again"
        ) from error

    async def _stop_app(self, app: Any, starting: asyncio.Task[Any]) -> None:
        try:
            await asyncio.wait_for(app.stop(), _STOP_TIMEOUT_S)
        except Exception as error:  # noqa: BLE001 - it ends all the same, and says why elsewhere
            log.warning("engagement.stop_failed", error=type(error).__name__)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
