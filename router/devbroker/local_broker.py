"""A real broker at hand: one that is set, else Docker Compose, else Kafka from its jars."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from router.devbroker import docker_broker, java_broker
from router.devbroker.maven import Report
from router.errors import LeadRouterError

BOOTSTRAP_VARIABLE = "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS"


class Broker(Protocol):
    """A broker for as long as somebody needs it. All calls block."""

    bootstrap_servers: str

    def kill(self) -> None:
        """End it at once with SIGKILL, as a failing machine would."""

    def restart(self) -> None:
        """Start it again on the same port with what it had stored; return when it answers."""

    def close(self) -> None:
        """Give it back; one that we started is ended and its state removed."""


class ForeignBroker:
    """A broker that others run: it is used and left alone."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers

    def kill(self) -> None:
        """Refused."""
        raise LeadRouterError(
            f"will not kill the broker at {self.bootstrap_servers}, it is not ours: unset"
            f" {BOOTSTRAP_VARIABLE} to use one of our own"
        )

    def restart(self) -> None:
        """Refused."""
        self.kill()

    def close(self) -> None:
        """Leave it alone."""


def silent(_: str) -> None:
    """Nobody waits: report nothing."""


@contextmanager
def open_broker(
    *, port: int | None = None, report: Report = silent, own: bool = False
) -> Iterator[Broker]:
    """A broker for the time of a ``with`` block; blocks while it starts.

    Args:
        port: the port of a broker that is started; a free one if ``None``.
        report: told what is being done.
        own: start one even when ``LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS`` names one, because it
            will be killed.

    Raises:
        LeadRouterError: none can be had; says what to do.
    """
    broker = _acquire(port, report, own=own)
    try:
        yield broker
    finally:
        broker.close()


def _acquire(port: int | None, report: Report, *, own: bool) -> Broker:
    configured = os.environ.get(BOOTSTRAP_VARIABLE)
    if configured and not own:
        return ForeignBroker(configured)
    if docker_broker.docker_answers():
        return docker_broker.start_guarded(port, report)
    return java_broker.start_guarded(port, report)


class LocalBroker:
    """A broker for asynchronous users: the same calls, without blocking the loop."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    @property
    def bootstrap_servers(self) -> str:
        """Where it listens: ``host:port``."""
        return self._broker.bootstrap_servers

    async def kill(self) -> None:
        """End it at once with SIGKILL, as a failing machine would."""
        await asyncio.to_thread(self._broker.kill)

    async def restart(self) -> None:
        """Start it again on the same port with what it had stored; return when it answers."""
        await asyncio.to_thread(self._broker.restart)


@asynccontextmanager
async def local_broker(
    *, port: int | None = None, report: Report = silent, own: bool = False
) -> AsyncIterator[LocalBroker]:
    """``open_broker`` for asynchronous users; same arguments, same errors."""
    opened = open_broker(port=port, report=report, own=own)
    broker = await asyncio.to_thread(opened.__enter__)
    try:
        yield LocalBroker(broker)
    finally:
        # Not in a thread: when the loop is being torn down there may be none to have.
        opened.__exit__(None, None, None)
