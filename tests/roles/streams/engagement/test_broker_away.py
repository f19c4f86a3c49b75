"""The streams role while its broker is gone: it says so, lives, and goes on when it is back."""

import asyncio
import contextlib
import json
import time

import pytest

from router.devbroker.local_broker import local_broker
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import topics_of
from router.observe.meters import Meters
from router.observe.process import Process
from router.roles.service import run_roles
from router.settings import BoardSettings, KafkaSettings, Settings, StreamsSettings, TopicSettings
from tests.roles.streams.engagement.conftest import activity, policy_value

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

SESSION_TIMEOUT_MS = 6_000
WAIT_S = 60.0


async def test_activity_that_was_under_way_is_counted_once_the_broker_is_back(tmp_path):
    async with local_broker(own=True) as broker:
        settings = settings_for(broker, tmp_path)
        topics, clients = topics_of(settings), Clients(settings.kafka)
        async with TopicAdmin.connected(settings) as admin:
            await admin.apply()
        await write(clients, topics.policies, [(b"main", policy_value())])
        stop, process = asyncio.Event(), Process(Meters(), expected=("engagement",))
        running = asyncio.create_task(run_roles(settings, ["streams"], stop=stop, process=process))
        try:
            await until(lambda: process.is_ready, running)
            await write(clients, topics.activity, page_views(20_000))
            await asyncio.sleep(0.5)  # it is at work now
            await broker.kill()
            await until(lambda: not process.is_ready, running)
            [part] = process.parts()
            assert "broker" in part.awaits
            await asyncio.sleep(SESSION_TIMEOUT_MS / 1_000)
            assert not process.is_ready, "it stays so while it is away"
            await broker.restart()
            await until(lambda: process.is_ready, running)
            await until(lambda: everything_is_counted(clients, topics), running)
        finally:
            stop.set()
            await asyncio.wait_for(running, WAIT_S)


def settings_for(broker, tmp_path):
    return Settings(
        kafka=KafkaSettings(
            bootstrap_servers=broker.bootstrap_servers, session_timeout_ms=SESSION_TIMEOUT_MS
        ),
        topics=TopicSettings(prefix="away.", inbox_partitions=1, partitions=1),
        streams=StreamsSettings(directory=tmp_path),
        board=BoardSettings(enabled=False),
    )


def page_views(count):
    return [activity(f"L-{n % 200}", "page_view", f"a-{n}") for n in range(count)]


async def write(clients, topic, records):
    producer = clients.plain_producer()
    await producer.start()
    try:
        futures = [await producer.send(topic, value, key) for key, value in records]
        await asyncio.gather(*futures)
    finally:
        await producer.stop()


async def everything_is_counted(clients, topics):
    """Each lead has 100 page views, of one point each, all of them fresh."""
    with contextlib.suppress(Exception):
        latest = {r.key: json.loads(r.value) async for r in read_topic(clients, topics.engagement)}
        points = [each["points_milli"] for each in latest.values()]
        return len(points) == 200 and min(points) > 94_000
    return False


async def until(found, running):
    deadline_s = time.monotonic() + WAIT_S
    while True:
        if running.done():
            running.result()
        answer = found()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.1)
