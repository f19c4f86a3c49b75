"""Apache Kafka under Docker Compose, for machines where a Docker engine answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from router.devbroker.broker_config import LONE_BROKER
from router.devbroker.guarded_broker import GuardedBroker, last_line
from router.devbroker.maven import KAFKA_VERSION, Report
from router.errors import LeadRouterError
from router.kafka.client.ports import free_port

IMAGE = f"apache/kafka:{KAFKA_VERSION}"
_ANSWER_TIMEOUT_S = 5
_PULL_TIMEOUT_S = 900


def docker_answers() -> bool:
    """Whether a Docker engine answers and Compose is there."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    engine = [docker, "info", "--format", "{{.ServerVersion}}"]
    return _succeeds(engine) and _succeeds([docker, "compose", "version"])


def _succeeds(command: list[str]) -> bool:
    try:
        answer = subprocess.run(  # noqa: S603 - docker as found on PATH, no shell
            command, capture_output=True, timeout=_ANSWER_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """One broker as a Compose project of its own; its file lies in ``directory``."""

    name: str
    directory: Path
    port: int

    @property
    def file(self) -> Path:
        """The Compose file."""
        return self.directory / "compose.json"

    def command(self, *arguments: str) -> list[str]:
        """``docker compose`` for this project."""
        where = ("--project-name", self.name, "--file", str(self.file))
        return ["docker", "compose", *where, *arguments]

    def write(self) -> None:
        """Write the Compose file; JSON is YAML."""
        self.file.write_text(json.dumps(compose_file(self.port), indent=2), encoding="utf-8")

    def is_running(self) -> bool:
        """Whether its container runs."""
        listed = subprocess.run(  # noqa: S603 - docker as found on PATH, no shell
            self.command("ps", "--services", "--status", "running"),
            capture_output=True,
            text=True,
            timeout=_ANSWER_TIMEOUT_S,
            check=False,
        )
        return "kafka" in listed.stdout.split()

    def run(self, *arguments: str, timeout_s: float = _PULL_TIMEOUT_S) -> None:
        """Run a ``docker compose`` command to its end.

        Raises:
            LeadRouterError: it failed.
        """
        done = subprocess.run(  # noqa: S603 - docker as found on PATH, no shell
            self.command(*arguments), capture_output=True, text=True, timeout=timeout_s, check=False
        )
        if done.returncode != 0:
            raise LeadRouterError(
                f"docker compose {arguments[0]} failed: {last_line(done.stderr)}; see to Docker,"
                " or stop it to use Java, and try again"
            )


def compose_file(port: int) -> dict[str, object]:
    """A Compose file with one broker that listens on ``port`` of the loopback interface."""
    environment = {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_LISTENERS": f"CLIENT://0.0.0.0:{port},CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"CLIENT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "CLIENT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        **{environment_name(key): value for key, value in LONE_BROKER.items()},
    }
    kafka = {
        "image": IMAGE,
        "ports": [f"127.0.0.1:{port}:{port}"],
        "environment": environment,
    }
    return {"services": {"kafka": kafka}}


def environment_name(key: str) -> str:
    """The environment variable by which Kafka's image takes the broker setting ``key``."""
    return "KAFKA_" + key.replace(".", "_").upper()


def start_guarded(port: int | None, report: Report) -> GuardedBroker:
    """Start a broker with fresh state in a Compose project of its own.

    Raises:
        LeadRouterError: it did not come up.
    """
    directory = Path(tempfile.mkdtemp(prefix="lead-router-kafka-"))
    project = ComposeProject(
        directory.name.lower().replace("_", "-"), directory, port or free_port()
    )
    try:
        project.write()
        report(f"pulling {IMAGE}")
        project.run("pull")
        report(f"starting {IMAGE}")
        broker = GuardedBroker(
            f"127.0.0.1:{project.port}",
            directory,
            start_command=project.command("up"),
            kill_command=project.command("kill"),
            remove_command=project.command("down", "--volumes", "--timeout", "1"),
        )
        broker.start()
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return broker
