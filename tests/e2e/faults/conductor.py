"""One fault after the other into a system at work; each remembers what it hit."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from router.settings import Settings
from tests.brokers.cluster import ClusterBroker
from tests.e2e.faults.network_faults import NetworkFaults
from tests.e2e.faults.plan import Fault, Kind
from tests.e2e.faults.pressure import InFlight, Pressure
from tests.e2e.faults.routers import Crew, Router

READY_WAIT_S = 60.0
WORK_WAIT_S = 5.0
OF_ONE_ROUTER = frozenset({Kind.KILL, Kind.TERMINATE, Kind.FREEZE})
OF_THE_NETWORK = frozenset({Kind.LOSS, Kind.PROXY})
GUESTS = 3
GUEST_APART_S = 0.4
BROKER_FROZEN_S = 3.0
"""Beyond the session of a broker with the others, which go on without it."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault as it happened. ``hit`` is what those that it struck had in hand at that moment.

    Of faults of the network it is the writes that it held up, and those that it cut off.
    """

    fault: Fault
    at_s: float
    target: str
    hit: InFlight

    @property
    def row(self) -> str:
        """A line of the table."""
        return (
            f"{self.fault.number:>3}  {self.at_s:>6.1f}  {self.fault.kind:<26}{self.target:<10}"
            f"{self.hit.waiting:>8}{self.hit.open_transactions:>8}"
        )


TABLE_HEAD = f"{'':>3}  {'s':>6}  {'fault':<26}{'at':<10}{'waiting':>8}{'open tx':>8}"


class Conductor:
    """Strikes; ``make_router`` makes the short-lived routers of a storm."""

    def __init__(
        self,
        settings: Settings,
        network: NetworkFaults,
        crew: Crew,
        pressure: Pressure,
        make_router: Callable[[str], Router],
    ) -> None:
        """The crew is at work already."""
        self._frozen_s = settings.kafka.session_timeout_ms / 1000 + 2.0
        self._network, self._crew, self._pressure = network, crew, pressure
        self._brokers = network.cluster.brokers
        self._make_router = make_router
        self._guests = 0
        self._began_s = time.monotonic()

    async def wait_for_target(self, fault: Fault) -> None:
        """Wait until the router that it will strike is at work.

        Before there is input for it: what comes while it is still starting is the other's.
        """
        router = self._crew.routers[fault.router]
        is_back = await router.wait_until_ready(READY_WAIT_S)
        assert is_back, f"{router.name} never came back: {await router.awaits()}"

    async def strike(self, fault: Fault) -> Struck:
        """Wait for the moment, strike, and return when the fault is over."""
        await asyncio.sleep(fault.delay_ms / 1000)
        if fault.kind in OF_THE_NETWORK:
            return await self._strike_the_network(fault)
        router = self._crew.routers[fault.router]
        broker = self._brokers[fault.broker % len(self._brokers)]
        if fault.kind in {Kind.BROKER, Kind.FROZEN_BROKER}:
            await self._network.cluster.wait_until_whole()  # never two at once
        # A broker that dies and a group that is shaken strike all routers.
        struck = [router] if fault.kind in OF_ONE_ROUTER else self._crew.routers
        hit = await self._pressure.catch_at_work(struck, WORK_WAIT_S)  # they are stopped now
        at_s = time.monotonic() - self._began_s
        target = router.name
        match fault.kind:
            case Kind.KILL:
                router.strike(fault.kind, signal.SIGKILL)
            case Kind.TERMINATE:
                await self._terminate(router)
            case Kind.FREEZE:
                router.strike(fault.kind)
                await asyncio.sleep(self._frozen_s)
                router.signal(signal.SIGCONT)
            case Kind.BROKER:
                target = f"broker {broker.node_id}"
                await self._take_broker_away(broker, fault)
            case Kind.FROZEN_BROKER:
                target = f"broker {broker.node_id}"
                await self._freeze_broker(broker, fault)
            case Kind.STORM:
                target = "guests"
                self._go_on()
                await self._storm(fault)
        return Struck(fault, at_s, target, hit)

    async def _strike_the_network(self, fault: Fault) -> Struck:
        at_s = time.monotonic() - self._began_s
        if fault.kind is Kind.LOSS:
            return Struck(fault, at_s, "all", await self._network.lose(fault))
        with self._crew.without_broker(fault.kind):
            hit = await self._network.take_proxies_away(fault)
        return Struck(fault, at_s, f"{len(self._network.struck_by(fault))} of them", hit)

    def _go_on(self) -> None:
        for router in self._crew.routers:
            router.signal(signal.SIGCONT)

    async def _take_broker_away(self, broker: ClusterBroker, fault: Fault) -> None:
        with self._crew.without_broker(fault.kind):
            await asyncio.to_thread(broker.kill)
            self._go_on()
            await asyncio.sleep(fault.hold_ms / 1000)
            await asyncio.to_thread(broker.restart)

    async def _freeze_broker(self, broker: ClusterBroker, fault: Fault) -> None:
        await asyncio.to_thread(broker.freeze)
        self._go_on()
        await asyncio.sleep(BROKER_FROZEN_S + fault.hold_ms / 1000)
        await asyncio.to_thread(broker.thaw)

    async def _terminate(self, router: Router) -> None:
        if not router.is_running:  # a zombie has ended meanwhile
            await router.wait_until_ready(READY_WAIT_S)
        before = len(self._crew.endings)
        router.strike(Kind.TERMINATE, signal.SIGTERM, signal.SIGCONT)
        deadline = time.monotonic() + READY_WAIT_S
        while time.monotonic() < deadline:
            if any(ending.router == router.name for ending in self._crew.endings[before:]):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{router.name} was told to end and did not: see {router.log_file}")

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
                if number % 2:
                    guest.strike(Kind.TERMINATE, signal.SIGTERM)
                else:
                    guest.strike(Kind.KILL, signal.SIGKILL)
                await asyncio.sleep(GUEST_APART_S)
        finally:
            for guest in guests:
                self._crew.endings.append(guest.ending(await guest.ended(within_s=10)))
                await guest.kill()
