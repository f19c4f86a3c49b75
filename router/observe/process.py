"""One process of lead-router as others see it: what it measures, and whether it is ready."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from router.observe.instruments import Reading
from router.observe.loop_delay import loop_watched
from router.observe.meters import Meters
from router.observe.parts import Part, awaited
from router.observe.ready_file import shown_ready
from router.observe.server import served
from router.observe.tracing import Tracing, traced
from router.settings import TelemetrySettings


@dataclass(frozen=True, slots=True)
class _Coming:
    """A part that has not been made yet."""

    name: str
    has_ended = False

    @property
    def awaits(self) -> str:
        return f"{self.name} has not been started yet"


@dataclass(slots=True)
class Process:
    """What the roles of this process share. ``expected`` names the parts that are to come."""

    meters: Meters
    expected: tuple[str, ...]
    tracing: Tracing | None = None
    _added: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """From now on the process is ready only when ``part`` is."""
        self._added.append(part)

    def parts(self) -> list[Part]:
        """All parts, those that are still to come included."""
        present = {part.name for part in self._added}
        coming = [_Coming(name) for name in self.expected if name not in present]
        return [*self._added, *coming]

    @property
    def is_ready(self) -> bool:
        """Whether all its parts are."""
        return awaited(self.parts()) is None

    def readings(self) -> Iterator[Reading]:
        """Which parts are ready now."""
        for part in self.parts():
            yield self.meters.process.ready, (part.name,), float(part.awaits is None)


@asynccontextmanager
async def opened_process(
    settings: TelemetrySettings,
    expected: Sequence[str],
    build: Sequence[str],
    ready_file: Path | None = None,
) -> AsyncIterator[Process]:
    """Serve metrics, health and readiness, and send traces, for the time of the block.

    Args:
        settings: where; nothing is served and sent without.
        expected: names of the parts that the caller will add.
        build: version, form of the core, version of the core.
        ready_file: see :func:`router.observe.ready_file.shown_ready`.

    Raises:
        LeadRouterError: the port cannot be had.
        UsageError: the file cannot be written.
    """
    process = Process(Meters(), tuple(expected))
    process.meters.process.build.set(1, *build)
    process.meters.watch(process.readings)
    async with AsyncExitStack() as stack:
        # First in, last out: it answers while the roles start, restore and stop.
        await stack.enter_async_context(served(settings, process.meters, process.parts))
        await stack.enter_async_context(loop_watched(process.meters))
        process.tracing = await stack.enter_async_context(traced(settings, process.meters))
        await stack.enter_async_context(shown_ready(ready_file, lambda: process.is_ready))
        yield process
