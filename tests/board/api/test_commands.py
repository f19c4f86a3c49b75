"""``explain`` and ``why-not`` say the same whether the board answers or the topics are read."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from router.board.lead_stories import LeadStories
from tests.e2e.faults.feeder import feeding
from tests.e2e.faults.processes import environment_of
from tests.e2e.faults.routers import ROOT
from tests.e2e.load import make_load

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The leads that the board has been asked for."""
    found: list[str] = []
    find = LeadStories.find

    async def spy(self, lead_id, sales_org):
        found.append(lead_id)
        return await find(self, lead_id, sales_org)

    monkeypatch.setattr(LeadStories, "find", spy)
    return found


async def said(board, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Run a command in a process of its own."""
    port = board.address.rpartition(":")[2]
    environment = environment_of(board.settings) | {"LEAD_ROUTER_BOARD__PORT": port} | more
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router.cli", *arguments,
        env={**os.environ, "COLUMNS": "120", **environment},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_board_and_the_topics_say_the_same(board, asked):
    load = make_load(3, leads=60, waves=1, sales_orgs=("main", "north"))
    async with feeding(board.settings) as feeder:
        await feeder.publish(load.company)
        for wave in load.waves:
            await feeder.publish(wave)
    await board.check_against_topics()
    await board.stop_router()
    lead_id = (await board.get("/api/leads?q=north-&sales_org=north"))["leads"][0]["lead_id"]
    without_board = {"LEAD_ROUTER_BOARD__ENABLED": "false"}
    for command in (
        ("explain", lead_id),
        ("explain", lead_id, "--json"),
        ("why-not", "north-rep-3", lead_id),
        ("why-not", "north-rep-3", lead_id, "--json"),
        ("why-not", "nobody", lead_id),
    ):
        asked.clear()
        by_board = await said(board, *command)
        assert asked == [lead_id]
        by_topics = await said(board, *command, **without_board)
        assert asked == [lead_id]
        assert by_board == by_topics


async def test_a_board_of_other_topics_is_not_believed(board, asked):
    other = {"LEAD_ROUTER_TOPICS__PREFIX": f"{board.settings.topics.prefix}other."}
    code, _, problem = await said(board, "explain", "some-lead", **other)
    assert code == 1
    assert "topics apply" in problem
    assert asked == []


async def test_a_lead_that_the_board_does_not_know_is_looked_for_in_the_topics(board, asked):
    code, _, problem = await said(board, "explain", "some-lead")
    assert code == 1
    assert "nothing was decided about lead some-lead" in problem
    assert asked == ["some-lead"]
