"""A deployment that has routed a load, is stopped, and can be damaged record by record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from router.audit.auditor import Audit, audit
from router.audit.findings import Apart, Kind
from router.kafka.client.clients import Clients
from router.kafka.queries.lags import read_lags
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import topics_of
from router.roles.service import run_roles
from router.settings import Settings
from tests.e2e.faults.company import Message
from tests.e2e.faults.feeder import feeding

WITHIN_S = 60.0
BROKEN = 3
"""Records of the load that intake cannot understand; route refuses one more."""

ERASED = "east-13"
"""A lead of the load whose person asks to be forgotten."""
TWICE = "main-twice"
"""A lead that is decided in two transactions."""

Change = Callable[[list], list]


class Routed:
    """One prefix on the broker."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.topics = topics_of(settings)
        self.clients = Clients(settings.kafka)

    @asynccontextmanager
    async def router(self, *roles: str):
        """Intake and route in this event loop."""
        stop = asyncio.Event()
        running = asyncio.create_task(
            run_roles(self.settings, roles or ("intake", "route"), stop=stop)
        )
        try:
            yield running
        finally:
            stop.set()
            await asyncio.wait_for(running, WITHIN_S)

    async def route(self, *batches: Sequence[Message]) -> None:
        """Let a router take in one batch after the other, and whatever waits; then stop it."""
        async with self.router() as running, feeding(self.settings) as feeder:
            for batch in batches or [()]:
                await feeder.publish(batch)
                await self.until_drained(running)

    async def until_drained(self, running: asyncio.Task[None]) -> None:
        deadline_s = time.monotonic() + WITHIN_S
        while sum(lag.waiting for lag in await read_lags(self.clients, self.settings)):
            assert not running.done(), running
            assert time.monotonic() < deadline_s, "not drained"
            await asyncio.sleep(0.3)

    async def audit(self) -> Audit:
        """As the command does."""
        return await audit(self.settings, lambda _: None)

    async def read(self, topic: str) -> list:
        """Every committed record, in the order of partitions and offsets."""
        found = [record async for record in read_topic(self.clients, topic)]
        return sorted(found, key=lambda record: (record.partition, record.offset))

    async def write(self, topic: str, records: Iterable[tuple], partition: int = 0) -> None:
        """Write (key, value) or (key, value, headers), outside of any transaction."""
        producer = self.clients.plain_producer()
        await producer.start()
        try:
            for key, value, *headers in records:
                await producer.send_and_wait(
                    topic, value, key, partition=partition, headers=headers[0] if headers else []
                )
        finally:
            await producer.stop()

    async def rewrite(self, topic: str, change: Change) -> None:
        """Make ``topic`` anew from what ``change`` leaves of its records."""
        kept = change(await self.read(topic))
        count = (await read_shapes(self.clients, [topic]))[topic].partition_count
        admin = self.clients.admin()
        await admin.start()
        try:
            await admin.delete_topics([topic])
            deadline_s = time.monotonic() + WITHIN_S
            while topic in await admin.list_topics():
                assert time.monotonic() < deadline_s, topic
                await asyncio.sleep(0.05)
        finally:
            await admin.close()
        async with TopicAdmin.connected(self.settings) as shaped:
            await shaped.apply()
        for partition in range(count):
            of_partition = [record for record in kept if record.partition == partition]
            rows = [(each.key, each.value, list(each.headers)) for each in of_partition]
            await self.write(topic, rows, partition)


def found(made: Audit) -> dict[tuple[str, Kind], int]:
    """How many findings of each kind, by topic without the prefix."""
    counts: dict[tuple[str, Kind], int] = {}
    for finding in made.findings:
        name = finding.topic.removeprefix(made.settings.topics.prefix)
        counts[name, finding.kind] = counts.get((name, finding.kind), 0) + 1
    return counts


def apart(made: Audit, name: str) -> dict[Apart, int]:
    """What stands besides, of one comparison."""
    [row] = [row for row in made.rows if row.name == name]
    return dict(row.apart)
