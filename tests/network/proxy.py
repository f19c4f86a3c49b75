"""Proxies between clients and brokers that pass on whole frames, each where and when it should."""

from __future__ import annotations

import asyncio
from typing import Self

from tests.brokers.cluster import Cluster, ClusterBroker
from tests.network.flow import Disturbance, Flow
from tests.network.frames import Request
from tests.network.holds import Hold, Wanted
from tests.network.journal import Journal


class FrameProxy:
    """Listens where the clients of one broker expect it."""

    def __init__(self, network: Network, broker: ClusterBroker) -> None:
        """Not listening yet."""
        self._network, self._broker = network, broker
        self.port = broker.proxied.advertised_port
        self._server: asyncio.Server | None = None
        self._flows: dict[asyncio.Task[None], Flow] = {}

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    def die(self) -> None:
        """Refuse connections and close all that there are; what is under way goes on."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for flow in self._flows.values():
            flow.abort()

    async def close(self) -> None:
        """Die, and leave nothing under way."""
        self.die()
        tasks = list(self._flows)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self._network.next_flow()
        flow = Flow(self._network, self._broker.node_id, number, (reader, writer))
        task = asyncio.create_task(flow.run(self._broker.proxied.port), name=f"flow {number}")
        self._flows[task] = flow
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._flows[task]
        if not task.cancelled() and (error := task.exception()):
            self._network.failures.append(error)


class Calm:
    """Frames take no time at all."""

    def delay_s(self, _flow: int) -> float:
        """Return 0."""
        return 0.0


class Network:
    """The proxies before all brokers of a cluster, and what is to happen in them."""

    def __init__(self, cluster: Cluster, disturbance: Disturbance | None = None) -> None:
        """Nobody listens before the ``async with`` block."""
        self.cluster = cluster
        self.journal = Journal()
        self.disturbance = disturbance or Calm()
        self.proxies = [FrameProxy(self, broker) for broker in cluster.brokers]
        self.failures: list[BaseException] = []
        self._holds: list[Hold] = []
        self._flow_count = 0

    async def __aenter__(self) -> Self:
        """Listen before every broker."""
        await asyncio.gather(*(proxy.start() for proxy in self.proxies))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of everything; nothing is left under way."""
        for hold in self._holds:
            hold.end()
        await asyncio.gather(*(proxy.close() for proxy in self.proxies))
        if self.failures:
            raise self.failures[0]

    def hold(self, wanted: Wanted, nth: int = 1, *, answer: bool = False) -> Hold:
        """Catch the ``nth`` frame that is ``wanted`` from now on, or the answer to it."""
        self._holds.append(Hold(wanted, nth, answer=answer))
        return self._holds[-1]

    def hold_for(self, request: Request, *, answer: bool) -> Hold | None:
        """Return the hold that takes this frame, None if it is to pass."""
        takers = [hold for hold in self._holds if hold.of_answer == answer and hold.takes(request)]
        assert len(takers) <= 1, f"more than one hold wants {request}"
        return takers[0] if takers else None

    def next_flow(self) -> int:
        """Return a number that no connection of this network has had."""
        self._flow_count += 1
        return self._flow_count
