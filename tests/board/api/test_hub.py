"""What a page hears when the board had to begin anew."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import get_args

from router.board.follower import Follower
from router.board.projection.projection import Part
from router.kafka.client.clients import Clients
from router.web.sse import Hub

WAIT_S = 10


async def parts_told(listening) -> set[str]:
    """Of the next message with any."""
    async with asyncio.timeout(WAIT_S):
        async for message in listening:
            told = json.loads(message.partition(b"data: ")[2])
            if told["parts"]:
                return set(told["parts"])
    raise AssertionError("the stream ended")


async def test_a_board_that_begins_anew_while_it_loads_says_that_nothing_shown_holds(settings):
    """Parts of which there is no record any more would otherwise stay on the page."""
    follower = Follower(settings, Clients(settings.kafka))
    hub = Hub(follower)
    running = asyncio.create_task(hub.run())
    try:
        async with aclosing(hub.listen()) as listening:
            await parts_told(listening)
            edition = hub.edition
            follower._begin_anew()
            assert await parts_told(listening) == set(get_args(Part))
            assert hub.edition == edition + 1
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
