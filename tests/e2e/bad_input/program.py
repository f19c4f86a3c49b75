"""The program as people run it: commands that end, and a router that does not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from router.settings import Settings

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
COMMAND_WITHIN_S = 60.0
_POLL_S = 0.05
_FRESH_S = 3.0
_PROGRAM = (sys.executable, "-m", "router.cli")


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment of a process for these settings; nothing else of ours is in it."""
    own = {
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": str(settings.kafka.session_timeout_ms),
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "NO_COLOR": "1",
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
    return {**kept, **own, **more}


def command(env: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*_PROGRAM, *map(str, words)],
        env=env,
        capture_output=True,
        text=True,
        timeout=COMMAND_WITHIN_S,
        check=False,
    )


async def must(env: dict[str, str], *words: object) -> str:
    """Run a command that must succeed, beside what goes on here; returns what it wrote."""
    done = await asyncio.to_thread(command, env, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class RunningRouter:
    """``lead-router run`` for the time of an ``async with`` block; killed if it will not stop."""

    def __init__(self, env: dict[str, str], folder: Path, *arguments: str, name: str = "router"):
        self.arguments = arguments
        self._env = env
        self._ready_file = folder / f"{name}.ready"
        self._log_file = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self._log_file.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *_PROGRAM,
                *("run", f"--ready-file={self._ready_file}", *self.arguments),
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.is_running:
            self.process.kill()
            await self.process.wait()

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def output(self) -> str:
        """All that it has written, to standard output and standard error."""
        return self._log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def is_ready(self) -> bool:
        """Whether all its partitions are open, by its own word, a moment ago."""
        with contextlib.suppress(OSError):
            return time.time() - self._ready_file.stat().st_mtime < _FRESH_S
        return False

    async def ready(self) -> None:
        """Wait until all partitions are open."""
        await self.until(lambda: self.is_ready, "get ready")

    async def until(self, condition, what: str) -> None:
        """Wait for something that the running process is to bring about."""
        deadline_s = time.monotonic() + READY_WITHIN_S
        while not condition():
            assert self.is_running, f"it ended and did not {what}:\n{self.output}"
            assert time.monotonic() < deadline_s, f"it did not {what}:\n{self.output}"
            await asyncio.sleep(_POLL_S)

    async def stop(self) -> int:
        """End it by SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), STOP_WITHIN_S)
