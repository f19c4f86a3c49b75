"""One fault after the other into a system at work; each remembers what it hit."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from router.kafka.local_broker import LocalBroker
from router.settings import Settings
from tests.e2e.faults.plan import Fault, Kind
from tests.e2e.faults.pressure import InFlight, Pressure
from tests.e2e.faults.routers import Crew, Router

READY_WAIT_S = 60.0
WORK_WAIT_S = 5.0
GUESTS = 3
GUEST_APART_S = 0.4


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault as it happened. ``exit_code`` is that of a router that was told to end."""

    fault: Fault
    at_s: float
    target: str
    hit: InFlight
    exit_code: int | None = None

    @property
    def row(self) -> str:
        """A line of the table."""
        return (
            f"{self.fault.number:>3}  {self.at_s:>6.1f}  {self.fault.kind:<22}{self.target:<10}"
            f"{self.hit.waiting:>8}{self.hit.open_transactions:>8}"
        )


TABLE_HEAD = f"{'':>3}  {'s':>6}  {'fault':<22}{'at':<10}{'waiting':>8}{'open tx':>8}"


class Conductor:
    """Strikes; ``make_router`` makes the short-lived routers of a storm."""

    def __init__(
        self,
        settings: Settings,
        broker: LocalBroker,
        crew: Crew,
        pressure: Pressure,
        make_router: Callable[[str], Router],
    ) -> None:
        """The crew is at work already."""
        self._frozen_s = settings.kafka.session_timeout_ms / 1000 + 2.0
        self._broker, self._crew, self._pressure = broker, crew, pressure
        self._make_router = make_router
        self._guests = 0
        self._began_s = time.monotonic()

    async def strike(self, fault: Fault) -> Struck:
        """Wait for the moment, strike, and return when the fault is over."""
        router = self._crew.routers[fault.router]
        assert await router.wait_until_ready(READY_WAIT_S), f"{router.name} never came back"
        await asyncio.sleep(fault.delay_ms / 1000)
        hit = await self._pressure.wait_for_work(WORK_WAIT_S)
        at_s = time.monotonic() - self._began_s
        target, exit_code = router.name, None
        match fault.kind:
            case Kind.KILL:
                router.signal(signal.SIGKILL)
            case Kind.TERMINATE:
                exit_code = await self._terminate(router)
            case Kind.FREEZE:
                router.signal(signal.SIGSTOP)
                await asyncio.sleep(self._frozen_s)
                router.signal(signal.SIGCONT)
            case Kind.BROKER:
                target = "broker"
                await self._broker.kill()
                await asyncio.sleep(fault.hold_ms / 1000)
                await self._broker.restart()
            case Kind.STORM:
                target = "guests"
                await self._storm(fault)
        return Struck(fault, at_s, target, hit, exit_code)

    async def _terminate(self, router: Router) -> int | None:
        await router.wait_until_ready(READY_WAIT_S)  # a zombie may have ended meanwhile
        before = len(self._crew.exits)
        router.signal(signal.SIGTERM)
        deadline = time.monotonic() + READY_WAIT_S
        while time.monotonic() < deadline:
            for name, code in self._crew.exits[before:]:
                if name == router.name:
                    return code
            await asyncio.sleep(0.05)
        return None

    async def _storm(self, fault: Fault) -> None:
        """Guests join one after the other; some leave in good order, some die."""
        guests = []
        for _ in range(GUESTS):
            self._guests += 1
            guests.append(self._make_router(f"guest-{self._guests}"))
            await guests[-1].start()
            await asyncio.sleep(GUEST_APART_S)
        try:
            await guests[-1].wait_until_ready(READY_WAIT_S)
            await asyncio.sleep(fault.hold_ms / 1000)
            for number, guest in enumerate(guests):
                guest.signal(signal.SIGTERM if number % 2 else signal.SIGKILL)
                await asyncio.sleep(GUEST_APART_S)
        finally:
            for guest in guests:
                await guest.ended(within_s=10)
                await guest.kill()
