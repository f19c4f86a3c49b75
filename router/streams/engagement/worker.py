"""Running the Faust app inside an event loop that has other things to do as well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from faust.exceptions import ConsistencyError

from router.errors import LeadRouterError
from router.intake.context import IntakeContext
from router.kafka.clients import Clients
from router.kafka.places import make_directory
from router.kafka.shapes import TopicShape, read_shapes
from router.kafka.topics import topics_of
from router.observe.instruments import Reading
from router.observe.meters import Meters
from router.settings import Settings
from router.streams.engagement.agent import EngagementAgent
from router.streams.engagement.app import (
    activity_topic,
    engagement_table,
    make_app,
    tables_directory,
)
from router.streams.engagement.history import DAY_MS, Bounds
from router.streams.engagement.policies import PolicyBook, PolicyReader
from router.streams.engagement.progress import MissingRecords
from router.streams.engagement.readings import engagement_readings
from router.streams.engagement.step import EngagementStep
from router.streams.engagement.writer import Writer
from router.telemetry import logger

log = logger(__name__)

_STOP_TIMEOUT_S = 20.0


class EngagementWorker:
    """Activity into engagement, until told to stop; a part of the role ``streams``."""

    name = "engagement"

    def __init__(self, settings: Settings, clients: Clients, meters: Meters) -> None:
        """Connects to nothing yet; ``meters`` count what it does."""
        self._settings = settings
        self._clients = clients
        self._meters = meters
        self._app: Any = None
        self._started = False
        self.has_ended = False

    @property
    def is_ready(self) -> bool:
        """Whether the table is restored and activity is being taken in."""
        app = self._app
        return (
            self._started
            and app is not None
            and not app.rebalancing
            and not app.tables.recovery.in_recovery
        )

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        if self.is_ready:
            return None
        if self._started:
            return f"{self.name} restores its table, or waits for its partitions"
        return f"{self.name} {'has ended' if self.has_ended else 'is starting'}"

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``.

        Raises:
            LeadRouterError: why it cannot go on; what was not acknowledged comes again.
        """
        try:
            await self._work(stop)
        finally:
            self.has_ended = True

    async def _work(self, stop: asyncio.Event) -> None:
        shapes = await self._shapes()
        book = PolicyBook(IntakeContext.of(self._settings))
        reader = PolicyReader(self._clients, topics_of(self._settings).policies, book)
        spans = await reader.load()
        writer = Writer(self._clients)
        await writer.start()
        following = asyncio.create_task(reader.follow(spans, stop), name="policies")
        try:
            await self._run_app(shapes, book, writer, following, stop)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await writer.stop()

    async def _shapes(self) -> dict[str, TopicShape]:
        topics = topics_of(self._settings)
        shapes = await read_shapes(
            self._clients,
            [topics.activity, topics.engagement, topics.dead_letters, topics.engagement_table],
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
        self,
        shapes: dict[str, TopicShape],
        book: PolicyBook,
        writer: Writer,
        following: asyncio.Task[None],
        stop: asyncio.Event,
    ) -> None:
        agent = self._build(shapes, book, writer)
        app = self._app
        began_s = time.monotonic()
        starting = asyncio.create_task(app.start(), name="faust")
        watched: dict[str, asyncio.Future[Any]] = {
            "stop": asyncio.create_task(stop.wait()),
            "crash": asyncio.create_task(app._crashed.wait()),  # noqa: SLF001 - the only sign
        }
        try:
            everything = [starting, agent.failed, following, *watched.values()]
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not starting.exception() and not watched["crash"].done():
                self._started = True
                self._meters.streams.recovery_seconds.set(time.monotonic() - began_s)
                log.info("engagement.started")
                await asyncio.wait(everything[1:], return_when=asyncio.FIRST_COMPLETED)
            self._raise_failure(starting, agent, following)
        finally:
            self._started = False
            await self._stop_app(app, starting)
            for task in watched.values():
                task.cancel()
            await asyncio.gather(*watched.values(), return_exceptions=True)

    def _build(
        self, shapes: dict[str, TopicShape], book: PolicyBook, writer: Writer
    ) -> EngagementAgent:
        settings, topics = self._settings, topics_of(self._settings)
        streams = settings.streams
        if streams.store == "rocksdb":
            make_directory(tables_directory(settings))
        app = self._app = make_app(settings, loop=asyncio.get_running_loop())
        table = app.tables.add(engagement_table(app, settings, shapes[topics.engagement_table]))
        step = EngagementStep(
            topics,
            shapes,
            IntakeContext.of(settings),
            book,
            bounds=Bounds(streams.activities_max, streams.duplicates_days * DAY_MS),
            step_milli=1_000 * streams.step_points,
            meters=self._meters,
        )
        agent = EngagementAgent(
            app,
            table,
            step,
            writer,
            MissingRecords(self._clients, topics.activity),
            changelog=topics.engagement_table,
            shapes=shapes,
            count=self._meters.streams.count_batch,
        )
        self._meters.watch(lambda: self._readings(agent))
        app.agent(activity_topic(app, settings), name="engagement")(agent.run)
        return agent

    def _readings(self, agent: EngagementAgent) -> Iterable[Reading]:
        if not self._started:  # Faust's consumer knows nothing yet, or nothing any more
            return ()
        return engagement_readings(self._meters.steps, self._app, agent)

    def _raise_failure(
        self, starting: asyncio.Task[Any], agent: EngagementAgent, following: asyncio.Task[None]
    ) -> None:
        if agent.failed.done():
            raise agent.failed.result()
        error = self._app.crash_reason
        for task in (starting, following):
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
