"""A board and a router on the session's broker, in this process, and what the board answers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import aiohttp
import pytest

from router.board.service import serve_board
from router.roles.service import run_roles
from tests.board.recount import BY, STEPS, check_shown, recount, to_ms
from tests.e2e.audit import read_history

WAIT_S = 60.0
PARTS = ("overview", "flows", "reps", "backlog?limit=1000", "clocks", "policies", "pools")


class Board:
    """Asks a board; ``address`` may change when it is started again."""

    def __init__(self, settings, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.session = session
        self.address = ""
        self.router = None

    async def get(self, path: str, **options) -> Any:
        async with self.session.get(self.address + path, **options) as response:
            assert response.status == 200, (path, await response.text())
            return await response.json()

    async def stop_router(self) -> None:
        """From here on nothing more is decided: clocks of the load run out within a minute."""
        task, stop = self.router
        stop.set()
        await asyncio.wait_for(task, WAIT_S)

    async def status(self, path: str) -> int:
        async with self.session.get(self.address + path) as response:
            await response.read()
            return response.status

    async def wait_for_state(self, *states: str) -> None:
        await eventually(lambda: self._is_in(states), f"the board is {states}")

    async def _is_in(self, states) -> bool:
        try:
            return (await self.get("/api/state"))["state"] in states
        except aiohttp.ClientError:
            return False

    async def answers(self, sales_org: str) -> dict[str, Any]:
        found = {}
        for part in PARTS:
            query = "&" if "?" in part else "?"
            answer = await self.get(f"/api/{part}{query}sales_org={sales_org}")
            found[part.partition("?")[0]] = answer
        for by in BY:
            for step in STEPS:
                path = f"/api/series?by={by}&step={step}&sales_org={sales_org}"
                found[f"series by {by} and {step}"] = await self.get(path)
        return found

    async def check_against_topics(self) -> None:
        """Wait until the board shows what the topics hold, or say what differs at the end."""
        deadline_s = time.monotonic() + WAIT_S
        while True:
            try:
                await self._check_once()
            except AssertionError:
                if time.monotonic() > deadline_s:
                    raise
                await asyncio.sleep(0.3)
            else:
                return

    async def _check_once(self) -> None:
        topics = (
            await read_history(self.settings.kafka.bootstrap_servers, self.settings.topics.prefix)
        ).topics
        for org in self.settings.sales_orgs:
            answers = await self.answers(org)
            day_ms = to_ms(answers["overview"]["today"]["since"])
            now_ms = to_ms(answers["overview"]["minutes"][-1]["from"]) + 30_000
            expected = recount(topics, org, now_ms, day_ms)
            check_shown(answers, expected)
        assert (await self.get("/api/state"))["unreadable"] == 0


async def eventually(condition, what: str) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not await condition():
        assert time.monotonic() < deadline_s, f"it never came that {what}"
        await asyncio.sleep(0.05)


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def run_here():
    """Runs something with a stop event in this process until the test is over."""
    running = []

    def run(make):
        stop = asyncio.Event()
        task = asyncio.create_task(make(stop))
        running.append((task, stop))
        return task, stop

    yield run
    for task, stop in reversed(running):
        stop.set()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(task, WAIT_S)


@pytest.fixture
async def board(topics_ready, session, run_here):
    """A board that is live on topics of its own, with a router beside it."""
    settings = topics_ready.model_copy(
        update={
            "sales_orgs": ["main", "north"],
            "board": topics_ready.board.model_copy(update={"port": 0}),
        }
    )
    board = Board(settings, session)
    address = asyncio.get_running_loop().create_future()
    run_here(lambda stop: serve_board(settings, stop, on_started=address.set_result))
    board.address = await asyncio.wait_for(address, WAIT_S)
    board.router = run_here(lambda stop: run_roles(settings, ["intake", "route"], stop=stop))
    await board.wait_for_state("live")
    return board
