"""What a careful eye measures on a page: overflow, overlap, contrast; each as a list of faults."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

_SOURCE = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
_MEASURES = _SOURCE.rstrip().removesuffix(";")


async def overflow(page: Page) -> list[str]:
    """The page is wider than the window."""
    return await page.evaluate(f"{_MEASURES}.overflow()")


async def overlap(page: Page) -> list[str]:
    """Texts that lie over each other, or over the edge of their card."""
    return await page.evaluate(f"{_MEASURES}.overlap()")


async def contrast(page: Page) -> list[str]:
    """Texts below WCAG AA, 4.5:1 or 3:1 if large; colours of charts below 3:1."""
    return await page.evaluate(f"{_MEASURES}.contrast()")
