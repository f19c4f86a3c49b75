"""Goes through long work slice by slice, and lets the event loop's other tasks run between two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from router.board.statistics.slices import Slices

Result = TypeVar("Result")


async def unhurried(slices: Slices[Result], spent: Callable[[float], None] | None = None) -> Result:
    """What the slices come to; ``spent`` is told the seconds that each took.

    Route may share this loop: none of its leads waits for all of it.
    """
    while True:
        began_s = time.perf_counter()
        try:
            next(slices)
        except StopIteration as done:
            result: Result = done.value
            return result
        finally:
            if spent is not None:
                spent(time.perf_counter() - began_s)
        await asyncio.sleep(0)
