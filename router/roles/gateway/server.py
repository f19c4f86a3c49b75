"""The gateway as a part of its process: a producer, and an application on a port."""

from __future__ import annotations

import asyncio

from router.kafka.client.clients import Clients
from router.observe.meters import Meters
from router.roles.gateway.api import GatewayApi
from router.roles.gateway.writer import Writer
from router.settings import Settings
from router.telemetry import logger
from router.web.host import Door, listening, tls_of

log = logger(__name__)

NAME = "gateway"
_SETTING = "LEAD_ROUTER_GATEWAY__"


class GatewayServer:
    """Answers senders while it runs."""

    name = NAME

    def __init__(self, settings: Settings, clients: Clients, meters: Meters) -> None:
        """Read keys and certificates, so that what is wrong with them is said at the start.

        Raises:
            LeadRouterError: they cannot be read.
        """
        gateway = settings.gateway
        self.has_ended = False
        self.address: str | None = None
        self._writer = Writer(clients)
        self._api = GatewayApi(settings, self._writer, meters.gateway)
        self._door = Door(
            NAME,
            _SETTING,
            gateway.host,
            gateway.port,
            f"{_SETTING}ENABLED=false",
            tls_of(gateway.tls_cert_file, gateway.tls_key_file),
        )

    @property
    def awaits(self) -> str | None:
        """The wait before it is ready, in one line; None when it is.

        One that waits for another process's port stands by, and is ready to.
        """
        return None if self._writer.is_ready else f"{self.name} waits for the broker"

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop``; what is under way is answered first.

        Raises:
            LeadRouterError: the address cannot be had.
        """
        writing_ends = asyncio.Event()
        writing = asyncio.create_task(self._writer.run(writing_ends), name="gateway.writer")
        try:
            async with listening(self._api.app(), self._door, stop) as address:
                if address is not None:
                    self.address = address
                    log.info("gateway.started", url=address)
                    await self._until(stop, writing)
        finally:
            self.address = None
            writing_ends.set()
            await writing
        log.info("gateway.stopped")

    async def _until(self, stop: asyncio.Event, writing: asyncio.Task[None]) -> None:
        """Return when ``stop`` is set, or when writing has ended by a defect: then all is 503."""
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopping, writing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
