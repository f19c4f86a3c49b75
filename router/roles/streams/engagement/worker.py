"""Activity into engagement, as a part of the role ``streams``: it lives on whatever fails.

What cannot be mended while it runs (the broker refuses the group, the disk is full, a background
task has died, a defect) ends one life of the Faust app and begins the next, after a pause that
grows to a minute. Meanwhile it is not ready and says why; other roles go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from faust.exceptions import ConsistencyError

from router.intake.records.context import IntakeContext
from router.kafka.client.clients import Clients
from router.kafka.client.closing import end_tasks
from router.kafka.rights.right import Operation
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.failures import reason_of
from router.kafka.topics.topic_metadata import TopicShape, read_shapes
from router.kafka.topics.topic_names import topics_of, topics_written_by_engagement
from router.observe.instruments import Reading
from router.observe.meters import Meters
from router.observe.tracing import Tracing
from router.roles.streams.engagement.build import build_engagement
from router.roles.streams.engagement.faust_app.app import tables_directory
from router.roles.streams.engagement.faust_app.attempt import Attempt
from router.roles.streams.engagement.faust_app.partitions import check_partitions
from router.roles.streams.engagement.policies import PolicyBook, PolicyReader
from router.roles.streams.engagement.readings import engagement_readings
from router.roles.streams.engagement.step import NAME
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""A life of the app takes some seconds of a processor to begin: not all the time."""

_POLL_S = 0.1
_LIVED_S = 60.0
"""What failed after so long is another failure, not the same again."""


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
        self._attempt: Attempt | None = None
        self._trouble: str | None = None
        self.has_ended = False
        meters.watch(self._readings)

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        if self.has_ended:
            return f"{self.name} has ended"
        awaits = f"{self.name} is starting" if self._attempt is None else self._attempt.awaits
        if awaits is not None and self._trouble is not None:
            return f"{self.name} begins again: {self._trouble}"
        return awaits

    @property
    def is_ready(self) -> bool:
        """Whether the table is restored, activity is taken in, and the broker answers."""
        return self.awaits is None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``.

        Raises:
            LeadRouterError: a topic does not exist, or the broker cannot be asked at the start.
        """
        self.has_ended = False
        working = asyncio.create_task(self._work(), name=self.name)
        stopping = asyncio.create_task(stop.wait(), name=f"{self.name}.stop")
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            working.cancel()  # once: what it does to end is bounded
            stopping.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
            self.has_ended = True
        if not working.cancelled():
            working.result()

    async def _work(self) -> None:
        """Begin again whenever it fails, for ever."""
        await self._shapes()
        backoff = Backoff(_PAUSES_S)
        while True:
            began_s = time.monotonic()
            try:
                await self._live()
            except Exception as error:  # noqa: BLE001 - whatever it is, others are to go on
                self._trouble = self._reason(error)
            if time.monotonic() - began_s > _LIVED_S:
                backoff.succeeded()
            pause_s = backoff.failed()
            log.warning("engagement.begins_again", in_s=pause_s, why=self._trouble)
            await asyncio.sleep(pause_s)

    async def _live(self) -> None:
        """One life of the app."""
        shapes = await self._shapes()
        check_partitions(self._settings, shapes)
        book = PolicyBook(IntakeContext.of(self._settings))
        policies = PolicyReader(self._clients, topics_of(self._settings).policies, book)
        await policies.load()
        parts = build_engagement(
            self._settings, self._clients, shapes, book, self._meters, self._tracing
        )
        self._attempt = Attempt(parts, policies)
        noting = asyncio.create_task(self._note_ready(self._attempt), name="engagement.ready")
        try:
            await self._attempt.run()
        finally:
            self._attempt = None
            await end_tasks([noting])

    async def _shapes(self) -> dict[str, TopicShape]:
        return await read_shapes(
            self._clients,
            topics_written_by_engagement(self._settings),
            needed=Operation.WRITE,
        )

    async def _note_ready(self, attempt: Attempt) -> None:
        """Say so once it is."""
        began_s = time.monotonic()
        while attempt.awaits is not None:  # noqa: ASYNC110 - it is made of what many say
            await asyncio.sleep(_POLL_S)
        self._trouble = None
        self._meters.streams.recovery_seconds.set(time.monotonic() - began_s)
        log.info("engagement.started")

    def _reason(self, error: Exception) -> str:
        if isinstance(error, ConsistencyError):
            directory = tables_directory(self._settings)
            return (
                f"the tables in {directory} are not of this broker's topics: delete that"
                " directory, they are restored from their changelog"
            )
        return reason_of(error)

    def _readings(self) -> Iterable[Reading]:
        if self._attempt is None or not self._attempt.has_started:  # nothing is known
            return ()
        topic = topics_of(self._settings).activity
        parts = self._attempt.parts
        return engagement_readings(self._meters.steps, topic, parts.watch, parts.agent)
