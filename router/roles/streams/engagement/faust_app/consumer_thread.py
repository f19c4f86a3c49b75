"""The thread in which Faust's consumer lives: it ends within a bound, whatever the broker does.

aiokafka's consumer looks for its coordinator for ever and waits for requests that are under way;
mode waits a minute for the thread, then blocks the event loop until it is gone, and Python's exit
waits for it too.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from faust.transport.drivers import aiokafka as driver
from mode.threads import QueueServiceThread, WorkerThread

from router.kafka.client.closing import stop_consumer
from router.roles.streams.engagement.faust_app.private_names import until_stopped
from router.telemetry import logger

log = logger(__name__)
logging.getLogger(__name__).setLevel(logging.WARNING)  # Faust logs by the names of its subclasses

_END_S_MAX = 1.0
_CALLS_S_MAX = 0.5
"""For calls that wait in the thread's queue: a fetch that is under way, mostly."""


class EndingThread(WorkerThread):
    """A thread that keeps neither the event loop nor the process from ending."""

    def __init__(self, service: Any, **kwargs: Any) -> None:
        """As mode makes it."""
        super().__init__(service, **kwargs)
        self.daemon = True

    def stop(self) -> None:
        """Wait for its end, not for long; mode would wait for ever, and the event loop with it."""
        if not self.is_stopped.wait(_END_S_MAX):
            loop = self.service.thread_loop
            loop.call_soon_threadsafe(loop.stop)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Runs aiokafka's consumer."""

    Worker = EndingThread
    shutdown_timeout = 5.0

    async def on_start(self) -> None:
        """Start the consumer, unless we are stopped first: a broker may let us wait for long."""
        starting = asyncio.create_task(super().on_start())
        stopped = asyncio.create_task(until_stopped(self))
        await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if starting.done():
            starting.result()
        else:
            starting.cancel()
        await asyncio.gather(starting, stopped, return_exceptions=True)

    async def on_thread_stop(self) -> None:
        """Leave the group and close the connections."""
        ending_calls = asyncio.create_task(QueueServiceThread.on_thread_stop(self))
        await asyncio.wait([ending_calls], timeout=_CALLS_S_MAX)
        if self._consumer is not None:
            await stop_consumer(self._consumer)
        ending_calls.cancel()
        await asyncio.gather(ending_calls, return_exceptions=True)

    def on_crash(self, msg: str, *fmt: Any, **kwargs: Any) -> None:
        """Say it in one line; mode would print the traceback. ``fmt`` ends with the error."""
        del msg, kwargs
        log.warning("engagement.thread_crashed", error=type(fmt[-1]).__name__)
