"""Roles at work in this event loop, each with its own user, and what they say of themselves."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime

from router.core.model.policy import Policy
from router.intake.policy import load_policy, policy_to_plain
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.roles.service import process_of, run_roles
from tests.bench.engagement import POLICY

WAIT_S = 45.0
NAMED_WITHIN_S = 10.0
"""How soon a missing right has to be told."""


class RunningRole:
    """One role, as a process of its own would run it."""

    def __init__(self, role, settings):
        self.role = role
        self.settings = settings
        self._stop = asyncio.Event()
        self._process = None
        self.task = asyncio.create_task(self._run(), name=role)

    async def _run(self):
        async with process_of(self.settings, [self.role]) as self._process:
            await run_roles(self.settings, [self.role], stop=self._stop, process=self._process)

    @property
    def awaits(self):
        """What `/ready` says; None when it is ready."""
        parts = self._process.parts() if self._process else []
        told = [each.awaits for each in parts if each.awaits]
        return told[0] if told else None if parts else "not begun"

    @property
    def is_healthy(self):
        """What `/health` says."""
        return not any(each.has_ended for each in self._process.parts())

    async def until(self, condition, what, within_s=WAIT_S):
        """Wait for what it says of itself; it must not end meanwhile."""
        deadline_s = time.monotonic() + within_s
        while not condition(self.awaits):
            self.check()
            late = f"after {within_s:.0f} s {self.role} is not {what}: it says {self.awaits}"
            assert time.monotonic() < deadline_s, late
            await asyncio.sleep(0.05)

    def check(self):
        """Raise why it has ended, if it has."""
        if self.task.done():
            self.task.result()
            raise AssertionError(f"{self.role} has ended")
        assert self._process is None or self.is_healthy

    async def until_ready(self):
        await self.until(lambda awaits: awaits is None, "ready")

    async def until_it_lacks(self, right):
        said = f'the user "{self.role}" lacks {right}'
        await self.until(
            lambda awaits: awaits is not None and said in awaits, f"unready: {said}", NAMED_WITHIN_S
        )

    async def stop(self):
        """End it in good order, also while it waits."""
        self._stop.set()
        await asyncio.wait_for(self.task, WAIT_S)


class Outside:
    """Those who send and read: a marketing system, an operator."""

    def __init__(self, deployment):
        self.deployment = deployment
        self.topics = topics_of(deployment.as_anybody)

    async def send(self, settings, topic, key, *records):
        """Produce records as the user of ``settings``."""
        producer = Clients(settings.kafka).plain_producer()
        await producer.start()
        try:
            for record in records:
                await producer.send_and_wait(topic, json.dumps(record).encode(), key=key.encode())
        finally:
            await producer.stop()

    async def submit(self, lead_id):
        """Send a new lead, as the marketing system."""
        lead = {
            "event_id": f"event-{lead_id}",
            "event_type": "submitted",
            "lead_id": lead_id,
            "occurred_at": now_text(),
        }
        await self.send(self.deployment.as_user("sender"), self.topics.leads, lead_id, lead)

    async def act(self, lead_id):
        """Send what a lead did, as the marketing system."""
        activity = {
            "activity_id": f"activity-{lead_id}",
            "lead_id": lead_id,
            "activity_type": "demo_request",
            "occurred_at": now_text(),
        }
        await self.send(self.deployment.as_user("sender"), self.topics.activity, lead_id, activity)

    async def publish_policy(self):
        """Put a policy into its topic, as an operator."""
        policy = load_policy(POLICY, published_at_ms=1, version=1)
        assert isinstance(policy, Policy)
        record = {
            "policy_id": policy.policy_id,
            "version": policy.version,
            "published_at": now_text(),
            "source": POLICY,
            "compiled": policy_to_plain(policy),
        }
        await self.send(self.deployment.as_anybody, self.topics.policies, "main", record)

    async def read(self, topic):
        """Every committed record of ``topic``, as the super user."""
        clients = Clients(self.deployment.as_anybody.kafka)
        return [record async for record in read_topic(clients, topic)]

    async def leads_in(self, topic):
        """The lead of each record."""
        return [json.loads(each.value)["lead_id"] for each in await self.read(topic)]

    async def until_count(self, topic, count, *roles):
        """Wait until ``topic`` holds so many records."""
        deadline_s = time.monotonic() + WAIT_S
        while (found := len(await self.read(topic))) < count:
            for role in roles:
                role.check()
            assert time.monotonic() < deadline_s, f"{found} of {count} in {topic}"
            await asyncio.sleep(0.2)

    async def until_in(self, topic, lead_ids, *roles):
        """Wait until ``topic`` holds a record of every lead; returns the leads of all records."""
        deadline_s = time.monotonic() + WAIT_S
        while missing := set(lead_ids) - set(found := await self.leads_in(topic)):
            for role in roles:
                role.check()
            assert time.monotonic() < deadline_s, f"not in {topic}: {sorted(missing)}"
            await asyncio.sleep(0.2)
        return found


def now_text():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
