"""A deployment with a policy: marketing writes activity, the streams role counts it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from datetime import UTC, datetime

import pytest
from aiokafka.structs import TopicPartition

from router.core.model.policy import Policy
from router.intake.policy import load_policy, policy_to_plain
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.observe.meters import Meters
from router.observe.parts import awaited
from router.observe.process import Process
from router.roles.service import run_roles
from router.settings import BoardSettings, StreamsSettings
from tests.bench.engagement import POLICY

WAIT_S = 60.0


def now_text():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def activity(lead_id, activity_type, activity_id, **changes):
    """Key and value of one activity, of now."""
    body = {
        "activity_id": activity_id,
        "lead_id": lead_id,
        "activity_type": activity_type,
        "occurred_at": now_text(),
        **changes,
    }
    return lead_id.encode(), json.dumps(body).encode()


def policy_value(source=POLICY, version=1):
    policy = load_policy(source, published_at_ms=1, version=version)
    assert isinstance(policy, Policy), policy
    return json.dumps(
        {
            "policy_id": policy.policy_id,
            "version": policy.version,
            "published_at": "2026-01-01T00:00:00Z",
            "source": source,
            "compiled": policy_to_plain(policy),
        }
    ).encode()


class Marketing:
    """One prefix on the broker: what is written to it, what runs on it, what came out."""

    def __init__(self, settings):
        self.settings = settings
        self.topics = topics_of(settings)
        self.clients = Clients(settings.kafka)
        self.producer = self.clients.plain_producer()
        self.meters = Meters()
        self._running = []

    async def publish_policy(self, **changes):
        await self.send(self.topics.policies, [(b"main", policy_value(**changes))])

    async def send(self, topic, records, partition=None):
        """Write (key, value) pairs, in order."""
        futures = [
            await self.producer.send(topic, value, key, partition=partition)
            for key, value in records
        ]
        await asyncio.gather(*futures)

    async def act(self, lead_id, activity_type, activity_id, **changes):
        """Write one activity, of now."""
        record = activity(lead_id, activity_type, activity_id, **changes)
        await self.send(self.topics.activity, [record])

    def run(self, *roles):
        """Start roles in this event loop; returns the task, the stop event, the readiness."""
        stop = asyncio.Event()
        process = Process(self.meters, expected=("engagement",))
        coroutine = (
            run_roles(self.settings, ["streams"], stop=stop, process=process)
            if roles == ("streams",)
            else run_roles(self.settings, roles, stop=stop)
        )
        task = asyncio.create_task(coroutine)
        self._running.append((task, stop))
        return task, stop, lambda: process.is_ready

    def run_streams(self):
        """Start the role; returns the task, the stop event, and what tells what it waits for."""
        stop, process = asyncio.Event(), Process(self.meters, expected=("engagement",))
        task = asyncio.create_task(
            run_roles(self.settings, ["streams"], stop=stop, process=process)
        )
        self._running.append((task, stop))
        return task, stop, lambda: awaited(process.parts())

    def engagement_readings(self):
        """The gauges of the engagement step, as (gauge, labels, value)."""
        return (reading for reading in self.meters.readings() if "engagement" in reading[1][:1])

    async def stop_all(self):
        for task, stop in self._running:
            stop.set()
            await asyncio.wait_for(task, WAIT_S)
        self._running.clear()

    def forget_running(self):
        """What has ended is not to be stopped any more."""
        self._running.clear()

    def forget(self, task):
        """The same for one role."""
        self._running = [each for each in self._running if each[0] is not task]

    async def hire(self):
        """Put a rep into each channel."""
        reps = [
            {"rep_id": "ida", "name": "Ida", "channels": ["inside"], "role": "inside_rep"},
            {"rep_id": "fay", "name": "Fay", "channels": ["field"], "role": "field_rep"},
        ]
        await self.send(
            self.topics.roster, [(r["rep_id"].encode(), json.dumps(r).encode()) for r in reps]
        )

    async def close(self):
        for task, stop in self._running:
            stop.set()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(task, WAIT_S)
        await self.producer.stop()

    async def read(self, topic):
        return [record async for record in read_topic(self.clients, topic)]

    async def until(self, found, what):
        """Wait until the coroutine function ``found`` returns something; returns that."""
        deadline_s = time.monotonic() + WAIT_S
        while True:
            for task, _ in self._running:
                if task.done():
                    task.result()
            if result := await found():
                return result
            assert time.monotonic() < deadline_s, f"not within {WAIT_S} s: {what}"
            await asyncio.sleep(0.1)

    async def engagement_of(self, lead_id):
        """The bodies of the engagement records of a lead."""
        records = await self.read(self.topics.engagement)
        return [json.loads(r.value) for r in records if r.key == lead_id.encode()]


class Group:
    """How far the group of the streams role has come in the activity."""

    def __init__(self, marketing):
        self._topic = marketing.topics.activity
        self._consumer = marketing.clients.consumer(
            group=f"{marketing.settings.topics.prefix}streams"
        )
        self._partitions = [TopicPartition(self._topic, number) for number in range(4)]

    async def start(self):
        await self._consumer.start()

    async def stop(self):
        await self._consumer.stop()

    async def done(self):
        """(acknowledged, written)."""
        ends = await self._consumer.end_offsets(self._partitions)
        done = [await self._consumer.committed(partition) or 0 for partition in self._partitions]
        return sum(done), sum(ends.values())


@pytest.fixture
async def marketing(topics_ready, tmp_path):
    streams = StreamsSettings(directory=tmp_path / "tables")
    board = BoardSettings(port=0)
    marketing = Marketing(topics_ready.model_copy(update={"streams": streams, "board": board}))
    await marketing.producer.start()
    yield marketing
    await marketing.close()


@pytest.fixture
async def group(marketing):
    group = Group(marketing)
    await group.start()
    yield group
    await group.stop()


@pytest.fixture
async def start_worker(marketing, tmp_path):
    """Starts a process of the role; whatever still runs is killed in the end."""
    processes = []

    async def start(*arguments, **variables):
        log = tmp_path / f"worker-{len(processes)}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "router.cli", "run", "--roles", "streams", *arguments),
                env={
                    **os.environ,
                    "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": (
                        marketing.settings.kafka.bootstrap_servers
                    ),
                    "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": "2000",
                    "LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS": "1000",
                    "LEAD_ROUTER_TOPICS__PREFIX": marketing.settings.topics.prefix,
                    "LEAD_ROUTER_STREAMS__DIRECTORY": str(tmp_path / "tables"),
                    "LEAD_ROUTER_BOARD__ENABLED": "false",
                    "LEAD_ROUTER_LOG_FORMAT": "json",
                    **variables,
                },
                stdout=output,
                stderr=output,
            )
        process.log = log
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.wait()
