"""How long time waits for feedback: for what had come, and once more when intake stood still."""

from types import SimpleNamespace

import pytest

from router.kafka.queries import feedback_queue
from router.kafka.queries.feedback_queue import FeedbackGate


class Queue:
    """``come`` and ``passed`` as counts; None is a broker that is away."""

    def __init__(self):
        self.come = 0
        self.passed = 0

    async def ends(self):
        return self.come

    async def has_passed(self, ends):
        return self.passed >= ends


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def gate(queue):
    return FeedbackGate(queue)


@pytest.fixture
def later(monkeypatch):
    now_s = 1_000.0

    def later(seconds):
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr(feedback_queue, "time", SimpleNamespace(monotonic=lambda: now_s))
    return later


async def test_it_is_open_when_nothing_is_under_way(gate):
    assert await gate.is_open()


async def test_it_is_shut_while_the_broker_is_away(gate, queue):
    queue.come = None
    assert not await gate.is_open()
    queue.come = 0
    assert await gate.is_open()


async def test_what_comes_while_it_waits_is_not_waited_for(gate, queue, later):
    queue.come = 1
    assert not await gate.is_open()
    later(2)
    queue.come, queue.passed = 9, 1
    assert await gate.is_open()


async def test_what_came_while_intake_stood_still_is_waited_for(gate, queue, later):
    queue.come = 1
    assert not await gate.is_open()
    later(3_600)
    queue.come, queue.passed = 500, 1
    assert not await gate.is_open()
    assert not await gate.is_open(), "an hour of answers is still in intake"
    queue.passed = 500
    assert await gate.is_open()


async def test_feedback_that_never_ceases_does_not_hold_it_up_however_slow_intake_is(
    gate, queue, later
):
    openings = 0
    for _ in range(100):
        later(15)
        openings += await gate.is_open()
        queue.come, queue.passed = queue.come + 20, queue.come
    assert openings > 20


async def test_a_wait_that_was_broken_off_begins_anew(gate, queue, later):
    queue.come = 1
    assert not await gate.is_open()
    gate.forget()
    later(1)
    queue.come, queue.passed = 5, 1
    assert not await gate.is_open()
