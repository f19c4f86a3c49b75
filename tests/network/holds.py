"""Holding single frames: which one, and what is to become of it.

A hold is set before its frame comes. Once it is caught, the connection it came by stands still,
and the test says what happens: the client's connection is cut, the frame is delivered, now or
when its client has long sent it again by another connection, or it is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from tests.network.frames import Api, Request
from tests.network.journal import WITHIN_S

Wanted = Callable[[Request], bool]


def write(api: Api, transactional_id: str | None = None, topic: str | None = None) -> Wanted:
    """Return whether a request is such a write; ids and topics by how they end, None is any."""

    def is_wanted(request: Request) -> bool:
        return (
            request.api_key == api
            and (request.transactional_id or "").endswith(transactional_id or "")
            and (topic is None or any(name.endswith(topic) for name in request.topics))
        )

    return is_wanted


class HeldFlow(Protocol):
    """A connection that stands still because of a hold."""

    def cut(self, request: Request) -> None:
        """Close it towards the client."""


class Hold:
    """Catches the ``nth`` frame that is ``wanted``, or the answer to it."""

    def __init__(self, wanted: Wanted, nth: int = 1, *, answer: bool = False) -> None:
        """Nothing is caught yet; belongs to one event loop."""
        self.of_answer = answer
        self._wanted = wanted
        self._to_come = nth
        self._flow: HeldFlow | None = None
        self._request: Request | None = None
        self._is_caught = asyncio.Event()
        self._is_cut = False
        self._to_deliver: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answered: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()

    def takes(self, request: Request) -> bool:
        """Whether this is the frame; counts those that are wanted."""
        if self._to_come and self._wanted(request):
            self._to_come -= 1
            return self._to_come == 0
        return False

    async def keep(self, flow: HeldFlow, request: Request) -> bool:
        """Called by the connection: wait for the test, return whether to deliver the frame."""
        self._flow, self._request = flow, request
        self._is_caught.set()
        return await self._to_deliver

    def answered(self, errors: tuple[str, ...]) -> None:
        """Called by the connection: the broker has answered the frame."""
        if not self._answered.done():
            self._answered.set_result(errors)

    async def caught(self) -> Request:
        """Wait for the frame."""
        await asyncio.wait_for(self._is_caught.wait(), WITHIN_S)
        assert self._request is not None
        return self._request

    def cut(self) -> None:
        """Close the connection that the frame came by; the frame stays in our hands."""
        assert self._flow is not None
        assert self._request is not None
        self._is_cut = True
        self._flow.cut(self._request)

    def drop(self) -> None:
        """Forget the frame; the connection, if it is not cut, goes on without it."""
        self._to_deliver.set_result(False)

    def release(self) -> None:
        """Let the frame go where it was going."""
        self._to_deliver.set_result(True)

    async def deliver(self) -> tuple[str, ...]:
        """Let the frame go to the broker; returns the errors in its answer, none if taken."""
        self.release()
        return await asyncio.wait_for(self._answered, WITHIN_S)

    def check_came_late(self) -> None:
        """Assert that the fault was one: held, cut off, then delivered and answered."""
        assert self._is_caught.is_set(), "no such frame came by"
        assert self._is_cut, f"{self._request} was not cut off from its client"
        assert self._answered.done(), f"{self._request} never reached the broker"

    def end(self) -> None:
        """Let go of whatever is held."""
        if not self._to_deliver.done():
            self._to_deliver.set_result(False)
