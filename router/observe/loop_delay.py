"""How long the event loop is held up: probes, heartbeats and every partition wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from router.observe.meters import Meters

_EVERY_S = 0.25


@asynccontextmanager
async def loop_watched(meters: Meters) -> AsyncIterator[None]:
    """Measure for the time of the block, four times a second."""
    task = asyncio.create_task(_watch(meters), name="loop-delay")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _watch(meters: Meters) -> None:
    observe = meters.process.loop_delay_seconds.observe
    while True:
        asleep_s = time.perf_counter()
        await asyncio.sleep(_EVERY_S)
        observe(max(time.perf_counter() - asleep_s - _EVERY_S, 0.0))
