"""A deployment on the session's broker: its topics, its runtimes, and what they have written."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict

import msgspec
import pytest
from aiokafka.admin import NewPartitions, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import TopicPartition

from router.core.model.events import Tick
from router.kafka.client.clients import Clients
from router.kafka.client.closing import stop_producer
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import topics_of
from router.roles.service import run_roles

WAIT_S = 30.0
DYNAMIC = 1
"""Kafka's number for a value set on the topic itself."""


class CountingFold:
    """Counts the events of each lead and makes each an assignment; ``bad-…`` raises."""

    def __init__(self, partition):
        self.partition = partition
        self.next_offset = 0
        self.now_ms = 0
        self.leap = None
        self.counts = defaultdict(int)
        self.ticks = []
        self.due_ms = None
        self.applied_offsets = []
        self._changed = {}
        self.faults = []

    def apply(self, sales_org, event, *, timestamp_ms, offset):
        if isinstance(event, Tick):
            return self._tick(offset, timestamp_ms)
        if event.lead_id.startswith("bad-"):
            raise LookupError("the text of this exception holds jane@example.com")
        self._move_on(offset, timestamp_ms)
        self.counts[event.lead_id] += 1
        self._changed[event.lead_id] = None
        return [self._assignment(sales_org, event, offset)]

    def _tick(self, offset, timestamp_ms):
        self._move_on(offset, timestamp_ms)
        self.ticks.append((offset, timestamp_ms))
        if self.due_ms is not None and self.due_ms <= timestamp_ms:
            self.due_ms = None
        return []

    def _move_on(self, offset, timestamp_ms):
        assert offset >= self.next_offset
        self.applied_offsets.append(offset)
        self.next_offset = offset + 1
        self.now_ms = max(self.now_ms, timestamp_ms)

    def _assignment(self, sales_org, event, offset):
        sequence = self.counts[event.lead_id]
        assignment = {
            "assignment_id": f"{event.lead_id}.{sequence}",
            "event_id": event.event_id,
            "lead_id": event.lead_id,
            "sales_org": sales_org,
            "sequence": sequence,
            "outcome": "assigned",
            "reason": "rotation",
            "rep_id": f"rep-{offset % 3}",
            "core_version": "test",
            "occurred_at": "2026-01-01T00:00:00.000Z",
            "decided_at": "2026-01-01T00:00:00.000Z",
            "inbox": {"partition": self.partition, "offset": offset},
            "rule": "x" * (event.facts.quantity or 0),
        }
        if event.facts.test:
            assignment["shadow"] = True
        return assignment

    def skip(self, *, timestamp_ms, offset):
        self._move_on(offset, timestamp_ms)

    def take_changes(self):
        changes = [(f"count/{lead_id}", self.counts[lead_id]) for lead_id in self._changed]
        self._changed.clear()
        return [*changes, ("clock", {"next_offset": self.next_offset, "now_ms": self.now_ms})]

    def take_new_reps(self):
        return []

    def take_faults(self):
        faults, self.faults = self.faults, []
        return faults

    def restore(self, key, value):
        if key == "clock":
            self.next_offset, self.now_ms = value["next_offset"], value["now_ms"]
        else:
            self.counts[key.removeprefix("count/")] = value

    def restoring(self):
        return iter(())

    def holds_lead(self, _sales_org, lead_id):
        return lead_id in self.counts

    def next_due_ms(self):
        return self.due_ms


