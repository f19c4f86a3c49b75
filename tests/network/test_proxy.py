"""What the proxies can do to frames, each shown on a real broker."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from tests.brokers.cluster import Cluster
from tests.network.frames import Api
from tests.network.holds import write
from tests.network.journal import Event
from tests.network.proxy import Network

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

REQUEST_TIMEOUT_MS = 2_000


@pytest.fixture
def brokers(lone_broker: Cluster) -> Cluster:
    """One broker will do here."""
    return lone_broker


@pytest.fixture
async def topic(brokers: Cluster, topic_prefix: str):
    name = f"{topic_prefix}leads"
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    yield name
    await admin.delete_topics([name])
    await admin.close()


@asynccontextmanager
async def producing(network: Network):
    producer = AIOKafkaProducer(
        bootstrap_servers=network.cluster.proxied_servers,
        enable_idempotence=True,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def values_in(network: Network, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=network.cluster.bootstrap_servers)
    await consumer.start()
    try:
        source = TopicPartition(topic, 0)
        end = (await consumer.end_offsets([source]))[source]
        consumer.assign([source])
        consumer.seek(source, 0)
        values = []
        while await consumer.position(source) < end:
            fetched = await consumer.getmany(timeout_ms=200)
            values += [record.value for records in fetched.values() for record in records]
        return values
    finally:
        await consumer.stop()


async def test_a_frame_that_is_cut_off_reaches_the_broker_when_it_was_sent_again(network, topic):
    async with producing(network) as producer:
        held = network.hold(write(Api.PRODUCE))
        sending = asyncio.create_task(producer.send_and_wait(topic, b"once"))
        assert (await held.caught()).topics == (topic,)
        held.cut()
        await sending
        assert await held.deliver() == ()
    held.check_came_late()
    assert await values_in(network, topic) == [b"once"]
    assert network.journal.late_answers() == {"PRODUCE: taken": 1}
    assert [
        (entry.event, entry.is_late)
        for entry in network.journal.entries
        if entry.api == Api.PRODUCE
    ] == [
        (Event.HELD, False),
        (Event.CUT, False),
        (Event.FORWARDED, False),
        (Event.ANSWERED, False),
        (Event.FORWARDED, True),
        (Event.ANSWERED, True),
        (Event.UNHEARD, True),
    ]


async def test_a_fault_that_was_none_is_not_taken_for_one(network, topic):
    never, passed = network.hold(write(Api.END_TXN)), network.hold(write(Api.PRODUCE))
    with pytest.raises(AssertionError, match="no such frame"):
        never.check_came_late()
    async with producing(network) as producer:
        sending = asyncio.create_task(producer.send_and_wait(topic, b"once"))
        await passed.caught()
        await passed.deliver()
        await sending
    with pytest.raises(AssertionError, match="was not cut off"):
        passed.check_came_late()


async def test_a_single_frame_is_dropped_and_sent_again_when_its_time_is_over(network, topic):
    async with producing(network) as producer:
        await producer.send_and_wait(topic, b"before")
        second = network.hold(write(Api.PRODUCE, topic=topic), nth=2)
        await producer.send_and_wait(topic, b"first")
        began_s = time.monotonic()
        sending = asyncio.create_task(producer.send_and_wait(topic, b"second"))
        await second.caught()
        second.drop()
        await sending
    assert time.monotonic() - began_s > REQUEST_TIMEOUT_MS / 1000
    assert await values_in(network, topic) == [b"before", b"first", b"second"]
    assert any(entry.event is Event.DROPPED for entry in network.journal.entries)


async def test_frames_of_two_connections_change_places(network, topic):
    async with producing(network) as one, producing(network) as other:
        overtaken = network.hold(write(Api.PRODUCE))
        sending = asyncio.create_task(one.send_and_wait(topic, b"sent first"))
        await overtaken.caught()
        await other.send_and_wait(topic, b"sent second")
        overtaken.release()
        await sending
    assert await values_in(network, topic) == [b"sent second", b"sent first"]


async def test_the_answer_alone_is_lost(network, topic):
    async with producing(network) as producer:
        answer = network.hold(write(Api.PRODUCE), answer=True)
        sending = asyncio.create_task(producer.send_and_wait(topic, b"once"))
        await answer.caught()
        assert await values_in(network, topic) == [b"once"]
        assert not sending.done()
        answer.cut()
        answer.drop()
        await sending
    assert await values_in(network, topic) == [b"once"]


async def test_a_proxy_dies_and_what_is_under_way_arrives_before_it_is_back(network, topic):
    (proxy,) = network.proxies
    async with producing(network) as producer:
        held = network.hold(write(Api.PRODUCE))
        sending = asyncio.create_task(producer.send_and_wait(topic, b"once"))
        await held.caught()
        proxy.die()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        await held.deliver()
        assert await values_in(network, topic) == [b"once"]
        assert not sending.done()
        await proxy.start()
        await sending
    assert await values_in(network, topic) == [b"once"]
