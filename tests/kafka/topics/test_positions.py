"""Where intake goes on: what is committed, all of it, and nothing that is not."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.runtime.step import PartitionError
from router.kafka.runtime.transaction import PartitionProducer
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.positions import Position, Positions
from router.kafka.topics.topic_metadata import read_shapes
from router.roles.route.plan import Consents
from tests.kafka.runtime.test_runtime_intake import lead

pytestmark = pytest.mark.kafka

LEADS, OTHERS = TopicPartition("leads", 0), TopicPartition("leads", 1)


@pytest.fixture
def positions(deployment):
    return Positions(deployment.clients, deployment.topics.positions)


@pytest.fixture
async def write_position(deployment, positions):
    """Commits a position in a transaction, as a partition's worker does."""
    shapes = await read_shapes(deployment.clients, [deployment.topics.positions])
    producers = []

    async def write(source, next_offset, at_ms=None):
        name = f"{deployment.topics.prefix}{source.topic}-{source.partition}"
        producer = PartitionProducer(deployment.clients, name, timeout_ms=20_000)
        producers.append(producer)
        await producer.start()
        outbox = Outbox(shapes)
        positions.put(outbox, source, Position(next_offset, at_ms))
        await producer.write(outbox)

    yield write
    for producer in producers:
        await producer.stop()


async def test_the_last_committed_position_counts_for_each_partition(positions, write_position):
    assert await positions.of(LEADS) is None
    await write_position(LEADS, 7)
    await write_position(OTHERS, 3)
    assert (await positions.of(LEADS), await positions.of(OTHERS)) == ((7, None), (3, None))
    await write_position(LEADS, 9)
    assert (await positions.of(LEADS), await positions.of(OTHERS)) == ((9, None), (3, None))


async def test_a_neighbours_open_transaction_hides_no_position(
    deployment, positions, write_position
):
    neighbour = deployment.clients.producer(
        transactional_id=f"{deployment.topics.prefix}neighbour", timeout_ms=20_000
    )
    await neighbour.start()
    await neighbour.begin_transaction()
    await neighbour.send_and_wait(
        deployment.topics.positions, b'{"next_offset":1}', key=b"leads-1", partition=0
    )
    await write_position(LEADS, 7)
    asked = asyncio.create_task(positions.of(LEADS))
    await asyncio.sleep(1)
    assert not asked.done(), "answered without what stands behind the open transaction"
    await neighbour.abort_transaction()
    assert await asyncio.wait_for(asked, 10) == (7, None)
    assert await positions.of(OTHERS) is None
    await neighbour.stop()


async def test_those_who_ask_at_the_same_time_share_a_reading(positions, write_position):
    await write_position(LEADS, 7)
    readings = 0
    read_on = positions._read_on

    async def counted():
        nonlocal readings
        readings += 1
        await read_on()

    positions._read_on = counted
    assert await asyncio.gather(*(positions.of(LEADS) for _ in range(40))) == [(7, None)] * 40
    assert readings <= 2


async def test_a_record_that_is_not_ours_stops_intake(deployment, positions):
    await deployment.write(deployment.topics.positions, [(b"leads-0", b"not json")])
    with pytest.raises(PartitionError, match="not a position"):
        await positions.of(LEADS)


async def test_the_position_counts_when_the_groups_offsets_are_behind(deployment):
    source = TopicPartition(deployment.topics.leads, 0)
    await deployment.write(source.topic, [(None, lead(f"lead-{n}")) for n in range(5)])
    first = deployment.run("intake")
    await deployment.read_at_least(deployment.topics.inbox, 5)
    await deployment.stop(first)
    consumer = deployment.clients.consumer(group=f"{deployment.topics.prefix}intake")
    await consumer.start()
    consumer.assign([source])
    await consumer.commit({source: 2})
    await consumer.stop()
    await deployment.write(source.topic, [(None, lead("lead-5"))])
    deployment.run("intake")
    records = await deployment.read_at_least(deployment.topics.inbox, 6)
    assert [json.loads(record.value)["lead_id"] for record in records] == [
        f"lead-{n}" for n in range(6)
    ]


async def test_a_topic_that_was_made_anew_stops_intake_until_that_is_accepted(
    deployment, write_position
):
    source = TopicPartition(deployment.topics.leads, 0)
    await write_position(source, 1_000)
    await deployment.write(source.topic, [(None, lead("lead-1"))])
    task, _ = deployment.run("intake")
    with pytest.raises(LeadRouterError, match=r"deleted and made anew.*--accept-lost-input"):
        await asyncio.wait_for(task, 20)
    accepting = deployment.run("intake", consents=Consents(lost_input=True))
    await deployment.read_at_least(deployment.topics.inbox, 1)
    await deployment.stop(accepting)
    await deployment.write(source.topic, [(None, lead("lead-2"))])
    deployment.run("intake")
    assert len(await deployment.read_at_least(deployment.topics.inbox, 2)) == 2


async def test_a_topic_made_anew_that_has_come_as_far_as_the_one_before_is_known_by_its_age(
    deployment, write_position
):
    leads, now_ms = deployment.topics.leads, int(time.time() * 1000)
    for partition in (0, 2):
        await deployment.write(leads, [(None, lead(f"new-{n}")) for n in range(3)], partition)
        await write_position(TopicPartition(leads, partition), 3, at_ms=now_ms - 60_000)
    task, _ = deployment.run("intake")
    with pytest.raises(LeadRouterError, match="made anew") as refused:
        await asyncio.wait_for(task, 20)
    for partition in (0, 2):
        assert f"{leads}-{partition} was deleted and made anew" in str(refused.value)
    deployment.run("intake", consents=Consents(lost_input=True))
    records = await deployment.read_at_least(deployment.topics.inbox, 6)
    assert {json.loads(record.value)["lead_id"] for record in records} == {
        "new-0", "new-1", "new-2",
    }  # fmt: skip


async def test_what_was_read_is_not_taken_for_another_topic_after_a_restart(deployment):
    for number in range(3):
        await deployment.write(deployment.topics.leads, [(None, lead(f"lead-{number}"))])
        running = deployment.run("intake")
        await deployment.read_at_least(deployment.topics.inbox, number + 1)
        await deployment.stop(running)
    leads = await deployment.read(deployment.topics.leads)
    written = [
        json.loads(each.value) for each in await deployment.read(deployment.topics.positions)
    ]
    assert {"next_offset": 3, "at_ms": leads[-1].timestamp} in written
