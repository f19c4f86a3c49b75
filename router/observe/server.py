"""``/metrics``, ``/health`` and ``/ready``, served by the process's own event loop.

That they are answered at all shows that the loop turns; a probe needs no more than the status.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from router.observe.meters import Meters
from router.observe.parts import Part, awaited
from router.settings import TelemetrySettings
from router.telemetry import logger
from router.web.host import Door, listening

if TYPE_CHECKING:
    from aiohttp import web

    from router.observe.exposition import Exposition

    Answer = Callable[[web.Request], Awaitable[web.Response]]

log = logger(__name__)

EXTRA_MISSING = (
    "metrics and traces need packages that are not installed: pip install 'lead-router[telemetry]'"
)

Parts = Callable[[], Iterable[Part]]
"""The roles of this process as they are now; none before they are made."""


@asynccontextmanager
async def served(settings: TelemetrySettings, meters: Meters, parts: Parts) -> AsyncIterator[None]:
    """Serve ``meters`` and the condition of ``parts``; nothing without ``settings.port``.

    Raises:
        LeadRouterError: the port cannot be had.
    """
    if settings.port is None:
        yield
        return
    from aiohttp import web  # noqa: PLC0415 - takes longer to import than a command to run

    exposition = _exposition(meters)
    if exposition is None:
        log.warning("telemetry.extra_missing", advice=EXTRA_MISSING)
    app = web.Application()
    app.add_routes(
        [
            web.get("/metrics", _metrics(exposition)),
            web.get("/health", _health(parts)),
            web.get("/ready", _ready(parts)),
        ]
    )
    door = Door("telemetry", "LEAD_ROUTER_TELEMETRY__", settings.host, settings.port)
    async with listening(app, door) as address:
        log.info("telemetry.serving", url=f"{address}/metrics")
        yield


def _exposition(meters: Meters) -> Exposition | None:
    try:
        from router.observe.exposition import Exposition  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        return None
    return Exposition(meters)


def _metrics(exposition: Exposition | None) -> Answer:
    from aiohttp import web  # noqa: PLC0415 - as in `served`

    async def answer(request: web.Request) -> web.Response:
        if exposition is None:
            return web.Response(status=501, text=EXTRA_MISSING + "\n")
        text, content_type = exposition.written(request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": content_type})

    return answer


def _health(parts: Parts) -> Answer:
    from aiohttp import web  # noqa: PLC0415 - as in `served`

    async def answer(_: web.Request) -> web.Response:
        ended = [part.name for part in parts() if part.has_ended]
        if ended:
            return web.Response(status=503, text=f"{', '.join(ended)} has ended\n")
        return web.Response(text="alive\n")

    return answer


def _ready(parts: Parts) -> Answer:
    from aiohttp import web  # noqa: PLC0415 - as in `served`

    async def answer(_: web.Request) -> web.Response:
        present = list(parts())
        why = awaited(present) if present else "the roles have not been started yet"
        if why is not None:
            return web.Response(status=503, text=why + "\n")
        return web.Response(text="ready\n")

    return answer