class Deployment:
    """One prefix on the broker, with whatever runs there during a test."""

    def __init__(self, settings):
        self.settings = settings
        self.topics = topics_of(settings)
        self.clients = Clients(settings.kafka)
        self.folds = []
        self._running = []

    def make_fold(self, partition):
        fold = CountingFold(partition)
        self.folds.append(fold)
        return fold

    def fold(self, partition=0):
        """The fold of a partition that was made last; an empty one if none was."""
        found = [fold for fold in self.folds if fold.partition == partition]
        return found[-1] if found else CountingFold(partition)

    def run(self, *roles, settings=None, **options):
        """Start roles in this event loop; returns the task and the event that stops it."""
        stop = asyncio.Event()
        task = asyncio.create_task(
            run_roles(
                settings or self.settings,
                roles or ("route",),
                stop=stop,
                make_fold=self.make_fold,
                **options,
            )
        )
        self._running.append((task, stop))
        return task, stop

    async def stop(self, running):
        task, stop = running
        stop.set()
        await asyncio.wait_for(task, WAIT_S)

    async def close(self):
        for task, stop in self._running:
            stop.set()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(task, WAIT_S)

    async def write(self, topic, records, partition=0):
        """Write (key, value) pairs or (key, value, headers), one batch."""
        producer = self.clients.plain_producer()
        await producer.start()
        try:
            batch = producer.create_batch()
            for key, value, *headers in records:
                batch.append(
                    timestamp=None, key=key, value=value, headers=headers[0] if headers else []
                )
            await (await producer.send_batch(batch, topic, partition=partition))
        finally:
            await stop_producer(producer)

    async def submit(self, *lead_ids, partition=0, **facts):
        """Put lead events into the inbox, as intake would."""
        sales_org = self.settings.sales_orgs[partition]
        await self.write(
            self.topics.inbox,
            [(sales_org.encode(), inbox_value(lead_id, **facts)) for lead_id in lead_ids],
            partition,
        )

    async def read(self, topic):
        """Every committed record of a topic."""
        return [record async for record in read_topic(self.clients, topic)]

    async def read_at_least(self, topic, count):
        """The same, as soon as there are so many."""
        deadline_s = time.monotonic() + WAIT_S
        while len(records := await self.read(topic)) < count:
            if self._running and self._running[-1][0].done():
                self._running[-1][0].result()
            assert time.monotonic() < deadline_s, f"{len(records)} of {count} in {topic}"
            await asyncio.sleep(0.05)
        return records

    async def limit(self, topic, max_message_bytes):
        """Change the size of a record batch that a topic takes."""
        configs = {"max.message.bytes": str(max_message_bytes)}
        await self._admin(
            "alter_configs", [ConfigResource(ConfigResourceType.TOPIC, topic, configs)]
        )
        deadline_s = time.monotonic() + WAIT_S
        while (await read_shapes(self.clients, [topic]))[
            topic
        ].batch_bytes_max != max_message_bytes:
            assert time.monotonic() < deadline_s, f"the limit of {topic} does not change"
            await asyncio.sleep(0.05)

    async def configure(self, topic, **configs):
        """Set configurations of a topic, named with _ for the dots; others stay."""
        named = {name.replace("_", "."): str(value) for name, value in configs.items()}
        kept = {name: value for name, (value, is_own) in (await self._configs(topic)) if is_own}
        wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {**kept, **named})
        await self._admin("alter_configs", [wanted])
        for _ in range(300):  # the broker hears of it a little later
            found = {name: value for name, (value, _) in (await self._configs(topic))}
            if found.items() >= named.items():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{topic} is not configured")

    async def _configs(self, topic):
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
        [answer] = await self._admin("describe_configs", asked)
        [(_, _, _, _, entries)] = answer.resources
        return [(entry[0], (entry[1], entry[3] == DYNAMIC)) for entry in entries]

    async def grow(self, topic, partitions):
        """Add partitions to a topic, up to so many."""
        await self._admin("create_partitions", {topic: NewPartitions(partitions)})
        deadline_s = time.monotonic() + WAIT_S
        while (await read_shapes(self.clients, [topic]))[topic].partition_count != partitions:
            assert time.monotonic() < deadline_s, f"{topic} does not grow"
            await asyncio.sleep(0.05)

    async def delete_before(self, topic, offset, partition=0):
        """Delete the records of a partition before ``offset``."""
        await self._admin(
            "delete_records", {TopicPartition(topic, partition): RecordsToDelete(offset)}
        )

    async def _admin(self, call, argument):
        admin = self.clients.admin()
        await admin.start()
        try:
            return await getattr(admin, call)(argument)
        finally:
            await admin.close()


def inbox_value(lead_id, **facts):
    """An inbox record of a lead event."""
    return msgspec.json.encode(
        {
            "kind": "lead",
            "event_id": f"event-{lead_id}",
            "event_type": "submitted",
            "lead_id": lead_id,
            "occurred_at_ms": 1,
            "facts": facts,
        }
    )


@pytest.fixture
async def deployment(topics_ready):
    """One prefix with all its topics, and a sales org in each inbox partition."""
    sales_orgs = ["main", "north", "south", "west"]
    deployment = Deployment(topics_ready.model_copy(update={"sales_orgs": sales_orgs}))
    yield deployment
    await deployment.close()


@pytest.fixture
def eventually():
    """Waits until a condition holds."""

    async def wait(condition, what="the condition"):
        deadline_s = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline_s, f"{what} did not come to hold in {WAIT_S} s"
            await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def lead_value():
    """Makes the inbox record of a lead event."""
    return inbox_value
