"""A frame that comes late, when its client has long gone on, changes nothing; nor a lost answer.

Each request by which intake and route write is held on its way, cut off from its client, and
delivered when the client has sent it again and gone on.
"""

from __future__ import annotations

import asyncio
import operator

import pytest

from router.kafka.runtime import write_buffer
from router.kafka.runtime.transaction import PartitionProducer
from router.settings import TransactionSettings
from tests.network.frames import Api
from tests.network.holds import Hold
from tests.network.journal import Event
from tests.network.scene import SMALL_BATCH_BYTES, Proxied, Scene

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

NAME = operator.attrgetter("name")
REFUSED = ("InvalidProducerEpoch",)
TRANSACTION_MS = 1_000
ABORTED_AFTER_S = 3.0
"""By then the broker, which looks once a second, has ended a transaction that nobody ends."""

on_three_brokers = pytest.mark.parametrize("brokers", ["cluster"], indirect=True, ids=["three"])


@pytest.fixture(params=["intake", "route"])
async def scene(request, past_proxies, network, monkeypatch):
    """A role that has not been started, whose batches will be small."""
    monkeypatch.setattr(write_buffer, "BATCH_BYTES_MAX", SMALL_BATCH_BYTES)
    transactions = TransactionSettings(timeout_ms=TRANSACTION_MS)
    deployment = Proxied(past_proxies.model_copy(update={"transactions": transactions}), network)
    yield Scene(deployment, network, request.param)
    await deployment.close()


async def begin(scene: Scene) -> None:
    """Have the role at work, its producer started."""
    scene.start()
    await scene.feed("before", 1)
    await scene.until_done()


async def deliver_amidst_the_next_transaction(scene: Scene, api: Api) -> tuple[str, ...]:
    """Deliver a write of one transaction in the middle of the next; returns the answer to it."""
    await begin(scene)
    late = scene.network.hold(scene.of(api))
    await scene.feed("first")
    await late.caught()
    late.cut()
    await scene.until_done()
    amidst = scene.hold_amidst()
    await scene.feed("second")
    await amidst.caught()
    errors = await late.deliver()
    amidst.release()
    await scene.until_done()
    late.check_came_late()
    return errors


async def check_unharmed(scene: Scene) -> None:
    """Nothing is missing, double or out of order, and no process had to be started again."""
    assert await scene.differences() == []
    assert scene.endings == []
    sent = {entry.api for entry in scene.network.journal.entries}
    assert sent == {Api.PRODUCE, Api.INIT_PRODUCER_ID, Api.ADD_PARTITIONS, Api.END_TXN}


@pytest.mark.parametrize("api", [Api.ADD_PARTITIONS, Api.PRODUCE, Api.END_TXN], ids=NAME)
async def test_a_write_that_comes_amidst_the_next_transaction_changes_nothing(scene, api):
    assert await deliver_amidst_the_next_transaction(scene, api) == REFUSED
    await check_unharmed(scene)
    assert scene.restores <= 1, "all commits were known, and memory was dropped"


async def test_without_a_new_epoch_a_late_end_commits_half_of_the_next_transaction(
    scene, monkeypatch
):
    monkeypatch.setattr(PartitionProducer, "must_be_replaced", False)
    assert await deliver_amidst_the_next_transaction(scene, Api.END_TXN) == ()
    assert await scene.differences() != []


async def test_the_start_of_a_producer_that_comes_amidst_its_transaction_changes_nothing(scene):
    late = scene.network.hold(scene.of(Api.INIT_PRODUCER_ID))
    scene.start()
    await late.caught()
    late.cut()
    amidst = scene.hold_amidst()
    await scene.feed("first")
    await amidst.caught()
    await late.deliver()
    amidst.release()
    await scene.until_done()
    await scene.feed("second")
    await scene.until_done()
    late.check_came_late()
    await check_unharmed(scene)


@on_three_brokers
async def test_partitions_added_when_no_transaction_is_open_hold_nobody_up_for_long(scene):
    await begin(scene)
    late = scene.network.hold(scene.of(Api.ADD_PARTITIONS))
    await scene.feed("first")
    await late.caught()
    late.cut()
    await scene.until_done()
    await late.deliver()
    await asyncio.sleep(ABORTED_AFTER_S)
    await scene.feed("second")
    await scene.until_done()
    late.check_came_late()
    await check_unharmed(scene)


@on_three_brokers
async def test_an_end_that_arrives_when_no_proxy_is_left_has_committed_its_transaction(scene):
    end = await held_with_all_proxies_dead(scene, Api.END_TXN)
    assert await end.deliver() == ()
    await come_back(scene)
    end.check_came_late()
    await check_unharmed(scene)
    assert scene.restores <= 1, "the commit was known, and memory was dropped"


@on_three_brokers
async def test_an_end_that_arrives_when_the_broker_has_given_up_ends_nothing(scene):
    end = await held_with_all_proxies_dead(scene, Api.END_TXN)
    await asyncio.sleep(ABORTED_AFTER_S)
    await come_back(scene)
    assert await end.deliver() == REFUSED
    end.check_came_late()
    await check_unharmed(scene)
    assert scene.role == "intake" or scene.restores == 2, "memory of a failed transaction was kept"


async def held_with_all_proxies_dead(scene: Scene, api: Api) -> Hold:
    """Hold a write; neither it nor its repetition gets through."""
    await begin(scene)
    held = scene.network.hold(scene.of(api))
    await scene.feed("first")
    await held.caught()
    held.cut()
    for proxy in scene.network.proxies:
        proxy.die()
    return held


async def come_back(scene: Scene) -> None:
    """Let the proxies pass frames again, until all has been done."""
    for proxy in scene.network.proxies:
        await proxy.start()
    await scene.until_done()
    await scene.feed("second")
    await scene.until_done()


@on_three_brokers
@pytest.mark.parametrize(
    "api",
    [Api.INIT_PRODUCER_ID, Api.ADD_PARTITIONS, Api.PRODUCE, Api.END_TXN],
    ids=NAME,
)
async def test_a_write_whose_answer_is_lost_counts_once(scene, api):
    if api is not Api.INIT_PRODUCER_ID:
        await begin(scene)
    answer = scene.network.hold(scene.of(api), answer=True)
    if api is Api.INIT_PRODUCER_ID:
        scene.start()
    await scene.feed("first")
    await answer.caught()
    answer.cut()
    answer.drop()
    await scene.until_done()
    await scene.feed("second")
    await scene.until_done()
    assert any(entry.event is Event.CUT for entry in scene.network.journal.entries)
    await check_unharmed(scene)
    assert scene.restores <= 1, "all commits were known, and memory was dropped"
