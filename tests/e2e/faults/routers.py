"""Real router processes: started, struck, and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from aiohttp import ClientError, ClientSession

from router.kafka.client.ports import free_port
from tests.e2e.faults.endings import Ending
from tests.e2e.faults.plan import Kind

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
_POLL_S = 0.05
_FRESH_S = 3.0
RESTART_AFTER_S = 0.2

ROUTER = (sys.executable, "-m", "router.cli")
"""The program as it is."""
SABOTAGED = (sys.executable, "-m", "tests.e2e.sabotage")
"""The program with what ``SABOTAGE`` in its environment says taken out."""
ROOT = Path(__file__).parents[3]


class Router:
    """One process of ``lead-router run``. Its log and ready file lie in ``directory``."""

    def __init__(
        self, name: str, directory: Path, env: Mapping[str, str], program: Sequence[str] = ROUTER
    ) -> None:
        """Not started yet."""
        self.name = name
        self.env = dict(env)
        self.program = tuple(program)
        self.log_file = directory / f"{name}.log"
        self.ready_file = directory / f"{name}.ready"
        self.metrics_url = ""
        self._process: asyncio.subprocess.Process | None = None
        self._started_s = 0.0
        self._log_begin = 0
        self._struck_by: set[Kind] = set()

    async def start(self, *struck_by: Kind) -> None:
        """Start it; the log is continued. ``struck_by`` are faults that last already."""
        self.ready_file.unlink(missing_ok=True)
        self._started_s = time.time()
        self._struck_by = set(struck_by)
        port = free_port()
        self.metrics_url = f"http://127.0.0.1:{port}/metrics"
        with self.log_file.open("ab") as log:
            self._log_begin = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self.program,
                "run",
                "--roles=intake,route",
                f"--ready-file={self.ready_file}",
                env={**os.environ, **self.env, "LEAD_ROUTER_TELEMETRY__PORT": str(port)},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def is_ready(self) -> bool:
        """Whether all its partitions are open, by its own word, not long ago."""
        try:
            changed_s = self.ready_file.stat().st_mtime
        except OSError:
            return False
        return self.is_running and changed_s > max(self._started_s, time.time() - _FRESH_S)

    @property
    def is_running(self) -> bool:
        """Whether the process is there, be it stopped."""
        return self._process is not None and self._process.returncode is None

    async def wait_until_ready(self, within_s: float = READY_WITHIN_S) -> bool:
        """Whether it got ready in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.is_ready:
                return True
            await asyncio.sleep(_POLL_S)
        return False

    async def awaits(self) -> str:
        """Return what it says of its readiness."""
        url = self.metrics_url.removesuffix("metrics") + "ready"
        try:
            async with ClientSession() as web, web.get(url) as answer:
                return await answer.text()
        except (ClientError, OSError) as error:
            return f"it does not answer ({type(error).__name__})"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if there is a process to take it."""
        if self._process is not None and self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def strike(self, kind: Kind, *numbers: signal.Signals) -> None:
        """Remember what struck this process, and send it the signals of that."""
        self._struck_by.add(kind)
        for number in numbers:
            self.signal(number)

    def ending(self, code: int | None) -> Ending:
        """How this process ended: with ``code``, after what struck it and what it said."""
        with self.log_file.open("rb") as log:
            log.seek(self._log_begin)
            said = log.read().decode(errors="replace")
        return Ending(self.name, code, frozenset(self._struck_by), said)

    async def ended(self, within_s: float = STOP_WITHIN_S) -> int | None:
        """Its exit code; None if it does not end in time."""
        if self._process is None:
            return 0
        try:
            return await asyncio.wait_for(self._process.wait(), within_s)
        except TimeoutError:
            return None

    async def kill(self) -> None:
        """End it at once, also when it is stopped."""
        self.signal(signal.SIGKILL)
        await self.ended()


async def _must_get_ready(router: Router) -> None:
    if not await router.wait_until_ready():
        raise AssertionError(f"{router.name} did not get ready: see {router.log_file}")


class Crew:
    """Two routers that are always wanted alive: whoever ends is started again."""

    def __init__(self, routers: Sequence[Router]) -> None:
        """Nothing is started yet."""
        self.routers = tuple(routers)
        self.endings: list[Ending] = []
        self._away: set[Kind] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._wanted = True

    async def __aenter__(self) -> Self:
        """Start them and wait until they work."""
        self._tasks = [asyncio.create_task(self._keep(router)) for router in self.routers]
        try:
            await asyncio.gather(*map(_must_get_ready, self.routers))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever still runs is killed."""
        self._wanted = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for router in self.routers:
            await router.kill()

    async def _keep(self, router: Router) -> None:
        while self._wanted:
            await router.start(*self._away)
            self.endings.append(router.ending(await router.ended(within_s=3600)))
            await asyncio.sleep(RESTART_AFTER_S)

    @contextlib.contextmanager
    def without_broker(self, kind: Kind) -> Iterator[None]:
        """Whoever runs in this block, or is started in it, is struck by a broker's absence."""
        for router in self.routers:
            router.strike(kind)
        self._away.add(kind)
        try:
            yield
        finally:
            self._away.remove(kind)

    async def stop(self) -> list[int | None]:
        """End all in good order once they work; their exit codes."""
        for router in self.routers:
            await router.wait_until_ready()
        self._wanted = False
        for router in self.routers:
            router.strike(Kind.TERMINATE, signal.SIGTERM)
        codes = [await router.ended() for router in self.routers]
        await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)  # until these ends are noted too
        return codes
