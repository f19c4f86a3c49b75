"""Stopping the Faust app within a bound."""

from __future__ import annotations

import asyncio
from typing import Any

from router.kafka.client.closing import end_tasks
from router.telemetry import logger

log = logger(__name__)

_STOP_S_MAX = 7.5


async def stop_app(app: Any, starting: asyncio.Task[None]) -> None:
    """Stop ``app``, be it while ``starting``; what does not end in time is broken off."""
    app.consumer.end_soon()
    stopping = asyncio.create_task(app.stop(), name="faust.stop")
    try:
        await asyncio.wait([stopping], timeout=_STOP_S_MAX)
        if not stopping.done():
            log.warning("engagement.stop_broken_off", after_s=_STOP_S_MAX)
    finally:
        await end_tasks([stopping, starting])
