"""Assignments out: signed webhooks from the role ``delivery`` to a server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator

import msgspec
from aiokafka import AIOKafkaProducer

from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import topics_of
from router.settings import KafkaSettings, Settings, TopicSettings
from tests.bench.bench import Bench
from tests.bench.processes import FellShortError, Worker, started
from tests.bench.stopwatch import percentiles

ASSIGNMENTS = 20_000
LATENCY_PER_S = 100
LATENCY_S = 15.0
WARM_UP = 200
WAIT_S = 120.0
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - a published vector
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver(asyncio.Protocol):
    """Answers every request; it shares its core with nobody's framework."""

    def __init__(self, taken: dict[bytes, float]) -> None:
        """``taken`` is when each webhook id came first (perf_counter)."""
        self._taken, self._buffer = taken, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            lines = bytes(self._buffer[:end]).lower().split(b"\r\n")[1:]
            headers = dict(line.split(b": ", 1) for line in lines)
            whole = end + 4 + int(headers.get(b"content-length", 0))
            if len(self._buffer) < whole:
                return
            del self._buffer[:whole]
            self._taken.setdefault(headers[b"webhook-id"], time.perf_counter())
            self._transport.write(ANSWER)  # type: ignore[attr-defined]


async def delivery(bench: Bench) -> dict[str, float]:
    """Webhooks a second with a backlog, then the way from a decision to its receiver at 100/s."""
    count, taken = bench.count(ASSIGNMENTS), dict[bytes, float]()
    async with _deployed(bench) as settings, _served(taken) as url:
        topic = topics_of(settings).assignments
        producer = AIOKafkaProducer(bootstrap_servers=bench.bootstrap_servers)
        await producer.start()
        try:
            for number in range(count):
                await _send(producer, topic, f"b{number}")
            await producer.flush()
            async with _running(bench, settings, url) as worker:
                await _until(taken, WARM_UP, worker)
                began_s, cpu_s, before = time.perf_counter(), worker.cpu_s(), len(taken)
                await _until(taken, count, worker)
                wall_s, cpu_s = time.perf_counter() - began_s, worker.cpu_s() - cpu_s
                sent_s = await _at_a_steady_rate(producer, topic)
                await _until(taken, count + len(sent_s), worker)
                memory_mb = worker.peak_memory_mb()
        finally:
            await producer.stop()
    waits_s = [taken[f"{lead_id}.1.crm".encode()] - at_s for lead_id, at_s in sent_s.items()]
    return {
        "wall_per_s": (count - before) / wall_s,
        "client_cpu_per_s": (count - before) / cpu_s,
        "peak_memory_mb": memory_mb,
        **percentiles(waits_s),
    }


async def _at_a_steady_rate(producer: AIOKafkaProducer, topic: str) -> dict[str, float]:
    """Send for a while; returns when each assignment was sent (perf_counter)."""
    sent_s: dict[str, float] = {}
    began_s = time.perf_counter()
    for number in range(int(LATENCY_PER_S * LATENCY_S)):
        await asyncio.sleep(max(began_s + number / LATENCY_PER_S - time.perf_counter(), 0))
        sent_s[f"s{number}"] = time.perf_counter()
        await _send(producer, topic, f"s{number}")
    return sent_s


async def _send(producer: AIOKafkaProducer, topic: str, lead_id: str) -> None:
    assignment = {
        "assignment_id": f"{lead_id}.1",
        "lead_id": lead_id,
        "sales_org": "main",
        "sequence": 1,
        "outcome": "assigned",
        "reason": "rotation",
        "decided_at": "2027-01-12T09:30:02.000Z",
        "rule": "x" * 700,  # as large as an assignment is
    }
    await producer.send(topic, msgspec.json.encode(assignment), key=lead_id.encode())


async def _until(taken: dict[bytes, float], count: int, worker: Worker) -> None:
    deadline_s = time.perf_counter() + WAIT_S
    while len(taken) < count:
        worker.check_running()
        if time.perf_counter() > deadline_s:
            raise FellShortError(f"{len(taken)} of {count} webhooks came; see {worker.log}")
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _served(taken: dict[bytes, float]) -> AsyncIterator[str]:
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(taken), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@contextlib.asynccontextmanager
async def _deployed(bench: Bench) -> AsyncIterator[Settings]:
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bench.bootstrap_servers),
        topics=TopicSettings(prefix=f"{bench.new_name('delivery')}."),
    )
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    yield settings


@contextlib.asynccontextmanager
async def _running(bench: Bench, settings: Settings, url: str) -> AsyncIterator[Worker]:
    destination = {
        "kind": "webhook",
        "url": url,
        "secrets": [SECRET],
        "since": "2020-01-01T00:00:00Z",
    }
    environment = {
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": bench.bootstrap_servers,
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "LEAD_ROUTER_DESTINATIONS": json.dumps({"crm": destination}),
    }
    command = [sys.executable, "-c", "from router.cli.main import main; main()"]
    name = f"{settings.topics.prefix}delivery"
    async with started(
        name, [*command, "run", "--roles", "delivery"], bench.log(name), environment
    ) as worker:
        yield worker
