"""Listening: the one place where an application of ours is put on a port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from router.errors import LeadRouterError, UsageError
from router.telemetry import logger

if TYPE_CHECKING:
    from aiohttp import web

log = logger(__name__)

_STOP_WITHIN_S = 2.0
_TAKE_OVER_EVERY_S = 2.0
_IDLE_S_MAX = 20.0
"""A connection without a whole request for so long is closed, a new one too: a head that drips in
holds nothing for long."""


@dataclass(frozen=True, slots=True)
class Door:
    """A place to listen at.

    ``name`` is what people call what is served there, ``setting`` how the names of its settings
    begin, ``otherwise`` what else helps when the port cannot be had.
    """

    name: str
    setting: str
    host: str
    port: int
    otherwise: str = ""
    tls: ssl.SSLContext | None = None

    @property
    def is_v6(self) -> bool:
        """Whether the host is an address of IPv6."""
        try:
            return ipaddress.ip_address(self.host).version == 6  # noqa: PLR2004 - IPv6
        except ValueError:
            return False

    def address(self, port: int) -> str:
        """Return the address for people."""
        host = f"[{self.host}]" if self.is_v6 else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{port}"


def tls_of(cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext | None:
    """Return what a server proves itself with; None without files.

    Raises:
        UsageError: a file cannot be used.
    """
    if cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert_file, key_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"cannot use the certificate {cert_file} ({error.strerror or 'no PEM'}): name a PEM"
            " file with the certificate's chain, and one with its key"
        ) from error
    return context


@asynccontextmanager
async def listening(
    app: web.Application, door: Door, stop: asyncio.Event | None = None
) -> AsyncIterator[str | None]:
    """Serve ``app`` for the time of the block; yields the address for people.

    With ``stop`` a port that somebody else has is waited for, so that of the processes on a machine
    one serves and when it ends the next takes over; None when ``stop`` was set before that.

    Raises:
        LeadRouterError: the address cannot be had.
    """
    from aiohttp import web  # noqa: PLC0415 - takes longer to import than a command to run

    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=_STOP_WITHIN_S,
        keepalive_timeout=_IDLE_S_MAX,
        auto_decompress=False,
    )
    await runner.setup()
    try:
        if await _listen(runner, door, stop):
            yield door.address(runner.addresses[0][1])
        else:
            yield None
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, door: Door, stop: asyncio.Event | None) -> bool:
    """Take the port; whether that was before ``stop``."""
    from aiohttp import web  # noqa: PLC0415 - as in `listening`

    has_said = False
    while stop is None or not stop.is_set():
        site = web.TCPSite(runner, door.host, door.port, ssl_context=door.tls)
        try:
            await site.start()
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            if stop is None or not is_taken:
                raise _refused(door, error, is_taken=is_taken) from error
            await site.stop()
        else:
            return True
        if not has_said:
            has_said = True
            log.warning(
                f"{door.name}.waits_for_port",  # noqa: G004 - an event's name, of a few
                port=door.port,
                advice="another process has it, and this one takes over when it ends;"
                f" {door.setting}PORT is another{door.otherwise and f', {door.otherwise} is none'}",
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _TAKE_OVER_EVERY_S)
    return False


def _refused(door: Door, error: OSError, *, is_taken: bool) -> LeadRouterError:
    why = "something else listens there" if is_taken else (error.strerror or "no such address")
    otherwise = f", or {door.otherwise}" if door.otherwise else ""
    return LeadRouterError(
        f"{door.name} cannot listen on {door.host}:{door.port} ({why}): set {door.setting}HOST and"
        f" {door.setting}PORT to an address that is free, another for each process of a machine"
        f"{otherwise}"
    )
