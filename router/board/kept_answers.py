"""Answers made once for all pages until something has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from router.board.answers.moment import Moment
from router.board.follower import Follower
from router.board.statistics.slices import Slices
from router.core.model.timestamps import rfc3339
from router.web.cooperative import unhurried
from router.web.responses import Written, respond, written
from router.web.sse import Hub

_KEPT_MAX = 256

Key = tuple[str, ...]


class KeptAnswers:
    """By what was asked for; all of one edition are of the same moment."""

    def __init__(self, follower: Follower, hub: Hub, zone: ZoneInfo) -> None:
        """``zone`` is where days begin."""
        self._follower = follower
        self._hub = hub
        self._zone = zone
        self._edition = -1
        self._moment = Moment.at(follower.now_ms, zone)
        self._kept: dict[Key, Written] = {}
        self._long_work = asyncio.Lock()

    def respond(
        self, request: web.Request, key: Key, make: Callable[[Moment], dict[str, Any]]
    ) -> web.Response:
        """The answer that is kept, or made now: at once, so it may not take long."""
        answer = self._find(key)
        if answer is None:
            began_s = time.perf_counter()
            answer = self._kept[key] = written(make(self._moment) | self.at)
            self._hub.spent(time.perf_counter() - began_s)
        return respond(request, answer)

    async def respond_in_slices(
        self, request: web.Request, key: Key, make: Callable[[Moment], Slices[dict[str, Any]]]
    ) -> web.Response:
        """The same of what takes long; whoever asks meanwhile waits for the same answer."""
        async with self._long_work:
            answer = self._find(key)
            if answer is None:
                edition, at = self._edition, self.at
                made = await unhurried(make(self._moment), self._hub.spent)
                answer = written(made | at)
                if edition == self._edition:
                    self._kept[key] = answer
        return respond(request, answer)

    def _find(self, key: Key) -> Written | None:
        if self._edition != self._hub.edition or len(self._kept) >= _KEPT_MAX:
            self._edition = self._hub.edition
            self._moment = Moment.at(self._follower.now_ms, self._zone)
            self._kept.clear()
        return self._kept.get(key)

    @property
    def at(self) -> dict[str, str]:
        """The broker's time of the newest record, as every answer has it."""
        return {"at": rfc3339(self._follower.projection.newest_ms)}
