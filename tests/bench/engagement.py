"""Measurements of the streams role: activity into engagement, killed twice on the way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from router.core.model.policy import Policy
from router.intake.policy import load_policy, policy_to_plain
from router.kafka.client.clients import Clients
from router.kafka.client.murmur2 import partitions_of
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import KafkaSettings, Settings, StreamsSettings, TopicSettings
from tests.bench import topics as bench_topics
from tests.bench.activities import ENGAGEMENT, activities, engagement_lines
from tests.bench.bench import Bench
from tests.bench.processes import FellShortError, Worker, started
from tests.bench.recount import read_all, recount
from tests.bench.spans import Samples
from tests.bench.topics import PARTITIONS, Record, fill

ACTIVITIES = 1_000_000
ACTIVITIES_PER_LEAD = 20
KILLS_AT = (0.6, 0.8)
STEP_POINTS = 5.0
SALES_ORG = "org-1"
DONE_TIMEOUT_S = 800.0
LINES = {name: (points, days) for name, (points, days, _) in ENGAGEMENT.items()}

POLICY = f"""\
policy: main
currency: EUR
markets: {{all: {{countries: [DE, US]}}}}
default_market: all
score:
  fit: []
  engagement:
{engagement_lines()}
  bands: {{hot: "50+", warm: "20-49", cold: "under 20"}}
channel: [{{use: inside}}]
pools:
  inside: {{market: all, channel: inside, members: {{role: inside_rep}}}}
  field:  {{market: all, channel: field, members: {{role: field_rep}}}}
hours:
  inside: {{on_duty: "daily 00:00-24:00", holidays: none}}
  field:  {{on_duty: "daily 00:00-24:00", holidays: none}}
handoff:
  inside_to_field: {{when: {{score_rises: true, band: hot}}}}
"""
"""Leads begin inside and go to the field when they turn hot."""


@dataclass(slots=True)
class Deployment:
    """Topics of its own, filled with activity, and the tables' directory."""

    bench: Bench
    settings: Settings
    count: int
    tables: str
    runs: int = 0
    workers: list[Worker] = field(default_factory=list)

    @property
    def topics(self) -> Topics:
        """Its topic names."""
        return topics_of(self.settings)

    @contextlib.asynccontextmanager
    async def worker(self, number: int, roles: str = "streams") -> AsyncIterator[Worker]:
        """One process of the role, or of several; each has tables of its own."""
        self.runs += 1
        name = f"{self.settings.topics.prefix}streams-{number}-{self.runs}"
        environment = {
            "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": self.settings.kafka.bootstrap_servers,
            "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": "6000",
            "LEAD_ROUTER_TOPICS__PREFIX": self.settings.topics.prefix,
            "LEAD_ROUTER_SALES_ORGS": json.dumps(self.settings.sales_orgs),
            "LEAD_ROUTER_DEFAULT_SALES_ORG": SALES_ORG,
            "LEAD_ROUTER_STREAMS__STORE": self.settings.streams.store,
            "LEAD_ROUTER_STREAMS__DIRECTORY": f"{self.tables}/{number}",
            "LEAD_ROUTER_BOARD__ENABLED": "false",
        }
        command = [sys.executable, "-c", "from router.cli.main import main; main()"]
        async with started(
            name, [*command, "run", "--roles", roles], self.bench.log(name), environment
        ) as worker:
            yield worker


@contextlib.asynccontextmanager
async def deployed(bench: Bench, measurement: str, count: int = 0) -> AsyncIterator[Deployment]:
    """Topics with a policy and ``count`` activities; all of it deleted afterwards."""
    prefix = f"{bench.new_name(measurement)}."
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bench.bootstrap_servers),
        topics=TopicSettings(prefix=prefix),
        streams=StreamsSettings(store=os.environ.get("BENCH_STORE", "rocksdb")),
        sales_orgs=[SALES_ORG],
        default_sales_org=SALES_ORG,
    )
    tables = bench.scratch / "state" / prefix
    shutil.rmtree(tables, ignore_errors=True)  # of a run that was broken off
    deployment = Deployment(bench, settings, count, str(tables))
    try:
        async with TopicAdmin.connected(settings) as admin:
            await admin.apply()
        servers, topics = bench.bootstrap_servers, deployment.topics
        await fill(servers, topics.policies, [_policy()])
        if count:
            bench.say(f"filling {topics.activity} with {count:,} activities")
            await fill(servers, topics.activity, _records(count))
        yield deployment
    finally:
        await bench_topics.delete_all(bench.bootstrap_servers, prefix)
        shutil.rmtree(tables, ignore_errors=True)


def _policy() -> Record:
    policy = load_policy(POLICY, published_at_ms=1)
    if not isinstance(policy, Policy):
        raise TypeError(f"the benchmark's policy is wrong: {policy}")
    document = {
        "policy_id": policy.policy_id,
        "version": policy.version,
        "published_at": "2026-01-01T00:00:00Z",
        "source": POLICY,
        "compiled": policy_to_plain(policy),
    }
    return Record(0, policy.policy_id.encode(), json.dumps(document).encode())


