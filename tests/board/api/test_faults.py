"""Routers and boards are killed at work; the figures are those of the topics all the same."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from structlog.testing import capture_logs

from router.board.service import serve_board
from router.devbroker.local_broker import local_broker
from router.kafka.client.ports import free_port
from router.kafka.topics.topic_admin import TopicAdmin
from router.roles.service import run_roles
from router.settings import (
    BoardSettings,
    KafkaSettings,
    Settings,
    TopicSettings,
    TransactionSettings,
)
from tests.board.api.conftest import WAIT_S, Board, eventually
from tests.e2e.faults.conductor import WORK_WAIT_S
from tests.e2e.faults.feeder import Feeder, feeding
from tests.e2e.faults.pressure import Pressure, looking_at
from tests.e2e.faults.processes import environment_of
from tests.e2e.faults.routers import ROOT, Crew, Router
from tests.e2e.load import make_load

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

SALES_ORGS = ("main", "north")
LEADS = int(os.environ.get("BOARD_LEADS", "4000"))
KILLS = 6
PER_S = 1_200
STRIKES_MAX, STRIKE_LEADS = 12, 400


class StreamsProcess:
    """The program with the role streams, as a process of its own: engagement and a board."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._environment = environment_of(settings) | {
            "LEAD_ROUTER_BOARD__PORT": str(port),
            "LEAD_ROUTER_STREAMS__DIRECTORY": str(directory / "tables"),
        }
        self._log_file = directory / "streams.log"
        self._process: asyncio.subprocess.Process | None = None
        self._starts = 0

    async def start(self) -> None:
        """Start it; returns when its board answers."""
        self._starts += 1
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "router.cli", "run", "--roles", "streams"),
                env={**os.environ, **self._environment},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
            )

        async def is_there() -> bool:
            assert self._process is not None
            assert self._process.returncode is None, self._log_file.read_text()
            return self._log_file.read_text().count("board.started") == self._starts

        await eventually(is_there, "the board starts")

    async def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """End it in good order; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), WAIT_S)


@pytest.fixture
def settings(kafka_bootstrap: str, topic_prefix: str) -> Settings:
    """Small transactions, so that there is always one to hit."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=kafka_bootstrap, session_timeout_ms=5_000),
        topics=TopicSettings(prefix=topic_prefix),
        transactions=TransactionSettings(records_max=50, timeout_ms=3_000),
        board=BoardSettings(port=0),
        sales_orgs=list(SALES_ORGS),
    )


@pytest.fixture
async def crew(settings: Settings, tmp_path: Path, create_topics) -> AsyncIterator[Crew]:
    """Two routers that are started again whenever they end."""
    await create_topics(settings)
    routers = [Router(f"router-{n}", tmp_path, environment_of(settings)) for n in (1, 2)]
    async with Crew(routers) as crew:
        yield crew


@pytest.fixture
async def streams_process(settings: Settings, tmp_path: Path) -> AsyncIterator[StreamsProcess]:
    process = StreamsProcess(settings, tmp_path)
    yield process
    await process.kill()


async def test_the_boards_figures_are_those_of_the_topics_whoever_is_killed(
    settings: Settings,
    crew: Crew,
    streams_process: StreamsProcess,
    session: aiohttp.ClientSession,
    run_here,
) -> None:
    killed, steady = Board(settings, session), Board(settings, session)
    address = asyncio.get_running_loop().create_future()
    run_here(lambda stop: serve_board(settings, stop, on_started=address.set_result))
    steady.address, killed.address = await address, streams_process.address
    await streams_process.start()
    load = make_load(41, leads=LEADS, waves=KILLS, sales_orgs=SALES_ORGS)
    async with looking_at(settings) as pressure, feeding(settings) as feeder:
        await feeder.publish(load.company)
        for number, wave in enumerate(load.waves):
            fed = asyncio.create_task(feeder.publish(wave, per_s=PER_S))
            if number < KILLS:
                await kill_router_at_work(crew.routers[number % 2], pressure)
            if number in (1, 4):
                await streams_process.kill()
                await streams_process.start()
            await fed
        assert await pressure.wait_for_quiet(WAIT_S)
        await kill_until_one_hit(settings, crew, pressure, feeder)
        assert crew.endings
        await crew.stop()
    for board in (steady, killed):
        await board.wait_for_state("live")
        await board.check_against_topics()
    for org in SALES_ORGS:
        assert still(await killed.answers(org)) == still(await steady.answers(org))
    assert await streams_process.stop() == 0


async def kill_router_at_work(router: Router, pressure: Pressure) -> None:
    """In the middle of a transaction if one is seen in time."""
    assert await router.wait_until_ready()
    await pressure.catch_at_work([router], WORK_WAIT_S)
    router.signal(signal.SIGKILL)


async def kill_until_one_hit(
    settings: Settings, crew: Crew, pressure: Pressure, feeder: Feeder
) -> None:
    """Go on killing at work until a transaction was broken off with records in it.

    A transaction that is seen open may have its records in topics that the board does not read.
    """
    for strike in range(STRIKES_MAX):
        if await aborted_records(settings):
            return
        more = make_load(100 + strike, leads=STRIKE_LEADS, waves=1, sales_orgs=SALES_ORGS)
        fed = [asyncio.create_task(feeder.publish(wave, per_s=PER_S)) for wave in more.waves[:1]]
        await kill_router_at_work(crew.routers[strike % 2], pressure)
        await asyncio.gather(*fed)
        assert await pressure.wait_for_quiet(WAIT_S)
    raise AssertionError(f"none of {KILLS + STRIKES_MAX} kills hit an open transaction")


