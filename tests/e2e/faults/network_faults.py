"""Faults of the network between the routers and the brokers, and what they met."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.e2e.faults.plan import Fault
from tests.e2e.faults.pressure import InFlight
from tests.network.disturbance import BadNetwork
from tests.network.journal import Event
from tests.network.proxy import FrameProxy, Network


class NetworkFaults:
    """Strikes at the proxies before the brokers."""

    def __init__(self, network: Network, disturbance: BadNetwork) -> None:
        """``disturbance`` is that of ``network``."""
        self.network, self.cluster = network, network.cluster
        self._disturbance = disturbance

    async def lose(self, fault: Fault) -> InFlight:
        """Lose everything on half of the flows for a while; returns the writes that were hit."""
        since = len(self.network.journal.entries)
        await self._disturbance.lose(fault.loss_ms / 1000)
        return self._hit(since)

    def struck_by(self, fault: Fault) -> Sequence[FrameProxy]:
        """Return the proxies that die: one, or all at once."""
        proxies = self.network.proxies
        at = fault.broker % (len(proxies) + 1)
        return [proxies[at]] if at < len(proxies) else proxies

    async def take_proxies_away(self, fault: Fault) -> InFlight:
        """Let proxies die while flows lose; they are back before what was under way arrives."""
        proxies = self.struck_by(fault)
        since = len(self.network.journal.entries)
        losing = asyncio.create_task(self._disturbance.lose(fault.loss_ms / 1000))
        await asyncio.sleep(fault.proxy_dies_ms / 1000)
        for proxy in proxies:
            proxy.die()
        await asyncio.sleep(fault.away_ms / 1000)
        await asyncio.gather(*(proxy.start() for proxy in proxies))
        await losing
        return self._hit(since)

    def _hit(self, since: int) -> InFlight:
        """Writes that were held up, and those whose client had gone before they arrived."""
        entries = self.network.journal.entries[since:]
        held_up = sum(entry.event is Event.DELAYED for entry in entries)
        cut_off = sum(entry.is_late and entry.event is Event.FORWARDED for entry in entries)
        return InFlight(held_up, cut_off)
