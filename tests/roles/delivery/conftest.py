from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime

import msgspec
import pytest

from router.destination_settings import WebhookSettings
from router.kafka.client.clients import Clients
from router.kafka.client.closing import stop_producer
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from tests.roles.delivery.receiver import Receiver
from tests.roles.rights.running import RunningRole

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - a published vector
WAIT_S = 60.0


def assignment_of(lead_id, sequence, **fields):
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "assignment_id": f"{lead_id}.{sequence}",
        "event_id": f"e-{lead_id}-{sequence}",
        "lead_id": lead_id,
        "sales_org": "main",
        "sequence": sequence,
        "outcome": "assigned",
        "reason": "rotation",
        "rep_id": "anna",
        "core_version": "4",
        "occurred_at": now,
        "decided_at": now,
        "inbox": {"partition": 0, "offset": 1},
        **fields,
    }


def webhook(url, **options):
    return WebhookSettings(
        **{
            "kind": "webhook",
            "url": url,
            "secrets": [SECRET],
            "since": "2020-01-01T00:00:00Z",
            "retry_s": [0.05, 0.1, 0.2],
            "timeout_s": 0.5,
            **options,
        }
    )


class Scene:
    """One prefix on the broker: assignments to write, roles to run, reports to read."""

    def __init__(self, settings):
        self.settings = settings
        self.topics = topics_of(settings)
        self.clients = Clients(settings.kafka)
        self.running = []

    def to(self, **destinations):
        """The settings with these destinations."""
        return self.settings.model_copy(update={"destinations": destinations})

    async def start(self, settings):
        role = RunningRole("delivery", settings)
        self.running.append(role)
        await role.until(lambda awaits: awaits is None, "ready")
        return role

    async def assign(self, assignments, *, abort=False):
        """Write assignments as route does: in a transaction, keyed by lead."""
        producer = self.clients.producer(
            transactional_id=f"{self.settings.topics.prefix}test", timeout_ms=5_000
        )
        await producer.start()
        try:
            await producer.begin_transaction()
            sent = [
                await producer.send(
                    self.topics.assignments, msgspec.json.encode(each), key=each["lead_id"].encode()
                )
                for each in assignments
            ]
            await asyncio.gather(*sent)
            await (producer.abort_transaction() if abort else producer.commit_transaction())
        finally:
            await stop_producer(producer)

    async def put(self, topic, key, value):
        """Write one record."""
        producer = self.clients.plain_producer()
        await producer.start()
        try:
            await producer.send_and_wait(topic, value, key=key)
        finally:
            await stop_producer(producer)

    async def in_thread(self, call, *arguments):
        """Call something that runs an event loop of its own."""
        return await asyncio.to_thread(call, *arguments)

    async def read(self, topic):
        return [record async for record in read_topic(self.clients, topic)]

    async def reports(self):
        """The reports to the leads' stories."""
        return [msgspec.json.decode(each.value) for each in await self.read(self.topics.feedback)]

    async def failed(self, count):
        """The failed deliveries, as soon as there are so many."""
        for _ in range(300):
            if len(found := await self.read(self.topics.deliveries_failed)) >= count:
                break
            await asyncio.sleep(0.1)
        return found

    async def close(self):
        for role in self.running:
            with contextlib.suppress(Exception):
                await role.stop()


async def until(condition, what, within_s=WAIT_S):
    """Wait until ``condition`` holds."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, what() if callable(what) else what
        await asyncio.sleep(0.02)


@pytest.fixture
async def scene(topics_ready):
    """A deployment without destinations yet."""
    scene = Scene(topics_ready)
    yield scene
    await scene.close()


@pytest.fixture
async def receiver():
    """A destination that takes everything, until told otherwise."""
    async with Receiver() as receiver:
        yield receiver