async def aborted_records(settings: Settings) -> int:
    """Records of transactions that were broken off, in the topics that the board reads."""
    topics = [f"{settings.topics.prefix}{name}" for name in ("lead.assignments", "routing.inbox")]
    sources = [TopicPartition(topic, n) for topic in topics for n in range(4)]
    counted = {}
    for isolation in ("read_uncommitted", "read_committed"):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka.bootstrap_servers,
            isolation_level=isolation,
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            consumer.assign(sources)
            await consumer.seek_to_beginning(*sources)
            ends = await consumer.end_offsets(sources)
            counted[isolation] = await count(consumer, ends)
        finally:
            await consumer.stop()
    return counted["read_uncommitted"] - counted["read_committed"]


async def count(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> int:
    records = 0
    while [each for each in ends if await consumer.position(each) < ends[each]]:
        fetched = await consumer.getmany(timeout_ms=200, max_records=20_000)
        records += sum(map(len, fetched.values()))
    return records


def still(answers: dict) -> dict:
    """What does not change as time passes while nothing happens."""
    for answer in answers.values():
        del answer["at"]
    for row in answers["backlog"]["ages"]:
        del row["count"]
    del answers["clocks"]["soon"], answers["overview"]["clocks"]["soon"]
    del answers["overview"]["minutes"], answers["overview"]["hours"]
    return {name: answer for name, answer in answers.items() if not name.startswith("series")}


async def test_a_board_without_topics_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(Exception, match="lead-router topics apply"):
        await serve_board(settings, asyncio.Event())


async def test_of_two_boards_at_one_port_the_second_takes_over_when_the_first_ends(
    settings: Settings, create_topics, session: aiohttp.ClientSession, run_here
) -> None:
    await create_topics(settings)
    first = asyncio.get_running_loop().create_future()
    task, stop = run_here(lambda stop: serve_board(settings, stop, on_started=first.set_result))
    address = await first
    again = settings.model_copy(
        update={"board": BoardSettings(port=int(address.rpartition(":")[2]))}
    )
    second = asyncio.get_running_loop().create_future()
    with capture_logs() as logged:
        run_here(lambda stop: serve_board(again, stop, on_started=second.set_result))
        await asyncio.sleep(1)
        assert not second.done()
        stop.set()
        await task
        assert await asyncio.wait_for(second, 20) == address
    said = [entry for entry in logged if entry["event"] == "board.waits_for_port"]
    assert len(said) == 1
    assert "LEAD_ROUTER_BOARD__PORT" in said[0]["advice"]
    async with session.get(f"{address}/api/state") as answer:
        assert answer.status == 200


async def test_a_board_that_waits_for_its_port_ends_when_it_is_told_to(
    settings: Settings, create_topics, run_here
) -> None:
    await create_topics(settings)
    first = asyncio.get_running_loop().create_future()
    run_here(lambda stop: serve_board(settings, stop, on_started=first.set_result))
    port = int((await first).rpartition(":")[2])
    again = settings.model_copy(update={"board": BoardSettings(port=port)})
    task, stop = run_here(lambda stop: serve_board(again, stop))
    await asyncio.sleep(0.5)
    stop.set()
    ended, _ = await asyncio.wait([task], timeout=5)
    assert ended == {task}
    assert task.exception() is None


async def test_a_board_stops_at_once_although_pages_are_open(
    settings: Settings, create_topics, session: aiohttp.ClientSession, run_here
) -> None:
    await create_topics(settings)
    address = asyncio.get_running_loop().create_future()
    task, stop = run_here(lambda stop: serve_board(settings, stop, on_started=address.set_result))
    async with session.get(await address + "/api/events") as page:
        await page.content.readline()
        stop.set()
        await asyncio.wait_for(task, 10)
        await page.content.read()
        assert page.content.at_eof()


@pytest.fixture
async def own_broker():
    """A broker that may be killed."""
    async with local_broker(own=True) as broker:
        yield broker


async def test_a_board_lives_through_the_brokers_absence(
    own_broker, session: aiohttp.ClientSession, run_here, caplog
) -> None:
    caplog.set_level("CRITICAL", logger="aiokafka")
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=own_broker.bootstrap_servers),
        topics=TopicSettings(prefix="away."),
        board=BoardSettings(port=0),
        sales_orgs=list(SALES_ORGS),
    )
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    board = Board(settings, session)
    address = asyncio.get_running_loop().create_future()
    run_here(lambda stop: serve_board(settings, stop, on_started=address.set_result))
    board.address = await address
    load = make_load(9, leads=200, waves=2, sales_orgs=SALES_ORGS)
    await route(settings, [load.company, load.waves[0]])
    await board.wait_for_state("live")
    await board.check_against_topics()
    before = await board.answers("main")
    await own_broker.kill()
    await board.wait_for_state("broker_down")
    assert (await board.answers("main"))["reps"] == before["reps"]
    assert await board.status("/api/topics") == 503
    await own_broker.restart()
    await board.wait_for_state("live")
    await route(settings, load.waves[1:])
    await board.check_against_topics()


async def route(settings: Settings, batches: list) -> None:
    """Feed batches to a router that ends when all is decided."""
    stop = asyncio.Event()
    running = asyncio.create_task(run_roles(settings, ["intake", "route"], stop=stop))
    async with looking_at(settings) as pressure, feeding(settings) as feeder:
        for batch in batches:
            await feeder.publish(batch)
        assert await pressure.wait_for_quiet(WAIT_S)
    stop.set()
    await running
