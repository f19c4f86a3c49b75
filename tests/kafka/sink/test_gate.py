from __future__ import annotations

import asyncio

from router.kafka.sink.answer import Answer, Verdict
from router.kafka.sink.gate import Gate
from router.kafka.sink.watermark import Watermark

WORKED = Answer(Verdict.DELIVERED)
FAILED = Answer(Verdict.AGAIN, "answered with status 500")


def passes(gate):
    """Whether a caller is let through at once."""

    async def asked():
        try:
            await asyncio.wait_for(gate.passing(), 0.01)
        except TimeoutError:
            return False
        return True

    return asked()


async def test_failures_in_a_row_shut_it_and_one_that_gets_through_opens_it():
    now = [0.0]
    gate = Gate("crm", [10.0, 20.0], clock=lambda: now[0])
    for _ in range(4):
        gate.heard(FAILED)
    assert await passes(gate)
    gate.heard(FAILED)
    assert gate.is_shut
    assert not await passes(gate)
    now[0] = 10.0
    assert await passes(gate), "one may try"
    assert not await passes(gate), "one only"
    gate.heard(FAILED)
    now[0] = 29.0
    assert not await passes(gate), "the second pause is longer"
    now[0] = 30.0
    assert await passes(gate)
    gate.heard(WORKED)
    assert await passes(gate)
    assert await passes(gate)


async def test_it_waits_as_long_as_the_destination_asks_even_if_another_call_got_through():
    now = [0.0]
    gate = Gate("crm", [1.0], clock=lambda: now[0])
    gate.heard(Answer(Verdict.AGAIN, "busy", after_s=60.0))
    gate.heard(WORKED)
    assert not await passes(gate)
    now[0] = 60.0
    assert await passes(gate)


async def test_a_record_that_has_nothing_to_say_lets_the_next_one_try_at_once():
    now = [0.0]
    gate = Gate("crm", [600.0], clock=lambda: now[0])
    for _ in range(5):
        gate.heard(FAILED)
    now[0] = 600.0
    assert await passes(gate)
    next_one = asyncio.create_task(gate.passing())
    await asyncio.sleep(0)
    gate.heard(Answer(Verdict.SKIPPED))
    await asyncio.wait_for(next_one, 1)
    assert not await passes(gate), "one only"
    gate.heard(FAILED)
    now[0] = 1_199.0
    assert not await passes(gate)


async def test_denials_in_a_row_switch_it_off_and_those_of_one_moment_do_not():
    now_s = [0.0]
    gate, denied = Gate("crm", [0.0], lambda: now_s[0]), "answered with status 401"
    for verdict in (Verdict.DENIED, Verdict.DENIED, Verdict.DELIVERED, *[Verdict.DENIED] * 9):
        gate.heard(Answer(verdict, denied))
    assert gate.switched_off is None
    for _ in range(3):
        assert gate.switched_off is None
        now_s[0] += 2
        gate.heard(Answer(Verdict.DENIED, denied))
    assert gate.switched_off == denied
    assert not await passes(gate)


def test_the_position_is_the_oldest_record_that_is_not_done():
    watermark = Watermark(5)
    for offset in (5, 6, 9):
        watermark.begin(offset)
    watermark.end(9)
    watermark.end(6)
    assert (watermark.position, watermark.span) == (5, 5)
    watermark.end(5)
    assert (watermark.position, watermark.span) == (10, 0)
