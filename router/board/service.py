"""The board at work: follows the topics and serves the page, until told to stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from aiohttp import web

from router.board.api import Api
from router.board.dead_letter import LetterBox
from router.board.dead_letters_api import LettersApi
from router.board.follower import Follower
from router.board.lead_stories import LeadStories
from router.board.leads_api import LeadsApi
from router.board.page_files import PageFiles
from router.board.topic_counts import TopicCounts
from router.kafka.client.clients import Clients
from router.kafka.topics.topic_names import topics_of
from router.observe.instruments import Reading
from router.observe.meters import Meters, StreamsMeters
from router.settings import BoardSettings, Settings
from router.telemetry import logger
from router.web.auth import Guard
from router.web.host import Door, listening
from router.web.sse import Hub

log = logger(__name__)

_BODY_BYTES_MAX = 16_384
_FOLLOWER_ENDS_WITHIN_S = 4.0

Told = Callable[[str], None]


class BoardServer:
    """Follows the topics and serves the board; a part of the role ``streams``."""

    name = "board"

    def __init__(self, settings: Settings, clients: Clients, meters: Meters | None = None) -> None:
        """Nothing is read and nobody is answered before :meth:`run`; ``meters`` show how it is."""
        self._settings = settings
        self.has_ended = False
        self._is_serving = False
        self.follower = Follower(settings, clients)
        self.hub = Hub(self.follower)
        self._app = board_app(settings, clients, self.follower, self.hub)
        if meters is not None:
            meters.watch(partial(_readings, meters.streams, self.follower, self.hub))

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        if self.has_ended:
            return f"{self.name} has ended"
        if not self._is_serving:
            return None
        if self.follower.trouble is not None:
            return f"{self.name} begins again: {self.follower.trouble}"
        waits_for = {
            "loading": "to have read the last day",
            "broker_down": "for the broker",
            "denied": f"for rights: {self.follower.why}",
        }
        waiting = waits_for.get(self.follower.state)
        return f"{self.name} waits {waiting}" if waiting else None

    @property
    def is_ready(self) -> bool:
        """Whether everything has been read that was there at the start, and the broker is."""
        return self.follower.state == "live"

    async def run(self, stop: asyncio.Event, *, on_started: Told | None = None) -> None:
        """Serve until ``stop`` is set; ``on_started`` is told the address.

        While another process listens at the board's port, this one waits for it to leave: of the
        processes on a machine one serves the board, and when it ends the next takes over.

        Raises:
            LeadRouterError: a topic does not exist, the broker cannot be asked at the start, or
                the address cannot be had.
        """
        try:
            await self._serve(stop, on_started)
        finally:
            self.has_ended = True

    async def _serve(self, stop: asyncio.Event, on_started: Told | None) -> None:
        async with listening(self._app, _door(self._settings.board), stop) as address:
            if address is None:
                return
            self._is_serving = True
            log.info("board.started", url=address)
            if on_started is not None:
                on_started(address)
            following = asyncio.create_task(self.follower.run(stop), name="board.follower")
            telling = asyncio.create_task(self.hub.run(), name="board.hub")
            stopping = asyncio.create_task(stop.wait(), name="board.stop")
            tasks = (following, telling, stopping)
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                self.hub.close()
                if stop.is_set():  # the follower ends with it, in its own good order
                    await asyncio.wait([following], timeout=_FOLLOWER_ENDS_WITHIN_S)
            finally:
                self.hub.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        for task in (following, telling):
            if not task.cancelled():
                task.result()
        log.info("board.stopped")


def _door(settings: BoardSettings) -> Door:
    setting = "LEAD_ROUTER_BOARD__"
    return Door("board", setting, settings.host, settings.port, f"{setting}ENABLED=false")


def _readings(meters: StreamsMeters, follower: Follower, hub: Hub) -> Iterator[Reading]:
    yield meters.board_clients, (), hub.pages
    yield meters.projection_lag_seconds, (), follower.lag_s
    waiting: Counter[str] = Counter()
    for org in follower.projection.orgs.values():
        waiting.update({reason: len(aged) for reason, aged in org.waiting.by_age.items()})
    for reason, count in waiting.items():
        yield meters.projected_backlog, (reason,), count


async def serve_board(
    settings: Settings, stop: asyncio.Event, *, on_started: Told | None = None
) -> None:
    """Serve the board until ``stop`` is set; ``on_started`` is told its address.

    Raises:
        LeadRouterError: as :meth:`BoardServer.run`.
    """
    clients = Clients(settings.kafka, client_id=f"{settings.topics.prefix}board")
    await BoardServer(settings, clients).run(stop, on_started=on_started)


def board_app(
    settings: Settings, clients: Clients, follower: Follower, hub: Hub
) -> web.Application:
    """The application: addresses, page and guard."""
    topics = topics_of(settings)
    guard = Guard(settings.board)
    app = web.Application(middlewares=[guard.check], client_max_size=_BODY_BYTES_MAX)
    app.on_response_prepare.append(guard.tell_browser)
    stories = LeadStories(follower, clients, topics)
    api = Api(settings, follower, hub, TopicCounts(settings, clients, follower))
    app.add_routes(api.routes())
    app.add_routes(LeadsApi(follower, stories).routes())
    app.add_routes(LettersApi(follower, LetterBox(clients, topics.dead_letters)).routes())
    app.add_routes([web.post("/api/login", guard.login)])
    page = PageFiles()
    app.add_routes([web.get("/", page.serve), web.get("/{name:(?!api/).+}", page.serve)])
    return app
