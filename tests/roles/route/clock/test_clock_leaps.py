"""A real broker whose clock is set while a router works: nobody's clock is shortened by it."""

import asyncio
import json
import os
import shutil
import struct
import subprocess
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from world import POLICY, REPS

from router.cli.status_read import read_status
from router.core.model.events import Facts, LeadEvent, PolicyPublished
from router.core.model.policy import Sla
from router.devbroker import java_broker
from router.devbroker.local_broker import silent
from router.intake.wire.codec import encode_event
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import topics_of
from router.observe.process import opened_process
from router.offline.replay_compare import replay
from router.roles.route.clock import broker_clock, tick_schedule
from router.roles.service import run_roles
from router.settings import KafkaSettings, Settings, TopicSettings

pytestmark = pytest.mark.kafka

SOURCE = Path(__file__).with_name("leaping_clock.c")
HOUR_MS = 3_600_000
ACCEPT_MS = 10_000
WAIT_S = 60.0
LEADS = 100
CLOCKS = replace(
    POLICY,
    sla={"inside": Sla(ACCEPT_MS, None, None, "next_rep", 9, "manager", "duty")},
    hours={},
    caps={},
)


class LeapingBroker:
    """A broker from jars, whose time of day is ahead of the machine's by what it is set to."""

    def __init__(self, directory, patch):
        library = directory / "leaping_clock.so"
        compiler = shutil.which(os.environ.get("CC") or "gcc")
        options = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library]
        subprocess.run([compiler, *options, SOURCE, "-ldl"], check=True)
        self._file = directory / "ahead_ms"
        self._ahead_ms = 0
        self._file.write_bytes(struct.pack("q", 0))
        with patch.context() as environment:
            environment.setenv("LD_PRELOAD", str(library))
            environment.setenv("LEAPING_CLOCK_FILE", str(self._file))
            self._broker = java_broker.start_guarded(None, silent)

    @property
    def bootstrap_servers(self):
        return self._broker.bootstrap_servers

    def leap(self, by_ms):
        """Set its clock, there and then; the file is mapped, so it is written in place."""
        self._ahead_ms += by_ms
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", self._ahead_ms))

    def close(self):
        self._broker.close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    broker = LeapingBroker(tmp_path_factory.mktemp("clock"), pytest.MonkeyPatch())
    yield broker
    broker.close()


class Deployment:
    """route on the leaping broker, and what it says and publishes."""

    def __init__(self, settings, logged):
        self.settings = settings
        self.topics = topics_of(settings)
        self.clients = Clients(settings.kafka)
        self.logged = logged
        self.meters = None
        self._running = None

    async def start(self):
        stop = asyncio.Event()
        self._running = stop, asyncio.create_task(self._run(stop))

    async def _run(self, stop):
        build = ("", "", "")
        async with opened_process(self.settings.telemetry, ["route"], build) as process:
            self.meters = process.meters
            await run_roles(self.settings, ["route"], stop=stop, process=process)

    async def stop(self):
        if self._running is not None:
            (stop, task), self._running = self._running, None
            stop.set()
            await asyncio.wait_for(task, WAIT_S)

    @property
    def shown_leap_s(self):
        """The gauge of the inbox partition that has a sales org."""
        gauge = self.meters.routing.clock_leap_seconds
        shown = {labels: value for each, labels, value in self.meters.readings() if each is gauge}
        return shown["0",]

    async def write(self, *events):
        producer = self.clients.plain_producer()
        await producer.start()
        try:
            for event in events:
                value = encode_event(event)
                await producer.send(self.topics.inbox, value, key=b"main", partition=0)
            await producer.flush()
        finally:
            await producer.stop()

    async def submit(self, *lead_ids):
        await self.write(
            *(
                LeadEvent(f"e-{name}", "submitted", name, 1, Facts(employees=10))
                for name in lead_ids
            )
        )

    async def decisions(self, reason=None):
        records = [record async for record in read_topic(self.clients, self.topics.assignments)]
        found = [json.loads(record.value) for record in records]
        return [one for one in found if reason in {None, one["reason"]}]

    async def until_decided(self, count, reason=None):
        deadline_s = time.monotonic() + WAIT_S
        while len(found := await self.decisions(reason)) < count:
            assert time.monotonic() < deadline_s, f"{len(found)} of {count} {reason}"
            assert not self._running[1].done(), self._running[1].exception()
            await asyncio.sleep(0.1)
        return found

    async def until_told(self, change):
        deadline_s = time.monotonic() + WAIT_S
        while change not in self.told():
            assert time.monotonic() < deadline_s, f"{change} was not told: {self.told()}"
            assert not self._running[1].done(), self._running[1].exception()
            await asyncio.sleep(0.05)

    def told(self):
        return [one["change"] for one in self.logged if one["event"] == "broker_clock.changed"]


