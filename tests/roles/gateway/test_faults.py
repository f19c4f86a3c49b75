"""Kills, frozen brokers and repeated requests: what was answered 202 is there, and counts once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest

from router.devbroker.guarded_broker import GuardedBroker
from router.devbroker.local_broker import open_broker
from router.kafka.client.clients import Clients
from router.kafka.client.ports import free_port
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import topics_of
from router.roles.service import run_roles
from router.settings import KafkaSettings, Settings, TopicSettings
from tests.roles.gateway.conftest import Gateway, lead

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

WAIT_S = 60.0


async def test_a_gateway_killed_under_load_loses_nothing_that_it_answered(topics_ready):
    settings, port = topics_ready, free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "router.cli", "run", "--roles=gateway"),
        env={
            **os.environ,
            "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
            "LEAD_ROUTER_GATEWAY__PORT": str(port),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    answered: list[str] = []
    try:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{port}/v1/leads"
            deadline_s = time.monotonic() + WAIT_S
            while not await sent(session, url, "first"):
                assert time.monotonic() < deadline_s
                await asyncio.sleep(0.1)
            senders = [
                asyncio.create_task(keep_sending(session, url, number, answered))
                for number in range(20)
            ]
            while len(answered) < 300:
                assert time.monotonic() < deadline_s
                await asyncio.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            await asyncio.wait_for(asyncio.gather(*senders), WAIT_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
    keys = await keys_in(settings, topics_of(settings).leads)
    assert set(answered) - keys == set()


async def keep_sending(session, url, number, answered):
    """Send until the gateway is gone."""
    count = 0
    while True:
        count += 1
        lead_id = f"L-{number}-{count}"
        try:
            if await sent(session, url, lead_id, is_lost_told=True):
                answered.append(lead_id)
        except aiohttp.ClientError:
            return


async def sent(session, url, lead_id, *, is_lost_told=False):
    """Whether one was answered 202."""
    try:
        async with session.post(url, json=lead(lead_id)) as response:
            return response.status == 202
    except aiohttp.ClientError:
        if is_lost_told:
            raise
        return False


async def keys_in(settings, topic):
    return {record.key.decode() async for record in read_topic(Clients(settings.kafka), topic)}


async def test_a_frozen_broker_is_answered_503_and_what_was_202_is_there(tmp_path):
    async with a_broker() as broker:
        settings = Settings(
            kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers),
            topics=TopicSettings(prefix="frozen.", inbox_partitions=1, partitions=1),
        )
        async with TopicAdmin.connected(settings) as admin:
            await admin.apply()
        async with Gateway(settings, tmp_path / "keys.jsonl") as gateway:
            accepted = ["before"]
            assert (await gateway.post(lead("before")))[0] == 202
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                frozen = await asyncio.gather(*(gateway.post(lead(f"F-{n}")) for n in range(10)))
            finally:
                os.kill(broker.pid, signal.SIGCONT)
            assert {status for status, *_ in frozen} == {503}
            assert {headers["Retry-After"] for *_, headers in frozen} == {"2"}
            await until_sent(gateway, "after")
            accepted.append("after")
            assert set(accepted) <= await keys_in(settings, gateway.topics.leads)


async def test_a_request_that_is_sent_again_makes_no_second_lead(topics_ready, tmp_path):
    stop = asyncio.Event()
    running = asyncio.create_task(run_roles(topics_ready, ["intake", "route"], stop=stop))
    try:
        async with Gateway(topics_ready, tmp_path / "keys.jsonl") as gateway:
            for _ in range(3):
                assert (await gateway.post(lead("L-1")))[0] == 202
            assert (await gateway.post(lead("L-2")))[0] == 202
            deadline_s = time.monotonic() + WAIT_S
            while len(decided := await decided_in(gateway)) < 2:
                assert time.monotonic() < deadline_s
                await asyncio.sleep(0.2)
            assert sorted(decided) == ["L-1", "L-2"]
    finally:
        stop.set()
        await asyncio.wait_for(running, WAIT_S)


@asynccontextmanager
async def a_broker():
    """One of its own, which can be frozen."""
    opened = open_broker(own=True)
    broker = await asyncio.to_thread(opened.__enter__)
    try:
        assert isinstance(broker, GuardedBroker)
        yield broker
    finally:
        opened.__exit__(None, None, None)


async def until_sent(gateway, lead_id):
    deadline_s = time.monotonic() + WAIT_S
    while (await gateway.post(lead(lead_id)))[0] != 202:
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.2)


async def decided_in(gateway):
    """The lead of each decision, in the order of the topics."""
    values = await gateway.values(gateway.topics.assignments)
    return [json.loads(value)["lead_id"] for value in values]
