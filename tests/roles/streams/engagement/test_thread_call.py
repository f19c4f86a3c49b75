"""Questions to the consumer's thread are answered there, or are never begun."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from router.roles.streams.engagement.faust_app.thread_call import in_thread_of


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def consumer(loop):
    """As Faust has it; its thread runs."""
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield SimpleNamespace(_thread=SimpleNamespace(thread_loop=loop))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


async def test_the_answer_comes_from_the_thread(consumer):
    async def ask():
        await asyncio.sleep(0)
        return threading.get_ident()

    assert await in_thread_of(consumer, ask) != threading.get_ident()


async def test_what_is_raised_there_is_raised_here(consumer):
    async def ask():
        raise LookupError("no such member")

    with pytest.raises(LookupError, match="no such member"):
        await in_thread_of(consumer, ask)


async def test_nothing_is_begun_of_what_nobody_waits_for_any_more(loop):
    begun = []

    async def ask():
        begun.append(1)

    asking = asyncio.create_task(
        in_thread_of(SimpleNamespace(_thread=SimpleNamespace(thread_loop=loop)), ask)
    )
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0))
    assert begun == []
