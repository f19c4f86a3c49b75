"""What people choose is kept, and who may not look is asked for the token."""

from __future__ import annotations

import pytest

from tests.board.page.conftest import OpenPage
from tests.board.page.inspection import contrast, overflow
from tests.board.page.sample_server import TOKEN

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]

PAPER = "getComputedStyle(document.body).backgroundColor"


async def test_the_other_theme_is_remembered(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    light = await watched.page.evaluate(PAPER)
    await watched.page.click("button[aria-label='Switch to dark']")
    dark = await watched.page.evaluate(PAPER)
    assert dark != light
    await watched.page.reload()
    await watched.drawn()
    assert await watched.page.evaluate(PAPER) == dark
    await watched.page.click("button[aria-label='Switch to light']")
    assert await watched.page.evaluate(PAPER) == light


async def test_the_systems_dark_is_dark_from_the_start(open_page: OpenPage):
    light, dark = await open_page(), await open_page(dark=True)
    await light.visit()
    await dark.visit()
    assert await light.page.evaluate(PAPER) != await dark.page.evaluate(PAPER)


@pytest.mark.parametrize("width", ["desk", "phone"])
async def test_a_stranger_is_asked_for_the_token_and_let_in_by_it(open_page, board, width):
    board.token = TOKEN
    watched = await open_page(width)
    watched.forgives("401")
    await watched.visit("reps")
    assert await watched.page.inner_text("main h1") == "This board asks for a token"
    assert await overflow(watched.page) + await contrast(watched.page) == []
    await watched.page.fill("input[name=token]", "not this one")
    await watched.page.keyboard.press("Enter")
    await watched.page.wait_for_selector("[role=alert]:has-text('This is not the token')")
    await watched.page.fill("input[name=token]", TOKEN)
    await watched.page.keyboard.press("Enter")
    await watched.page.wait_for_selector("h1:has-text('Reps')")
    await board.heard_by(1)
    assert await watched.page.evaluate("document.cookie") == ""
    assert TOKEN not in await watched.page.evaluate("JSON.stringify(localStorage) + location.href")


async def test_nothing_is_asked_of_any_other_host(open_page: OpenPage):
    watched = await open_page()
    hosts = set()
    watched.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for place in ("overview", "leads/engaged", "policy"):
        await watched.visit(place)
    assert hosts == {watched.url.removeprefix("http://")}


async def test_a_manager_asks_why_a_rep_did_not_get_a_lead(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("reps")
    await watched.page.select_option("main select", "uwe")
    await watched.page.fill("main input[role=combobox]", "engaged")
    await watched.page.click("text=Ask")
    await watched.page.wait_for_selector("h2:has-text('Why Uwe Brandt did not get engaged')")
    assert "Uwe Brandt (uwe) could have had it with 0.00 turns" in await watched.page.inner_text(
        ".story"
    )
