"""Deliveries on a real broker to a destination on this machine."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiohttp import web

from tests.roles.delivery.conftest import assignment_of, until, webhook
from tests.roles.delivery.receiver import Receiver, every_way_to_fail

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


async def test_an_assignment_is_delivered_signed_and_told_to_the_leads_story(scene, receiver):
    await scene.assign([assignment_of("never", 1)], abort=True)
    await scene.assign([assignment_of("L1", 1)])
    await scene.start(scene.to(crm=webhook(receiver.url)))
    await until(lambda: receiver.taken, "nothing came")
    assert receiver.keys == ["L1.1.crm"]
    await asyncio.sleep(0.3)
    (report,) = await scene.reports()
    assert (report["feedback_type"], report["assignment_id"]) == ("delivered", "L1.1")
    assert report["actor"] == "delivery.crm"
    assert receiver.keys == ["L1.1.crm"], "an aborted transaction was delivered"


async def test_what_a_destination_fails_comes_through_once_each_and_in_order(scene, receiver):
    receiver.behave = every_way_to_fail
    await scene.start(scene.to(crm=webhook(receiver.url, retry_s=[0.05] * 12)))
    wanted = {f"L{n}": [1, 2, 3] for n in range(100)}
    for sequence in (1, 2, 3):
        await scene.assign([assignment_of(lead_id, sequence) for lead_id in wanted])
    await until(lambda: len(set(receiver.keys)) == 300, lambda: f"{len(set(receiver.keys))} of 300")
    assert receiver.sequences() == wanted
    assert max(Counter(receiver.keys).values()) > 1, "nothing was repeated: it did not fail"
    assert await scene.read(scene.topics.deliveries_failed) == []


async def test_a_dead_destination_delays_nobody_else(scene, receiver):
    async with Receiver() as dead:

        async def never(*_):
            await asyncio.sleep(30)

        dead.behave = never
        role = await scene.start(
            scene.to(crm=webhook(receiver.url), dead=webhook(dead.url, timeout_s=5))
        )
        await scene.assign([assignment_of(f"L{n}", 1) for n in range(200)])
        await until(lambda: len(receiver.taken) == 200, lambda: f"{len(receiver.taken)} of 200", 10)
        await role.stop()


async def test_a_destination_that_wants_nothing_any_more_is_left_alone(scene, receiver):
    async def gone(*_):
        return web.Response(status=410)

    receiver.behave = gone
    role = await scene.start(scene.to(crm=webhook(receiver.url, calls_max=1)))
    await scene.assign([assignment_of(f"L{n}", 1) for n in range(20)])
    await until(lambda: receiver.calls, "it was never called")
    await asyncio.sleep(1)
    assert receiver.calls == 1
    await role.stop()
    receiver.behave = None
    await scene.start(scene.to(crm=webhook(receiver.url)))
    await until(lambda: len(set(receiver.keys)) == 20, "not all came after it was back")


async def test_what_is_written_while_a_destination_looks_for_its_position_is_not_lost(
    scene, receiver
):
    starting = asyncio.create_task(scene.start(scene.to(crm=webhook(receiver.url))))
    for n in range(40):
        await scene.assign([assignment_of(f"L{n}", 1)])
    await starting
    wanted = {f"L{n}.1.crm" for n in range(40)}
    await until(lambda: len(set(receiver.keys)) >= 40, lambda: f"{len(set(receiver.keys))} of 40")
    assert set(receiver.keys) == wanted


async def test_an_assignment_that_a_destination_refuses_is_kept_and_holds_up_nobody(
    scene, receiver
):
    async def refuse(_receiver, _request, body):
        return web.Response(status=422) if body["lead_id"] == "bad" else None

    receiver.behave = refuse
    await scene.start(scene.to(crm=webhook(receiver.url)))
    await scene.assign([assignment_of("bad", 1), assignment_of("good", 1), assignment_of("bad", 2)])
    await until(lambda: receiver.keys == ["good.1.crm"], "the other did not come")
    failed = await scene.failed(2)
    assert dict(failed[0].headers)["why"] == b"answered with status 422"
    await asyncio.sleep(0.3)
    kinds = Counter(each["feedback_type"] for each in await scene.reports())
    assert kinds == {"delivery_failed": 2, "delivered": 1}


async def test_what_alone_fails_is_given_up_after_its_schedule_and_others_go_on(scene, receiver):
    async def fail(_receiver, _request, body):
        return web.Response(status=500) if body["lead_id"] == "bad" else None

    receiver.behave = fail
    await scene.start(scene.to(crm=webhook(receiver.url, retry_s=[0.01, 0.01])))
    await scene.assign([assignment_of("bad", 1)])
    for n in range(20):
        await scene.assign([assignment_of(f"L{n}", 1)])
        await asyncio.sleep(0.05)
    failed = await scene.failed(1)
    assert dict(failed[0].headers)["why"] == b"given up: answered with status 500"
    assert len(receiver.taken) == 20
