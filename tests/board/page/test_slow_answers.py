"""Whoever goes on does not wait for an answer they no longer want, nor see it when it comes."""

from __future__ import annotations

import asyncio

import pytest

from tests.board.page.conftest import OpenPage
from tests.board.page.sample_server import Board

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]

SOON_MS = 4_000


def hold(board: Board, address: str) -> asyncio.Event:
    """Answers to this address come when the event is set."""
    return board.held.setdefault(address, asyncio.Event())


async def asked_in_vain(board: Board) -> None:
    """Until somebody waits for what is held: a page also asks when it begins to listen."""
    async with asyncio.timeout(20):
        await board.is_holding.wait()


async def test_another_view_is_there_at_once_while_the_one_before_still_loads(
    open_page: OpenPage, board: Board
):
    watched = await open_page()
    await watched.visit()
    slow = hold(board, "/api/topics")
    await watched.page.keyboard.press("g")
    async with watched.page.expect_request("**/api/topics"):
        await watched.page.keyboard.press("t")
    await watched.page.keyboard.press("g")
    await watched.page.keyboard.press("b")
    await watched.page.wait_for_selector("main h1:has-text('Backlog')", timeout=SOON_MS)
    async with watched.page.expect_response("**/api/topics"):
        slow.set()
    await watched.page.wait_for_timeout(200)
    assert await watched.page.inner_text("main h1") == "Backlog"
    assert await watched.page.title() == "Backlog · lead-router"


async def test_the_page_that_was_turned_is_not_turned_back_by_a_late_answer(
    open_page: OpenPage, board: Board
):
    first = board.letters[0]
    board.letters = [first | {"id": f"0-{number}"} for number in range(150, 0, -1)]
    watched = await open_page()
    await watched.visit("dead-letters")
    await board.heard_by(1)
    slow = hold(board, "/api/dead-letters?limit=100")
    board.changed("dead-letters")
    await asked_in_vain(board)
    await watched.page.click("button:has-text('Older')")
    await watched.page.wait_for_selector("text=These are the oldest.", timeout=SOON_MS)
    async with watched.page.expect_response("**/api/dead-letters?limit=100"):
        slow.set()
    await watched.page.wait_for_timeout(200)
    assert await watched.page.locator("main ul.stack > li").count() == 50
