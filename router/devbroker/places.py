"""Where a development broker keeps its program and its state: never in the repository."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from router.errors import LeadRouterError


def cache_directory() -> Path:
    """What can be downloaded again: ``$XDG_CACHE_HOME/lead-router``."""
    return _home("XDG_CACHE_HOME", ".cache")


def state_directory() -> Path:
    """What must outlive a process: ``$XDG_STATE_HOME/lead-router``."""
    return _home("XDG_STATE_HOME", ".local/state")


def _home(variable: str, default: str) -> Path:
    configured = os.environ.get(variable, "")
    base = Path(configured) if configured.startswith("/") else Path.home() / default
    return base / "lead-router"


def make_directory(path: Path) -> Path:
    """Create ``path`` and its parents, readable by this user only.

    Raises:
        LeadRouterError: it cannot be created or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LeadRouterError(
            f"cannot create {path} ({error.strerror}): set XDG_CACHE_HOME and XDG_STATE_HOME to"
            " directories that can be written"
        ) from error
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``: one process at a time, released even when it is killed."""
    make_directory(path.parent)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
