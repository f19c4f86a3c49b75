"""Pictures of the board for people to look at, kept as artifacts of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.board.page.conftest import WIDTHS, OpenPage, Watched
from tests.board.page.sample_leads import overloaded_leads

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]

FOLDER = Path(__file__).parents[3] / "build" / "board-screenshots"
PLACES = {
    "overview": "overview",
    "backlog-overload": "backlog",
    "lead-story": "leads/engaged",
    "why-not": "why-not/uwe/engaged",
    "broker-down": "overview",
}
LOOKS = {"light": ("desk", False), "dark": ("desk", True), "narrow": ("phone", False)}
_TALLEST_PX = 2_600
LONG = ("overview", "leads", "leads/engaged", "reps", "reps/uwe", "backlog", "clocks", "pools")


@pytest.mark.parametrize("name", PLACES)
async def test_a_picture_is_taken_in_light_dark_and_narrow(open_page: OpenPage, board, name):
    FOLDER.mkdir(parents=True, exist_ok=True)
    if name == "backlog-overload":
        board.backlog = overloaded_leads()
    if name == "broker-down":
        board.state = "broker_down"
    for look, (width, dark) in LOOKS.items():
        watched = await open_page(width, dark=dark)
        await watched.visit(PLACES[name])
        await take_picture(watched, f"{name}-{look}")


@pytest.mark.parametrize("place", LONG)
async def test_a_picture_is_taken_with_long_ids_at_three_widths(open_page: OpenPage, board, place):
    FOLDER.mkdir(parents=True, exist_ok=True)
    board.long = True
    for width in ("desk", "tablet", "handset"):
        watched = await open_page(width)
        await watched.visit(place)
        wide = await watched.page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{place} is {wide} px wider than the window"
        await take_picture(watched, f"long-{place.replace('/', '-')}-{WIDTHS[width]}")


async def take_picture(watched: Watched, name: str) -> None:
    await watched.page.wait_for_selector("#state.good, #state.bad")
    await watched.page.wait_for_load_state("domcontentloaded")
    tall = await watched.page.evaluate("document.scrollingElement.scrollHeight")
    size = {"width": watched.page.viewport_size["width"], "height": min(tall, _TALLEST_PX)}
    await watched.page.set_viewport_size(size)
    path = FOLDER / f"{name}.png"
    await watched.page.screenshot(path=path)
    assert path.stat().st_size > 10_000
