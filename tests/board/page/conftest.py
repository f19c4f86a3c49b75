"""The sample server, one Chromium for the session, and watched pages for every test.

All of it lives in the loop of the session: a browser for every test would take longer than they do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.board.page.sample_server import Board, application

WIDTHS = {"desk": 1440, "tablet": 768, "handset": 390, "phone": 360}


@dataclass(slots=True)
class Watched:
    """A page of the board; ``complaints`` are what the browser's console and policy said."""

    page: Page
    board: Board
    url: str
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)

    def forgives(self, status: str) -> None:
        """The browser logs answers with an error; in this test ``status`` is meant to come."""
        self.forgiven.append(f"the server responded with a status of {status}")

    async def visit(self, place: str = "overview") -> None:
        """Go there and wait until it is drawn."""
        await self.page.evaluate("document.querySelector('main')?.setAttribute('aria-busy', true)")
        await self.page.goto(f"{self.url}/#/{place}")
        await self.drawn()

    async def drawn(self) -> None:
        """Until the view stands, with its numbers or what is in their place."""
        await self.page.wait_for_selector("main[aria-busy=false] h1, main [data-panel]")
        # What it shows while it asks for the first time is no view yet.
        await self.page.wait_for_function(
            "document.querySelector('main h1')?.textContent !== 'Loading'"
        )
        await self.page.wait_for_load_state("load")


@pytest_asyncio.fixture(loop_scope="session")
async def board() -> Board:
    """What the server pretends to be."""
    return Board()


@pytest_asyncio.fixture(loop_scope="session")
async def board_url(board: Board) -> AsyncIterator[str]:
    """Where the sample server listens."""
    runner = web.AppRunner(application(board), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    board.hang_up()
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's, or the one that CHROMIUM names."""
    executable = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert executable, "no browser: apt-get install chromium, or set CHROMIUM to one's path"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield browser
        await browser.close()


OpenPage = Callable[..., Awaitable[Watched]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, board: Board, board_url: str) -> AsyncIterator[OpenPage]:
    """Opens watched pages; at the end the browser must not have complained about any of them."""
    opened: list[Watched] = []

    async def open_one(width: str = "desk", *, dark: bool = False, **more: Any) -> Watched:
        context = await chromium.new_context(
            viewport={"width": WIDTHS[width], "height": 900},
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            **more,
        )
        page = await context.new_page()
        watched = Watched(page, board, board_url)
        page.on("console", lambda said: _hear(watched, said.type, said.text))
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        # The driver reports these only once it knows that somebody listens, and learns it without
        # an answer: what comes right after `expect_response` began would be missed now and then.
        for traffic in ("request", "response"):
            page.on(traffic, lambda _: None)
        opened.append(watched)
        return watched

    yield open_one
    for watched in opened:
        await watched.page.context.close()
    assert [each.complaints for each in opened if each.complaints] == []


def _hear(watched: Watched, kind: str, text: str) -> None:
    if kind in {"error", "warning"} and not any(each in text for each in watched.forgiven):
        watched.complaints.append(text)