def _records(count: int) -> list[Record]:
    made = list(activities(count, max(1, count // ACTIVITIES_PER_LEAD), int(time.time() * 1_000)))
    partitions = partitions_of([each.key for each in made], PARTITIONS)
    return [
        Record(partition, each.key, each.value)
        for partition, each in zip(partitions, made, strict=True)
    ]


async def engagement(bench: Bench) -> dict[str, float]:
    """One worker, struck down twice."""
    return await _engagement(bench, "engagement", workers=1)


async def engagement_two(bench: Bench) -> dict[str, float]:
    """Two workers, the first of which is struck down twice."""
    return await _engagement(bench, "engagement-two", workers=2)


async def _engagement(bench: Bench, measurement: str, *, workers: int) -> dict[str, float]:
    count = bench.count(ACTIVITIES)
    async with deployed(bench, measurement, count) as deployment:
        progress = Progress(deployment)
        async with progress, contextlib.AsyncExitStack() as others:
            running = [
                await others.enter_async_context(deployment.worker(number))
                for number in range(1, workers)
            ]
            for share in (*KILLS_AT, 1.0):
                async with deployment.worker(0) as worker:
                    await progress.until(int(count * share), [worker, *running])
                    if share < 1.0:
                        worker.process.kill()
                        await worker.process.wait()
        found = await _figures(deployment, progress, count)
        checked = await recount(
            bench.bootstrap_servers,
            deployment.topics.activity,
            deployment.topics.engagement,
            LINES,
            STEP_POINTS,
        )
        if checked.wrong:
            raise FellShortError("engagement is not what was counted again: " + checked.wrong[0])
        return {
            **found,
            "leads": checked.leads,
            "published_records": checked.records,
            "peak_memory_mb": progress.peak_memory_mb,
        }


class Progress:
    """How far the group has come, and what that cost, by the clock."""

    def __init__(self, deployment: Deployment) -> None:
        self.samples = Samples()
        self.peak_memory_mb = 0.0
        self.first_kill_s = 0.0
        self._deployment = deployment

    async def __aenter__(self):
        clients = Clients(self._deployment.settings.kafka)
        group = f"{self._deployment.settings.topics.prefix}streams"
        self._consumer = clients.consumer(group=group)
        await self._consumer.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._consumer.stop()

    async def until(self, activities: int, workers: list[Worker]) -> None:
        """Wait until so many are acknowledged."""
        deadline_s = time.monotonic() + DONE_TIMEOUT_S
        asked_s = 0.0
        while True:
            for worker in workers:
                worker.check_running()
            self.samples.take(workers, self._deployment.bench.broker_pid)
            peak_mb = sum(worker.peak_memory_mb() for worker in workers)
            self.peak_memory_mb = max(self.peak_memory_mb, peak_mb)
            if time.monotonic() - asked_s > 0.25:
                asked_s = time.monotonic()
                done = await self._committed()
                if done >= activities:
                    break
                if asked_s > deadline_s:
                    raise FellShortError(f"{done:,} of {activities:,} done: see {workers[0].log}")
            await asyncio.sleep(0.1)
        if not self.first_kill_s:
            self.first_kill_s = time.time()

    async def _committed(self) -> int:
        topic = self._deployment.topics.activity
        return sum(
            [
                await self._consumer.committed(TopicPartition(topic, number)) or 0
                for number in range(PARTITIONS)
            ]
        )


async def _figures(deployment: Deployment, progress: Progress, count: int) -> dict[str, float]:
    """The rate from a tenth of the activities on to the first kill.

    Every engagement record says up to which activity it goes, and the broker when it was written.
    """
    records = await read_all(
        deployment.settings.kafka.bootstrap_servers, deployment.topics.engagement
    )
    # Both topics are keyed by lead and have as many partitions, so a record of partition n comes
    # from partition n.
    until_ms = 1_000 * progress.first_kill_s
    moments = sorted(
        (record.timestamp, record.partition, _offset(record))
        for record in records
        if record.timestamp < until_ms
    )
    reached = [0] * PARTITIONS
    begin: tuple[float, int] | None = None
    end = (0.0, 0)
    for timestamp_ms, partition, offset in moments:
        reached[partition] = max(reached[partition], offset)
        done = sum(reached)
        if begin is None and done >= count * 0.1:
            begin = (timestamp_ms / 1_000, done)
        end = (timestamp_ms / 1_000, done)
    if begin is None or end[0] - begin[0] < 0.5:
        raise FellShortError("too few activities to measure: more --events")
    seconds, done = end[0] - begin[0], end[1] - begin[1]
    samples = progress.samples
    client = samples.between(samples.worker_cpu_s, begin[0], end[0])
    broker = samples.between(samples.broker_cpu_s, begin[0], end[0])
    return {
        "wall_per_s": done / seconds,
        "client_cpu_per_s": done / max(client, 1e-3),
        "client_cpu_s": client,
        "broker_cpu_s": broker,
        "broker_cpu_us_per_event": 1e6 * broker / done,
        "seconds": seconds,
        "events": done,
    }


def _offset(record: object) -> int:
    return int(dict(record.headers)["activity_offset"].decode().rpartition(":")[2])
