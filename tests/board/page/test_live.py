"""What changes reaches the page by itself; what ends is noticed and said."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from playwright.async_api import expect

from tests.board.page.conftest import OpenPage
from tests.board.page.sample_leads import overloaded_leads
from tests.board.page.sample_server import Board, application

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]

DECISIONS = ".tile:has-text('Decisions today') .figure"


async def listening(board: Board, *, pages: int = 1) -> None:
    """Until so many pages hear what the board says."""
    async with asyncio.timeout(20):
        await board.heard_by(pages)


async def test_a_new_number_arrives_without_a_reload(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit()
    await listening(board)
    await watched.page.evaluate("globalThis.untouched = true")
    before = await watched.page.inner_text(DECISIONS)
    board.decisions_more = 1_000
    board.changed("overview", "leads")
    await expect(watched.page.locator(DECISIONS).first).to_have_text(f"1,{before}")
    assert await watched.page.evaluate("globalThis.untouched")


async def test_only_the_parts_that_are_shown_are_asked_for_again(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit("topics")
    await listening(board)
    await watched.page.wait_for_load_state("networkidle")
    board.asked.clear()
    board.changed("overview", "backlog", "dead-letters")
    board.changed("topics")
    async with watched.page.expect_response("**/api/topics"):
        board.changed("topics")
    assert set(board.asked) == {"topics"}


async def test_what_has_not_changed_is_not_sent_again(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit("topics")
    await listening(board)
    async with asyncio.timeout(20):
        while not board.unchanged:
            board.changed("topics")
            await asyncio.sleep(0.1)
    assert board.asked.count("topics") > board.unchanged, "the first time it was sent whole"


async def test_new_numbers_move_neither_focus_nor_what_is_typed_nor_what_is_unfolded(
    open_page: OpenPage, board
):
    watched = await open_page()
    await watched.visit("backlog")
    await listening(board)
    row = watched.page.locator("tbody tr").nth(2)
    await row.focus()
    marked = await row.inner_text()
    board.backlog = [*overloaded_leads(40), *board.backlog]
    board.changed("backlog")
    await watched.page.wait_for_selector("text=all 69")
    focused = await watched.page.evaluate("document.activeElement.innerText")
    assert focused.split()[0] == marked.split()[0]


async def test_when_the_stream_of_events_ends_the_page_finds_its_way_back(open_page, board):
    watched = await open_page()
    await watched.visit()
    await listening(board)
    board.hang_up()
    await listening(board, pages=0)
    await listening(board)
    board.decisions_more = 5_000
    board.changed("overview")
    await watched.page.wait_for_selector(f"{DECISIONS}:has-text('5,')")
    assert (await watched.page.inner_text(DECISIONS)).startswith("5,")


async def test_broker_down_says_since_when_and_greys_the_last_numbers(open_page, board):
    watched = await open_page()
    await watched.visit()
    await listening(board)
    before = await watched.page.inner_text(DECISIONS)
    board.state = "broker_down"
    board.changed("overview")
    banner = await watched.page.wait_for_selector(".banner[role=alert]")
    assert "The broker is down since 16:37:58" in " ".join((await banner.inner_text()).split())
    assert "grayscale" in await watched.page.eval_on_selector(
        "main", "(main) => getComputedStyle(main).filter"
    )
    assert await watched.page.inner_text(DECISIONS) == before
    assert await watched.page.inner_text("#said") == (
        "The broker is down. These are the last numbers."
    )
    board.state = "live"
    board.changed("overview")
    await watched.page.wait_for_selector("main:not(.stale)")
    assert await watched.page.locator(".banner").count() == 0


async def test_a_board_that_does_not_answer_is_noticed_and_found_again(chromium, board):
    runner, port = await served(board)
    page = await (await chromium.new_context()).new_page()
    await page.goto(f"http://127.0.0.1:{port}/")
    await page.wait_for_selector(DECISIONS)
    await listening(board)
    board.hang_up()
    await runner.cleanup()
    await page.wait_for_selector(".banner:has-text('The board does not answer')")
    assert await page.locator(DECISIONS).is_visible()
    runner, _ = await served(board, port)
    await page.wait_for_selector("#state:has-text('Live')")
    await page.wait_for_selector("main:not(.stale)")
    await page.close()
    board.hang_up()
    await runner.cleanup()


async def served(board: Board, port: int = 0) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(application(board), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    return runner, runner.addresses[0][1]


async def test_what_is_typed_stays_while_numbers_change(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit("reps")
    await listening(board)
    await watched.page.fill("main input[placeholder^=name]", "apac")
    async with watched.page.expect_response("**/api/reps"):
        board.changed("reps")
    await watched.page.fill("main input[role=combobox]", "enga")
    async with watched.page.expect_response("**/api/reps"):
        board.changed("reps")
    assert await watched.page.input_value("main input[placeholder^=name]") == "apac"
    assert await watched.page.input_value("main input[role=combobox]") == "enga"


async def test_an_unfolded_event_stays_unfolded_while_the_story_goes_on(open_page, board):
    watched = await open_page()
    await watched.visit("leads/engaged")
    await listening(board)
    await watched.page.locator("summary").first.click()
    async with watched.page.expect_response("**/api/leads/engaged"):
        board.changed("leads")
    assert await watched.page.locator(".story pre").first.is_visible()
