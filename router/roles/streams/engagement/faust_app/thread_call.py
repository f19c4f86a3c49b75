"""Asking something of the thread in which Faust's consumer lives.

``asyncio.run_coroutine_threadsafe`` takes a coroutine that is there already; where the thread ends
before it looks, nobody ever awaits it, and Python says so. Here it is made in the thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from router.roles.streams.engagement.faust_app.private_names import thread_loop

T = TypeVar("T")


async def in_thread_of(consumer: Any, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return what ``ask`` answers in the event loop of the consumer's thread."""
    answer: Future[T] = Future()
    asking: set[asyncio.Task[T]] = set()

    def begin() -> None:
        if answer.set_running_or_notify_cancel():
            task = loop.create_task(ask())
            asking.add(task)  # an event loop alone does not keep its tasks
            task.add_done_callback(end)

    def end(task: asyncio.Task[T]) -> None:
        asking.discard(task)
        if task.cancelled():
            answer.set_exception(asyncio.CancelledError())
        elif error := task.exception():
            answer.set_exception(error)
        else:
            answer.set_result(task.result())

    loop = thread_loop(consumer)
    loop.call_soon_threadsafe(begin)
    return await asyncio.wrap_future(answer)
