"""Keeps one broker process no longer than its user: a process of its own between the two.

The user writes commands to standard input, one a line; each is answered by one line. When
standard input ends, because the user closed it or died in whatever way, the guard kills the
broker, deletes its directory, and ends. It is the broker's parent, so the process id that it
kills is never a stranger's. It stands in its own session, so that Ctrl-C in a terminal reaches
the user and not the broker. Standard library only, runs as a file: starting must cost little.

    start     -> started <pid>
    kill      -> killed            SIGKILL, and wait until it is gone
    poll      -> running | ended <exit code> | absent
"""

from __future__ import annotations

import ctypes
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class Guard:
    """One broker: how to start, kill and remove it, and the directory that goes with it.

    ``kill`` and ``remove`` are commands for a broker that is not simply our child process, or
    empty.
    """

    def __init__(
        self, start: list[str], kill: list[str], remove: list[str], directory: str
    ) -> None:
        self._start = start
        self._kill = kill
        self._remove = remove
        self._directory = Path(directory)
        self._broker: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the broker, its output appended to ``broker.log`` in its directory."""
        with (self._directory / "broker.log").open("ab") as log:
            self._broker = subprocess.Popen(  # noqa: S603 - the user's own command, no shell
                self._start,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has no threads
            )
        return f"started {self._broker.pid}"

    def kill(self) -> str:
        """End the broker at once."""
        if self._broker is not None:
            _run(self._kill)
            self._broker.kill()
            self._broker.wait()
        return "killed"

    def poll(self) -> str:
        """Whether the broker runs."""
        if self._broker is None:
            return "absent"
        code = self._broker.poll()
        return "running" if code is None else f"ended {code}"

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        _run(self._remove)
        shutil.rmtree(self._directory, ignore_errors=True)


def _run(command: list[str]) -> None:
    if command:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603 - the user's own command, no shell


def _die_with_parent() -> None:
    """Even when the guard itself is killed, Linux then ends the broker."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Obey standard input until it ends."""
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, lambda *_: sys.exit(0))
    guard = Guard(**json.loads(sys.argv[1]))
    answers = {"start": guard.start, "kill": guard.kill, "poll": guard.poll}
    try:
        for line in sys.stdin:
            print(answers[line.strip()](), flush=True)  # noqa: T201 - the protocol above
    finally:
        guard.close()


if __name__ == "__main__":
    main()
