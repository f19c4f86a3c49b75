"""A file that is there, and young, while this process is ready: for probes without a port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from router.errors import UsageError

REFRESH_S = 1.0
"""How old the file of a ready process becomes; older means that its event loop stands still."""


@asynccontextmanager
async def shown_ready(path: Path | None, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Touch ``path`` every second while ``is_ready``; remove it when not, and at the end.

    Args:
        path: the file, in a directory that exists; ``None`` shows nothing.
        is_ready: asked every second; must not block.

    Raises:
        UsageError: the file cannot be written.
    """
    if path is None:
        yield
        return
    _show(path, ready=is_ready())
    task = asyncio.create_task(_keep_shown(path, is_ready), name=f"ready:{path}")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        _show(path, ready=False)


async def _keep_shown(path: Path, is_ready: Callable[[], bool]) -> None:
    while True:
        await asyncio.sleep(REFRESH_S)
        _show(path, ready=is_ready())


def _show(path: Path, *, ready: bool) -> None:
    try:
        if ready:
            path.touch()
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot write the ready file {path} ({error.strerror}): name one in a directory that"
            " exists and can be written"
        ) from error
