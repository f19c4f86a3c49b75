"""One real router on a real broker: what it was sent, and all that it told of itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiokafka.admin import AIOKafkaAdminClient
from prometheus_client.parser import text_string_to_metric_families

from router.kafka.client.ports import free_port
from router.kafka.topics.topic_admin import TopicAdmin
from router.settings import Settings
from tests.e2e.bad_input.company import encoded, lead, write_company
from tests.e2e.bad_input.program import RunningRouter, environment, must
from tests.e2e.bad_input.topics import Board, Sent
from tests.observe.scene.collector import collecting

LEADS, TRACED, TEST_LEADS = 100, 5, 3
CONTACT = {
    "first_name": "Zyxwina",
    "last_name": "Qvortrup",
}
KEY = b"zyxwina@firm.example"
BAD = {
    b"{": "not_json",
    encoded({"lead_id": "quibblewort"}): "missing_field",
    encoded({"lead_id": "quibblewort", "event_id": "qvortrup"}): "missing_field",
}
GARBAGE = b'{"kind":"Qvortrup"}'


def traceparent(number):
    return f"00-{number + 1:032x}-00f067aa0ba902b7-01".encode()


@dataclass
class Told:
    """What the router has told, and what it has written."""

    topics: object = None
    readiness: list[tuple[int, str]] = field(default_factory=list)
    health: set[int] = field(default_factory=set)
    metrics: bytes = b""
    families: dict = field(default_factory=dict)
    spans: list = field(default_factory=list)
    traces: bytes = b""
    assignments: list = field(default_factory=list)
    inbox: list = field(default_factory=list)
    output: str = ""

    def samples(self, name):
        """(labels, value) of every sample of that name."""
        return [
            (sample.labels, sample.value)
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name
        ]

    def by(self, name, *labels):
        found = Counter()
        for own, value in self.samples(name):
            found[tuple(own[label] for label in labels)] += value
        return {key: value for key, value in found.items() if value}


async def tell(settings: Settings, folder: Path) -> Told:
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    told, board, port = Told(), Board(settings), free_port()
    told.topics = board.names
    write_company(folder)
    async with collecting() as collector, aiohttp.ClientSession() as session:
        env = environment(
            settings,
            LEAD_ROUTER_TELEMETRY__PORT=str(port),
            LEAD_ROUTER_TELEMETRY__OTLP_ENDPOINT=collector.endpoint,
        )
        async with RunningRouter(env, folder) as router:
            board.router = router
            await _watch_start(told, router, session, port)
            await must(env, "roster", "apply", folder / "roster.csv")
            await must(env, "policy", "publish", folder / "policy.yaml")
            await board.read_count(board.names.inbox, 4)
            await board.send(list(_input(board.names)))
            await board.assignments(LEADS)
            await board.read_count(board.names.dead_letters, len(BAD) + 1)
            await board.read_count(board.names.shadow, TEST_LEADS)
            told.metrics = await _get(session, port, "/metrics")
            assert await router.stop() == 0, router.output
        told.spans = collector.spans
        told.traces = b"".join(collector.bodies)
    told.assignments = await board.read(board.names.assignments)
    told.inbox = await board.read(board.names.inbox)
    told.output = router.output
    told.families = {
        family.name: family for family in text_string_to_metric_families(told.metrics.decode())
    }
    await _delete_topics(settings)
    return told


async def _watch_start(told, router, session, port):
    while not told.readiness or told.readiness[-1][0] != 200:
        assert router.is_running, router.output
        try:
            async with session.get(f"http://127.0.0.1:{port}/ready") as answer:
                told.readiness.append((answer.status, await answer.text()))
            async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                told.health.add(answer.status)
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.02)


async def _get(session, port, path):
    async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
        assert answer.status == 200
        return await answer.read()


def _input(names):
    for number in range(LEADS):
        headers = [("traceparent", traceparent(number))] if number < TRACED else []
        country = {"location": {"country": "DE"}} if number % 2 else {}
        contact = {
            **CONTACT,
            "email": f"zyxwina.{number}@firm.example",
            "phone": f"+49 1717 27{number:04}",
        }
        value = encoded(lead(f"lead-{number}", contact=contact, **country))
        yield Sent(names.leads, KEY, value, headers, partition=number % 4)
    for number in range(TEST_LEADS):
        yield Sent(names.leads, KEY, encoded(lead(f"test-{number}", test=True)))
    for number, value in enumerate(BAD):
        yield Sent(names.leads, KEY, value, [("traceparent", traceparent(1_000 + number))])
    yield Sent(names.inbox, b"main", GARBAGE)


async def _delete_topics(settings):
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await client.start()
    try:
        names = await client.list_topics()
        await client.delete_topics(
            [name for name in names if name.startswith(settings.topics.prefix)]
        )
    finally:
        await client.close()
