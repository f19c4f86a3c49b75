"""One client's connection through a proxy, and the proxy's own to the broker for it.

A frame that is under way when the client's connection ends goes to the broker all the same: so do
real proxies, meshes, and the machines' own buffers. The client by then has sent it again by another
connection. That is how frames come late.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from tests.network.frames import (
    SIZE,
    Request,
    correlation_id_of,
    errors_in,
    read_frame,
    read_request,
)
from tests.network.holds import Hold
from tests.network.journal import Event, Journal

_LAST_ANSWERS_S = 60.0


class Disturbance(Protocol):
    """How long frames take; asked for every frame of every connection."""

    def delay_s(self, flow: int, /) -> float:
        """Return the time that the next frame by connection number ``flow`` takes."""


class Surroundings(Protocol):
    """What all connections of a network share."""

    journal: Journal
    disturbance: Disturbance

    def hold_for(self, request: Request, *, answer: bool) -> Hold | None:
        """Return the hold that takes this frame, None if it is to pass."""


@dataclass(slots=True)
class _Pending:
    """A request that is with the broker."""

    request: Request
    hold: Hold | None


class Flow:
    """A client's connection, and ours to the broker for it."""

    def __init__(
        self,
        network: Surroundings,
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
