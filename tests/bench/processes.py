"""Processes under measurement: started in a group of their own, watched, and always ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
STOP_TIMEOUT_S = 15.0
REPOSITORY = Path(__file__).resolve().parents[2]


class FellShortError(RuntimeError):
    """A measurement could not be made; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A running process and the group it leads."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def check_running(self) -> None:
        """Raise :class:`FellShortError` with the end of the log if the process has ended."""
        if self.process.returncode is None:
            return
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        raise FellShortError(
            f"{self.name} ended with code {self.process.returncode}; {self.log} ends with:\n"
            + "\n".join(lines)
        )

    def cpu_s(self) -> float:
        """CPU seconds, user and system, of all processes of the group so far."""
        return sum(cpu_s(pid) for pid in group_pids(self.process.pid))

    def peak_memory_mb(self) -> float:
        """The largest resident size that the processes of the group ever had, added up."""
        return sum(_peak_memory_mb(pid) for pid in group_pids(self.process.pid))


def cpu_s(pid: int) -> float:
    """CPU seconds of one process so far; 0 if it is gone."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S if fields else 0.0


def group_pids(group: int) -> list[int]:
    """The processes of a process group."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[2]) == group]


def _stat(pid: int) -> list[str]:
    """``/proc/PID/stat`` from the state on (field 3 of proc(5) stands first)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _peak_memory_mb(pid: int) -> float:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


@contextlib.asynccontextmanager
async def started(
    name: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] = {}
) -> AsyncIterator[Worker]:
    """Run ``command`` from the repository's root; it is ended however the block is left."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            start_new_session=True,  # the terminal's Ctrl-C reaches only us, and we end the group
        )
    try:
        yield Worker(name, process, log)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    try:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def python_module(module: str, *arguments: str | int) -> list[str]:
    """The command that runs a module of this package with this interpreter."""
    return [sys.executable, "-m", module, *map(str, arguments)]