@pytest.fixture
async def deployment(broker, topic_prefix, monkeypatch):
    monkeypatch.setattr(tick_schedule, "_HELD_EVERY_MS", 500)
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers, session_timeout_ms=6_000),
        topics=TopicSettings(prefix=topic_prefix),
    )
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    with capture_logs() as logged:
        deployment = Deployment(settings, logged)
        await deployment.write(*(replace(rep) for rep in REPS), PolicyPublished(CLOCKS))
        await deployment.start()
        yield deployment
        await deployment.stop()


def at_ms(decision):
    return int(datetime.fromisoformat(decision["decided_at"]).timestamp() * 1000)


async def lasted_ms(deployment):
    """How long each lead's first rep had it, by the log's time."""
    began = {one["lead_id"]: at_ms(one) for one in await deployment.decisions("rotation")}
    ended = {}
    for one in await deployment.decisions("accept_missed"):
        ended.setdefault(one["lead_id"], at_ms(one))
    return {name: ended[name] - began_ms for name, began_ms in began.items() if name in ended}


async def test_an_hours_jump_makes_none_of_a_hundred_leads_miss_its_clock(
    broker, deployment, monkeypatch
):
    monkeypatch.setattr(broker_clock, "CONFIRM_MS", 4_000)
    leads = [f"lead-{n:03}" for n in range(LEADS)]
    await deployment.submit(*leads)
    await deployment.until_decided(LEADS)
    broker.leap(HOUR_MS)
    began_s = time.monotonic()
    await deployment.submit("after")
    await deployment.until_told("leapt")
    assert time.monotonic() - began_s < 10
    assert deployment.shown_leap_s == pytest.approx(HOUR_MS / 1_000, abs=120)
    await deployment.until_decided(LEADS + 1)
    assert await deployment.decisions("accept_missed") == []
    (leap,) = (await read_status(deployment.settings)).route.leaps
    assert leap.partition == 0
    assert leap.by_ms == pytest.approx(HOUR_MS, abs=120_000)
    await deployment.stop()  # another takes over in the midst of it
    await deployment.start()
    await deployment.until_told("confirmed")
    assert deployment.shown_leap_s == 0
    await deployment.until_decided(LEADS + 1, "accept_missed")
    lasted = await lasted_ms(deployment)
    assert lasted.pop("after") == pytest.approx(ACCEPT_MS, abs=10_000)
    assert set(lasted) == set(leads)
    assert min(lasted.values()) >= HOUR_MS + ACCEPT_MS - 1_000
    assert (await read_status(deployment.settings)).route.leaps == []
    await deployment.stop()
    replayed = await replay(deployment.settings, lambda _: None)
    assert (replayed.differences, replayed.same) == (0, len(await deployment.decisions()))


async def test_a_jump_that_is_taken_back_leaves_no_trace(broker, deployment):
    leads = [f"lead-{n:03}" for n in range(LEADS)]
    await deployment.submit(*leads)
    await deployment.until_decided(LEADS)
    broker.leap(HOUR_MS)
    await deployment.submit("within")
    await deployment.until_told("leapt")
    await deployment.until_decided(LEADS + 1)
    broker.leap(-HOUR_MS)
    await deployment.until_told("returned")
    await deployment.submit("after")
    await deployment.until_decided(LEADS + 2, "accept_missed")
    lasted = await lasted_ms(deployment)
    assert lasted.pop("within") < 0, "it came an hour later than it went, by the log's time"
    assert min(lasted.values()) >= ACCEPT_MS
    assert max(lasted.values()) < HOUR_MS
    await deployment.stop()
    assert deployment.told() == ["leapt", "returned"]
    replayed = await replay(deployment.settings, lambda _: None)
    assert (replayed.differences, replayed.same) == (0, len(await deployment.decisions()))
