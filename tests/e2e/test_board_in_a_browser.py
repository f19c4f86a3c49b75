"""The program as it is shipped, seen in a browser: from a lead sent to its story on the page."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from router.settings import Settings
from tests.e2e.bad_input.program import RunningRouter, environment, must

pytestmark = [pytest.mark.kafka, pytest.mark.board, pytest.mark.timeout(180)]

SHOWN_WITHIN_MS = 60_000


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of Debian's chromium, or of the browser that CHROMIUM names; it may not complain."""
    executable = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert executable, "no browser: apt-get install chromium, or set CHROMIUM to one's path"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        yield page
        await browser.close()
    assert complaints == []


async def test_leads_and_activity_that_are_sent_show_on_the_board(
    topics_ready: Settings, tmp_path: Path, page: Page
) -> None:
    port = free_port()
    env = environment(topics_ready, LEAD_ROUTER_BOARD__PORT=str(port))
    team = tmp_path / "team"
    await must(env, "init", team)
    await must(env, "roster", "apply", team / "roster.csv")
    await must(env, "import", "accounts", team / "accounts.csv")
    await must(env, "policy", "publish", team / "policy.yaml")
    async with RunningRouter(env, tmp_path) as router:
        await router.ready()
        await page.goto(f"http://127.0.0.1:{port}/")
        await expect(page.locator("h1")).to_have_text("No leads yet", timeout=SHOWN_WITHIN_MS)
        await must(env, "emit", team / "leads.jsonl")
        await expect(page.locator("h1")).to_have_text("Overview", timeout=SHOWN_WITHIN_MS)
        decided = page.locator(".tile", has_text="Decisions today").locator(".figure")
        await expect(decided).not_to_have_text("0", timeout=SHOWN_WITHIN_MS)
        await page.goto(f"http://127.0.0.1:{port}/#/leads/L-1003")
        story = page.locator("main")
        await expect(story).to_contain_text(
            "policy b2b-software version 1", timeout=SHOWN_WITHIN_MS
        )
        told = await must(env, "explain", "L-1003")
        why = next(line for line in told.splitlines() if line.strip().startswith("why "))
        assert why.split("why", 1)[1].strip() in " ".join((await story.inner_text()).split())
        await must(env, "emit", activities_of(tmp_path, "L-1003"))
        await page.goto(f"http://127.0.0.1:{port}/#/topics")
        engaged = page.locator("table", has_text="Newest").locator("tr", has_text="lead.engagement")
        await expect(engaged.locator("td").nth(1)).not_to_have_text("0", timeout=SHOWN_WITHIN_MS)
        await page.goto("about:blank")  # an open page would rightly complain of what comes
        assert await router.stop() == 0


def activities_of(folder: Path, lead_id: str) -> Path:
    """A demo asked for and a price looked at, just now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    path = folder / "activity.jsonl"
    lines = [
        {
            "activity_id": f"{lead_id}-{kind}",
            "lead_id": lead_id,
            "activity_type": kind,
            "occurred_at": now,
        }
        for kind in ("demo_request", "pricing_page")
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def free_port() -> int:
    """One that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
