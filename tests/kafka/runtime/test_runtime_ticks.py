"""Ticks on the runtime: time passes in a partition, but never past what is still on its way."""

import asyncio
import json
import time

import pytest


def ticks_of(records):
    return [record for record in records if json.loads(record.value)["kind"] == "tick"]


def now_ms():
    return int(time.time() * 1000)


@pytest.mark.kafka
async def test_a_due_deadline_makes_one_tick_and_is_then_done(deployment, eventually):
    await deployment.submit("lead-1")
    deployment.run()
    await eventually(lambda: deployment.fold().ticks, "the first tick")
    fold = deployment.fold()
    assert len(fold.ticks) == 1
    fold.due_ms = now_ms() + 1_500
    due_ms = fold.due_ms
    await eventually(lambda: len(fold.ticks) == 2, "a tick for the deadline")
    assert fold.ticks[1][1] >= due_ms
    await asyncio.sleep(2.5)
    assert len(fold.ticks) == 2
    records = ticks_of(await deployment.read(deployment.topics.inbox))
    in_first = [record for record in records if record.partition == 0]
    assert [record.offset for record in in_first] == [offset for offset, _ in fold.ticks]
    assert json.loads(in_first[1].value)["due_ms"] == due_ms


@pytest.mark.kafka
async def test_a_deadline_that_stays_due_makes_ticks_one_at_a_time(deployment, eventually):
    await deployment.submit("lead-1")
    deployment.run()
    await eventually(lambda: deployment.fold().ticks, "the first tick")
    fold = deployment.fold()
    outstanding_max = 0
    fold.due_ms = now_ms() + 10_000_000
    fold.next_due_ms = lambda: now_ms() - 500
    for _ in range(30):
        await asyncio.sleep(0.1)
        written = ticks_of(await deployment.read(deployment.topics.inbox))
        of_fold = [record for record in written if record.partition == 0]
        outstanding = [record for record in of_fold if record.offset >= fold.next_offset]
        outstanding_max = max(outstanding_max, len(outstanding))
    assert outstanding_max <= 1
    assert len(fold.ticks) >= 3


@pytest.mark.kafka
async def test_time_does_not_pass_while_feedback_waits_in_intake(deployment, eventually):
    await deployment.write(deployment.topics.feedback, [(None, b"{}")])
    await deployment.submit("lead-1")
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    fold = deployment.fold()
    fold.due_ms = now_ms()
    await asyncio.sleep(3)
    assert fold.ticks == []
    deployment.run("intake")
    await eventually(lambda: fold.ticks, "the tick after intake has caught up")
    assert len(await deployment.read(deployment.topics.dead_letters)) == 1


@pytest.mark.kafka
async def test_feedback_that_never_ceases_does_not_hold_up_time(deployment, eventually):
    enough = asyncio.Event()

    async def never_cease():
        while not enough.is_set():
            await deployment.write(deployment.topics.feedback, [(None, b"{}")])

    deployment.run("intake", "route")
    await deployment.submit("lead-1")
    await deployment.read_at_least(deployment.topics.assignments, 1)
    fold = deployment.fold()
    await eventually(lambda: fold.ticks, "the first tick, which comes without a deadline")
    feeding = asyncio.create_task(never_cease())
    await asyncio.sleep(1)
    before = len(fold.ticks)
    fold.due_ms = due_ms = now_ms()
    await eventually(lambda: len(fold.ticks) > before, "a tick while feedback comes in")
    assert not feeding.done(), "it comes in all the while"
    assert fold.ticks[-1][1] >= due_ms
    enough.set()
    await feeding


@pytest.mark.kafka
async def test_a_partition_without_sales_orgs_has_no_ticks(deployment, eventually):
    settings = deployment.settings.model_copy(update={"sales_orgs": ["main", "north", "south"]})
    deployment.run(settings=settings)
    await eventually(lambda: len(deployment.folds) == 4)
    await eventually(lambda: deployment.fold(0).ticks and deployment.fold(2).ticks, "ticks")
    await asyncio.sleep(1.5)
    assert deployment.fold(3).ticks == []
