"""The router as a process of its own, which ends with the command that started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from router.devbroker import broker_guard
from router.devbroker.guarded_broker import last_line
from router.errors import LeadRouterError

_STOP_TIMEOUT_S = 15.0
_POLL_S = 0.05


class RouterProcess:
    """``lead-router run`` under the same guard as a broker of ours; its settings are ours."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "router.cli", "run", *arguments]
        self._directory = Path(tempfile.mkdtemp(prefix="lead-router-run-"))
        self._guard: subprocess.Popen[str] | None = None
        self.pid = 0

    def __enter__(self) -> Self:
        guarded = {
            "start": self._command,
            "kill": [],
            "remove": [],
            "directory": str(self._directory),
        }
        self._guard = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-I", "-S", broker_guard.__file__, json.dumps(guarded)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.pid = int(self._ask("start").removeprefix("started "))
        return self

    def __exit__(self, *_: object) -> None:
        """End it in good order, or after a while by force; nothing of it is left."""
        try:
            self._stop()
        finally:
            if self._guard is not None:
                self._guard.communicate()

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            LeadRouterError: it has ended; its last words are in the message.
        """
        if not self._is_running:
            raise LeadRouterError(f"the router has ended: {last_line(self.log)}")

    @property
    def log(self) -> str:
        """What it has written so far."""
        path = self._directory / "broker.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def _is_running(self) -> bool:
        return self._ask("poll") == "running"

    def _stop(self) -> None:
        if not self.pid or not self._is_running:
            return
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        while self._is_running and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    def _ask(self, command: str) -> str:
        guard = self._guard
        if guard is None or guard.stdin is None or guard.stdout is None or guard.poll() is not None:
            return "gone"
        guard.stdin.write(f"{command}\n")
        guard.stdin.flush()
        return guard.stdout.readline().strip()
