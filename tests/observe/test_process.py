"""A role that adds itself is seen on every page, whoever runs it."""

import asyncio
from dataclasses import dataclass

import aiohttp

from router.observe import ready_file
from router.observe.process import opened_process
from router.settings import TelemetrySettings


@dataclass
class Role:
    name: str
    awaits: str | None = None
    has_ended: bool = False


BUILD = ("0.1.0", "plain", "1")


async def test_a_part_that_adds_itself_is_asked_for_readiness_and_counted(free_port):
    settings = TelemetrySettings(port=free_port)
    address = f"http://127.0.0.1:{free_port}"
    async with (
        opened_process(settings, ["route", "board"], BUILD) as process,
        aiohttp.ClientSession() as session,
    ):
        board = Role("board", awaits="board waits for the broker")
        process.add(board)
        async with session.get(f"{address}/ready") as answer:
            assert answer.status == 503
            said = await answer.text()
        assert said == "board waits for the broker; route has not been started yet\n"
        assert not process.is_ready
        process.add(Role("route"))
        async with session.get(f"{address}/metrics") as answer:
            shown = await answer.text()
        assert 'lead_router_ready{role="route"} 1.0' in shown
        assert 'lead_router_ready{role="board"} 0.0' in shown
        board.awaits = None
        async with session.get(f"{address}/ready") as answer:
            assert answer.status == 200
        assert process.is_ready


async def test_without_settings_a_process_is_watched_by_nobody_and_counts_all_the_same():
    async with opened_process(TelemetrySettings(), ["route"], BUILD) as process:
        process.meters.steps.transactions.add("route")
        assert process.tracing is None


async def test_the_ready_file_is_there_while_every_part_is_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(ready_file, "REFRESH_S", 0.01)
    path, route = tmp_path / "ready", Role("route")
    async with opened_process(TelemetrySettings(), ["route"], BUILD, path) as process:
        assert not path.exists()
        process.add(route)
        await asyncio.sleep(0.1)
        assert path.exists()
        route.awaits = "route waits for the broker"
        await asyncio.sleep(0.1)
        assert not path.exists()
