"""Proxies between clients and brokers that pass on whole frames, each where and when it should.

A frame that is under way when its client's connection ends goes to the broker all the same, over
our own connection: so do real proxies, meshes, and the machines' own buffers. The client by then
has sent it again by another connection. That is how frames come late.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import Protocol, Self

from tests.brokers.cluster import Cluster, ClusterBroker
from tests.network.frames import (
    SIZE,
    Request,
    correlation_id_of,
    errors_in,
    read_frame,
    read_request,
)
from tests.network.holds import Hold, Wanted
from tests.network.journal import Event, Journal

_LAST_ANSWERS_S = 60.0


class Disturbance(Protocol):
    """How long frames take; asked for every frame of every connection."""

    def delay_s(self, flow: int, /) -> float:
        """Return the time that the next frame by connection number ``flow`` takes."""


@dataclass(slots=True)
class _Pending:
    """A request that is with the broker."""

    request: Request
    hold: Hold | None


class Flow:
    """A client's connection, and ours to the broker for it."""

    def __init__(
        self,
        network: Network,
        node_id: int,
        number: int,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Nothing is passed on before :meth:`run`."""
        self._network, self._node_id, self._number = network, node_id, number
        self._from_client, self._to_client = client
        self._pending: deque[_Pending] = deque()
        self._is_cut = False

    @property
    def has_client(self) -> bool:
        """Whether the client is still there."""
        has_ended = self._from_client._eof  # `at_eof` waits until all that came is read
        return not (self._is_cut or has_ended or self._to_client.transport.is_closing())

    def cut(self, request: Request) -> None:
        """Close the connection towards the client, ``request`` being in hand."""
        self._note(Event.CUT, request)
        self.abort()

    def abort(self) -> None:
        """Close the connection towards the client at once."""
        self._is_cut = True
        self._to_client.transport.abort()

    async def run(self, port: int) -> None:
        """Pass on frames until both sides have ended."""
        try:
            from_broker, to_broker = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            self.abort()
            return
        answers = asyncio.create_task(self._pass_answers(from_broker))
        try:
            await self._pass_requests(to_broker, answers)
            if self._pending:
                await asyncio.wait([answers], timeout=_LAST_ANSWERS_S)
        finally:
            answers.cancel()
            to_broker.transport.abort()
            self.abort()
            (failed,) = await asyncio.gather(answers, return_exceptions=True)
        if isinstance(failed, Exception):
            raise failed

    async def _pass_requests(
        self, to_broker: asyncio.StreamWriter, answers: asyncio.Task[None]
    ) -> None:
        while not answers.done() and (frame := await read_frame(self._from_client)):
            request = read_request(frame)
            hold = self._network.hold_for(request, answer=False)
            if hold is not None:
                self._note(Event.HELD, request)
                if not await hold.keep(self, request):
                    self._note(Event.DROPPED, request)
                    continue
            await self._take_time(request)
            if request.is_answered:
                self._pending.append(_Pending(request, hold))
            self._note(Event.FORWARDED, request)
            await _send(to_broker, frame)

    async def _pass_answers(self, from_broker: asyncio.StreamReader) -> None:
        """End when the broker does, and with it the client's connection."""
        while frame := await read_frame(from_broker):
            pending = self._pending.popleft()
            request = pending.request
            assert correlation_id_of(frame) == request.correlation_id, "answers out of order"
            errors = errors_in(request, frame)
            self._note(Event.ANSWERED, request, errors)
            if pending.hold is not None:
                pending.hold.answered(errors)
            hold = self._network.hold_for(request, answer=True)
            if hold is not None:
                hold.answered(errors)
                self._note(Event.HELD, request, errors)
                if not await hold.keep(self, request):
                    continue
            await self._take_time(request)
            if not self.has_client:
                self._note(Event.UNHEARD, request, errors)
            await _send(self._to_client, frame)
            if not self.has_client and not self._pending and self._from_client.at_eof():
                break
        self.abort()

    async def _take_time(self, request: Request) -> None:
        if delay_s := self._network.disturbance.delay_s(self._number):
            self._note(Event.DELAYED, request)
            await asyncio.sleep(delay_s)

    def _note(self, event: Event, request: Request, errors: tuple[str, ...] = ()) -> None:
        self._network.journal.note(
            self._node_id,
            self._number,
            event,
            request,
            is_late=not self.has_client,
            errors=errors,
        )


async def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
    """Send a frame; a peer that has gone is noticed by reading from it."""
    if writer.transport.is_closing():
        return
    with contextlib.suppress(OSError):
        writer.write(SIZE.pack(len(frame)) + frame)
        await writer.drain()


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
