"""A broker that ends with the process that started it, however that process ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from router.devbroker import broker_guard
from router.errors import LeadRouterError
from router.kafka.client.readiness import wait_until_ready

START_TIMEOUT_S = 60.0


def last_line(text: str) -> str:
    """The last line that says something, short enough for one line of error."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "it said nothing"


_PORT_TAKEN = "Address already in use"


def start_failure(
    bootstrap_servers: str, log_file: Path, *, next_step: str = "run `lead-router doctor`"
) -> LeadRouterError:
    """Return the error that says why a broker did not come up, as far as its log tells.

    A cause is told rather than what failed for it: "Can't read version 4 of BrokerEndpoint", and
    not "Got exception while starting SharedServer".
    """
    log = log_file.read_text(encoding="utf-8", errors="replace") if log_file.exists() else ""
    lines = log.splitlines()
    taken = [line for line in lines if _PORT_TAKEN in line]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    errors = [line for line in lines if "ERROR" in line or "Exception" in line]
    reason = (taken or causes[-1:] or errors or [log])[0]
    return LeadRouterError(
        f"Apache Kafka did not start on {bootstrap_servers}: {last_line(reason)};"
        f" {'try another --port' if taken else next_step}"
    )


class GuardedBroker:
    """A broker whose guard process ends it, and removes ``directory``, when we are gone."""

    def __init__(
        self,
        bootstrap_servers: str,
        directory: Path,
        *,
        start_command: list[str],
        kill_command: list[str] | None = None,
        remove_command: list[str] | None = None,
    ) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.directory = directory
        self.pid: int | None = None
        broker = {
            "start": start_command,
            "kill": kill_command or [],
            "remove": remove_command or [],
            "directory": str(directory),
        }
        self._guard = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-I", "-S", broker_guard.__file__, json.dumps(broker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(self) -> None:
        """Start it and wait until it answers; on failure nothing of it is left.

        Raises:
            LeadRouterError: it did not come up.
        """
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        self.pid = int(self._ask("start").removeprefix("started "))
        ready = wait_until_ready(
            self.bootstrap_servers, timeout_s=START_TIMEOUT_S, died=lambda: not self.is_running
        )
        if not ready:
            raise start_failure(self.bootstrap_servers, self.directory / "broker.log")

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._ask("poll") == "running"

    def kill(self) -> None:
        """End it at once with SIGKILL; what it has stored stays for ``restart``."""
        self._ask("kill")

    def restart(self) -> None:
        """Kill it if it runs, then start it on the same port with what it had stored."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End it and remove its state; again does nothing."""
        if self._guard.returncode is None:
            self._guard.communicate()

    def _ask(self, command: str) -> str:
        """Put one command to the guard.

        Raises:
            LeadRouterError: the guard, and so the broker, is gone.
        """
        stdin, stdout = self._guard.stdin, self._guard.stdout
        if stdin is None or stdout is None or self._guard.poll() is not None:
            raise LeadRouterError(f"the broker at {self.bootstrap_servers} has ended: start again")
        stdin.write(f"{command}\n")
        stdin.flush()
        return stdout.readline().strip()
