"""Everything is reached without a pointer."""

from __future__ import annotations

import pytest

from tests.board.page.conftest import OpenPage, Watched

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]


async def press(watched: Watched, *keys: str) -> None:
    for key in keys:
        await watched.page.keyboard.press(key)


async def focused(watched: Watched, what: str = "textContent") -> str:
    return await watched.page.evaluate(f"String(document.activeElement.{what})")


async def tab_to(watched: Watched, text: str) -> None:
    for _ in range(60):
        await press(watched, "Tab")
        if (await focused(watched)).strip() == text:
            return
    raise AssertionError(f"Tab does not reach {text!r}")


async def test_one_walk_through_the_board_by_keyboard_alone(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit()

    await press(watched, "Tab")
    assert await focused(watched) == "Skip to the content"
    await press(watched, "Enter")
    assert await focused(watched, "id") == "main"

    await press(watched, "?")
    assert "find a lead by its id" in await watched.page.inner_text("dialog")
    await press(watched, "Escape")
    await watched.page.wait_for_selector("dialog", state="detached")

    await press(watched, "/")
    await watched.page.keyboard.type("enga")
    await watched.page.wait_for_selector("[role=option]")
    await press(watched, "ArrowDown", "Enter")
    await watched.page.wait_for_selector("h1:has-text('Lead engaged')")
    assert await focused(watched, "id") == "main"
    await tab_to(watched, "The event itself")
    await press(watched, "Enter")
    assert await watched.page.locator(".story pre").first.is_visible()

    await press(watched, "g", "r")
    await watched.page.wait_for_selector("h1:has-text('Reps')")
    await tab_to(watched, "Open")
    await press(watched, "Enter")
    assert await watched.page.locator("th[aria-sort=descending]").inner_text() == "Open"
    await tab_to(watched, "Last lead")
    await press(watched, "Tab", "ArrowDown", "ArrowDown")
    rows = watched.page.locator("tbody tr")
    assert await rows.nth(2).evaluate("(row) => row === document.activeElement")
    name = await rows.nth(2).locator("th bdi").first.inner_text()
    await press(watched, "Enter")
    await watched.page.wait_for_selector("main .facts")
    assert name in await watched.page.inner_text("main .facts")
    await tab_to(watched, "Why not this rep?")
    await press(watched, "Enter")
    await watched.page.wait_for_selector("h1:has-text('Why not me?')")
    assert name in await watched.page.locator("option:checked").first.inner_text()

    await press(watched, "g", "d")
    await watched.page.wait_for_selector("h1:has-text('Dead letters')")
    await tab_to(watched, "Send again")
    await press(watched, "Enter", "Tab", "Enter")
    await watched.page.wait_for_selector("[role=status]:has-text('Sent to')")
    assert board.redriven == ["0-17"]

    for letter, title in zip("ofsbcltp", TITLES, strict=True):
        await press(watched, "g", letter)
        await watched.page.wait_for_selector(f'h1:has-text("{title}")')


TITLES = (
    "Overview",
    "Field and inside",
    "Pools",
    "Backlog",
    "Clocks",
    "Leads",
    "Topics",
    "Policy",
)


async def test_charts_are_read_bar_by_bar(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    await watched.page.focus(".plot")
    await press(watched, "End")
    readout = watched.page.locator(".readout").first
    assert (await readout.inner_text()).startswith("16:40: ")
    await press(watched, "ArrowLeft")
    assert (await readout.inner_text()).startswith("16:39: ")
    await press(watched, "Home")
    assert (await readout.inner_text()).startswith("15:41: ")
    assert await readout.get_attribute("aria-live") == "polite"


async def test_whatever_has_the_focus_shows_it(open_page: OpenPage):
    watched = await open_page()
    for place in ("overview", "reps", "dead-letters", "policy"):
        await watched.visit(place)
        await watched.page.evaluate("document.activeElement.blur()")
        for _ in range(30):
            await press(watched, "Tab")
            seen = await watched.page.evaluate(
                "(() => { const style = getComputedStyle(document.activeElement);"
                " return [style.outlineStyle, parseFloat(style.outlineWidth),"
                " document.activeElement.outerHTML.slice(0, 90)]; })()"
            )
            if seen[2].startswith("<body"):
                break  # once around
            assert seen[0] != "none", seen
            assert seen[1] >= 2, seen


async def test_a_table_is_one_stop_of_the_tab_key(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("backlog")
    assert await watched.page.locator("tbody tr[tabindex='0']").count() == 1
    await watched.page.focus("tbody tr[tabindex='0']")
    await press(watched, "End")
    assert await watched.page.locator("tbody tr[tabindex='0']").count() == 1
    assert await watched.page.evaluate("document.activeElement.matches('tr:last-child')")


async def test_single_keys_can_be_switched_off(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    await press(watched, "?")
    await watched.page.uncheck("dialog input[type=checkbox]")
    await press(watched, "Escape")
    await watched.page.wait_for_selector("dialog", state="hidden")
    await press(watched, "g", "r", "/")
    assert await watched.page.inner_text("main h1") == "Overview"
    assert await focused(watched, "tagName") != "INPUT"


async def test_landmarks_and_headings_are_where_they_are_looked_for(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    for landmark in ("banner", "navigation", "main", "contentinfo", "status"):
        assert await watched.page.get_by_role(landmark).count() >= 1, landmark
    assert await watched.page.locator("h1").count() == 1
    assert await watched.page.locator("[aria-current=page]").inner_text() == "Overview"
    assert await watched.page.title() == "Overview · lead-router"
