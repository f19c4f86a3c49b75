"""Tells every open page what has changed, by server-sent events: made once, sent to all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator

from router.board.follower import Follower
from router.core.model.timestamps import rfc3339

EVERY_S = 0.5
EVERY_S_PER_PAGE = 0.02
"""Fifty pages hear once a second: what they then ask for must cost the worker next to nothing."""
REST = 40
"""For each second in which answers were made the board rests so many: 2.5 % of the worker."""
EVERY_S_MAX = 5.0
COMMENT_EVERY_S = 15.0
PAGES_MAX = 200
_MINUTE_S = 60.0

_WITH_TIME = ("overview", "clocks", "backlog", "topics", "series")
"""Parts that change as time passes."""


class Page:
    """One open page: what it has not been told yet."""

    def __init__(self) -> None:
        """It hears of everything at first."""
        self.untold: dict[str, None] = {}
        self.wake = asyncio.Event()


class Hub:
    """``edition`` grows whenever answers may have changed, and what they take is spent."""

    def __init__(self, follower: Follower) -> None:
        """Nobody listens yet."""
        self._follower = follower
        self._pages: dict[Page, None] = {}
        self._message: tuple[tuple[str, ...], bytes] = ((), b"")
        self._is_closed = False
        self.edition = 0
        self._spent_s = 0.0

    def spent(self, seconds: float) -> None:
        """So long an answer took to make."""
        self._spent_s += seconds

    @property
    def pages(self) -> int:
        """How many listen."""
        return len(self._pages)

    @property
    def is_full(self) -> bool:
        """Whether no more can be served."""
        return len(self._pages) >= PAGES_MAX

    async def run(self) -> None:
        """Publish until cancelled."""
        follower = self._follower
        state, minute_ms = follower.state, 0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(follower.changed.wait(), _MINUTE_S / 6)
            follower.changed.clear()
            parts: dict[str, None] = dict.fromkeys(follower.projection.take_changed())
            if follower.now_ms // 60_000 != minute_ms or follower.state != state:
                minute_ms, state = follower.now_ms // 60_000, follower.state
                parts |= dict.fromkeys(_WITH_TIME)
            self.edition += 1
            if parts:
                self._publish(parts)
            await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        """Longer with many pages, and when answers are dear: a day's turns are to be judged."""
        dear_s, self._spent_s = REST * self._spent_s, 0.0
        return max(EVERY_S, EVERY_S_PER_PAGE * len(self._pages), min(dear_s, EVERY_S_MAX))

    def _publish(self, parts: dict[str, None]) -> None:
        for page in self._pages:
            page.untold |= parts
            page.wake.set()

    def close(self) -> None:
        """End all streams."""
        self._is_closed = True
        for page in self._pages:
            page.wake.set()

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """The messages of one page, the first at once; comments while nothing happens."""
        page = Page()
        self._pages[page] = None
        try:
            yield self._written(())
            while not self._is_closed:
                try:
                    await asyncio.wait_for(page.wake.wait(), COMMENT_EVERY_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                page.wake.clear()
                if page.untold:
                    parts, page.untold = tuple(page.untold), {}
                    yield self._written(parts)
        finally:
            del self._pages[page]

    def _written(self, parts: tuple[str, ...]) -> bytes:
        """The message; pages that keep up have the same parts, and share it."""
        key = (*parts, self._follower.state, str(self.edition))
        if self._message[0] != key:
            told = {
                "at": rfc3339(self._follower.projection.newest_ms),
                "parts": parts,
                "state": self._follower.state,
            }
            self._message = key, f"event: changed\ndata: {json.dumps(told)}\n\n".encode()
        return self._message[1]
