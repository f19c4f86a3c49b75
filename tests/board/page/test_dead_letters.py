"""Dead letters hold what people wrote: shown when asked for, sent again after a question."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.board.page.conftest import OpenPage

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]

PERSONAL = "kim.lee@example.org"


async def test_a_payload_is_neither_fetched_nor_shown_until_it_is_asked_for(open_page, board):
    watched = await open_page()
    await watched.visit("dead-letters")
    assert PERSONAL not in await watched.page.content()
    assert board.payloads_asked == []
    await watched.page.locator("text=Show payload").first.click()
    await watched.page.wait_for_selector(f"pre:has-text('{PERSONAL}')")
    assert board.payloads_asked == ["0-17"]
    await watched.page.click("text=Hide payload")
    await watched.page.wait_for_selector("pre", state="detached")
    assert PERSONAL not in await watched.page.content()


async def test_a_payload_that_was_hidden_is_asked_for_anew(open_page, board):
    watched = await open_page()
    await watched.visit("dead-letters")
    for _ in range(2):
        await watched.page.locator("text=Show payload").first.click()
        await watched.page.wait_for_selector("pre")
        await watched.page.click("text=Hide payload")
    assert board.payloads_asked == ["0-17", "0-17"]


async def test_a_redrive_asks_first_and_says_what_came_of_it(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit("dead-letters")
    await watched.page.locator("text=Send again").first.click()
    assert await watched.page.evaluate("document.activeElement.textContent") == "Cancel"
    await watched.page.click("dialog >> text=Cancel")
    await watched.page.wait_for_selector("dialog", state="detached")
    assert board.redriven == []
    await watched.page.locator("text=Send again").first.click()
    await watched.page.keyboard.press("Escape")
    await watched.page.wait_for_selector("dialog", state="detached")
    assert board.redriven == []
    await watched.page.locator("text=Send again").first.click()
    await watched.page.click("dialog .primary")
    await watched.page.wait_for_selector("[role=status]:has-text('Sent to lead-router.leads')")
    assert board.redriven == ["0-17"]
    assert await watched.page.locator("button:has-text('Sent again')").is_disabled()


async def test_a_second_redrive_says_that_it_is_one(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit("dead-letters")
    await watched.page.locator(
        "article:has-text('was sent again before') >> text=Send again"
    ).click()
    assert "It was sent again before." in await watched.page.inner_text("dialog")
    await watched.page.click("dialog .primary")
    await watched.page.wait_for_selector("[role=status]:has-text('Sent to')")
    assert board.redriven == ["2-22"]


async def test_a_redrive_that_fails_says_why(open_page: OpenPage, board):
    watched = await open_page()
    watched.forgives("404")
    await watched.visit("dead-letters")
    board.forgets_letters = True
    await watched.page.locator("text=Send again").first.click()
    await watched.page.click("dialog .primary")
    said = await watched.page.wait_for_selector("[role=status].bad")
    assert "deleted by age" in await said.inner_text()
    assert board.redriven == []


async def test_older_letters_are_a_page_away(open_page: OpenPage, board):
    board.letters = [
        {**letter, "id": f"{number}-{letter['id']}"}
        for number in range(30)
        for letter in board.letters
    ]
    watched = await open_page()
    await watched.visit("dead-letters")
    assert await watched.page.locator("article").count() == 100
    await watched.page.click("text=Older")
    await watched.page.wait_for_selector("button:has-text('Newest')")
    await expect(watched.page.locator("article")).to_have_count(80)
    assert await watched.page.locator("button:has-text('Newest')").is_enabled()
