"""What fifty open pages cost the process that serves the board, and how soon it tells a story.

A process of the role streams is one thread: what pages take of a processor its rate loses.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from aiokafka import AIOKafkaProducer

from tests.bench.bench import Bench
from tests.bench.leads import SALES_ORGS, leads
from tests.bench.processes import FellShortError, Worker, python_module, started
from tests.bench.routed import Deployment, deployed
from tests.bench.stopwatch import percentiles, sender_and_reader

PAGES = 50
LEADS_PER_S = 200
WARM_UP_S = 5.0
MEASURED_S = 20.0
START_WITHIN_S = 60.0
STORIES = 100
STORY_EVERY_S = 0.1
SHOWN = ("overview", "flows", "reps", "backlog", "clocks")
"""A page shows one of them, and asks for it whenever it hears that it has changed."""


@dataclass(slots=True)
class Heard:
    """What all pages together were sent."""

    events: int = 0
    answers: int = 0
    bytes: int = 0


async def board_pages(bench: Bench) -> dict[str, float]:
    """CPU share of the board's process with and without pages, at the same steady rate."""
    async with (
        deployed(bench, "board-pages") as deployment,
        deployment.running("intake,route"),
        _board(deployment) as (worker, address),
        _sending(deployment),
    ):
        await _live(worker, address)
        await asyncio.sleep(WARM_UP_S)
        alone = await _cpu_share(worker)
        heard = Heard()
        async with _pages(address, heard):
            await asyncio.sleep(WARM_UP_S)
            with_pages = await _cpu_share(worker)
            waits_s = await _stories(deployment, address, worker)
        peak_memory_mb = worker.peak_memory_mb()
    if not heard.events:
        raise FellShortError(f"no page heard anything: see {worker.log}")
    return {
        **percentiles(waits_s),
        "seconds": MEASURED_S,
        "pages": PAGES,
        "cpu_percent_alone": 100 * alone,
        "cpu_percent_with_pages": 100 * with_pages,
        "pages_cost_percent": 100 * (with_pages - alone),
        "events_heard": heard.events,
        "answers": heard.answers,
        "answered_mb": heard.bytes / 1e6,
        "peak_memory_mb": peak_memory_mb,
    }


@contextlib.asynccontextmanager
async def _board(deployment: Deployment) -> AsyncIterator[tuple[Worker, str]]:
    """The board as a process of its own, and its address."""
    name = f"{deployment.settings.topics.prefix}board"
    address_file = deployment.bench.log(name).with_suffix(".address")
    address_file.parent.mkdir(parents=True, exist_ok=True)
    address_file.unlink(missing_ok=True)
    environment = {
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": deployment.settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_TOPICS__PREFIX": deployment.settings.topics.prefix,
        "LEAD_ROUTER_SALES_ORGS": json.dumps(SALES_ORGS),
        "LEAD_ROUTER_DEFAULT_SALES_ORG": SALES_ORGS[0],
        "LEAD_ROUTER_BOARD__PORT": "0",
    }
    command = python_module("tests.board.board_process", str(address_file))
    async with started(name, command, deployment.bench.log(name), environment) as worker:
        deadline_s = time.monotonic() + START_WITHIN_S
        while not address_file.exists():
            worker.check_running()
            if time.monotonic() > deadline_s:
                raise FellShortError(f"the board does not start: see {worker.log}")
            await asyncio.sleep(0.05)
        yield worker, address_file.read_text(encoding="utf-8")


async def _live(worker: Worker, address: str) -> None:
    deadline_s = time.monotonic() + START_WITHIN_S
    async with aiohttp.ClientSession(address) as session:
        while time.monotonic() < deadline_s:
            worker.check_running()
            async with session.get("/api/state") as response:
                if (await response.json())["state"] == "live":
                    return
            await asyncio.sleep(0.2)
    raise FellShortError(f"the board is not live in {START_WITHIN_S:.0f} s: see {worker.log}")


@contextlib.asynccontextmanager
async def _sending(deployment: Deployment) -> AsyncIterator[None]:
    """Leads at a steady rate for the time of the block."""
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka.bootstrap_servers)
    await producer.start()
    sending = asyncio.create_task(_send(deployment, producer))
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await producer.stop()


async def _send(deployment: Deployment, producer: AIOKafkaProducer) -> None:
    began_s = time.perf_counter()
    for number, lead in enumerate(leads(sys.maxsize)):
        await asyncio.sleep(max(began_s + number / LEADS_PER_S - time.perf_counter(), 0))
        await producer.send(deployment.topics.leads, lead.value)


@contextlib.asynccontextmanager
async def _pages(address: str, heard: Heard) -> AsyncIterator[None]:
    """Fifty of them, open for the time of the block."""
    connector = aiohttp.TCPConnector(limit=4 * PAGES)
    async with aiohttp.ClientSession(address, connector=connector) as session:
        tasks = [asyncio.create_task(_page(session, number, heard)) for number in range(PAGES)]
        try:
            yield
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _page(session: aiohttp.ClientSession, number: int, heard: Heard) -> None:
    shown, etag = SHOWN[number % len(SHOWN)], ""
    sales_org = SALES_ORGS[number % len(SALES_ORGS)]
    timeout = aiohttp.ClientTimeout(total=None)
    async with session.get("/api/events", timeout=timeout) as stream:
        async for line in stream.content:
            if not line.startswith(b"data: "):
                continue
            heard.events += 1
            if shown in json.loads(line.removeprefix(b"data: "))["parts"]:
                path, known = f"/api/{shown}?sales_org={sales_org}", {"If-None-Match": etag}
                async with session.get(path, headers=known) as response:
                    heard.bytes += len(await response.read())
                    heard.answers += 1
                    etag = response.headers["ETag"]
    raise FellShortError("the board closed a page")


async def _stories(deployment: Deployment, address: str, worker: Worker) -> list[float]:
    """Seconds from reading a lead's assignment until the board tells its story, of one a beat."""
    latest: asyncio.Queue[tuple[str, float]] = asyncio.Queue(maxsize=1)

    def see(value: bytes, now_s: float) -> None:
        if latest.full():
            latest.get_nowait()
        latest.put_nowait((json.loads(value)["lead_id"], now_s))

    waits_s: list[float] = []
    servers, topic = deployment.settings.kafka.bootstrap_servers, deployment.topics.assignments
    partition_count = deployment.settings.topics.partitions
    async with (
        sender_and_reader(servers, topic, partition_count, see),
        aiohttp.ClientSession(address) as session,
    ):
        await asyncio.sleep(WARM_UP_S)  # what is in the topic already is old
        for _ in range(STORIES):
            await asyncio.sleep(STORY_EVERY_S)
            await latest.get()
            lead_id, seen_s = await latest.get()
            await _told(session, lead_id, worker)
            waits_s.append(time.perf_counter() - seen_s)
    return waits_s


async def _told(session: aiohttp.ClientSession, lead_id: str, worker: Worker) -> None:
    deadline_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline_s:
        worker.check_running()
        async with session.get(f"/api/leads/{lead_id}") as response:
            await response.read()
            if response.status == HTTPStatus.OK:
                return
        await asyncio.sleep(0.01)
    raise FellShortError(f"the board does not know {lead_id}: see {worker.log}")


async def _cpu_share(worker: Worker) -> float:
    """Of one processor, over the time measured."""
    before_s, began_s = worker.cpu_s(), time.perf_counter()
    await asyncio.sleep(MEASURED_S)
    worker.check_running()
    return (worker.cpu_s() - before_s) / (time.perf_counter() - began_s)
