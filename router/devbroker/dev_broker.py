"""The development broker that ``lead-router dev up`` leaves running and ``dev down`` ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from router.devbroker import docker_broker, java_broker
from router.devbroker.broker_config import lone_node
from router.devbroker.guarded_broker import START_TIMEOUT_S, start_failure
from router.devbroker.maven import KAFKA_VERSION, Report
from router.devbroker.places import locked, make_directory, state_directory
from router.devbroker.processes import command_line
from router.errors import LeadRouterError, UsageError
from router.kafka.client.ports import free_port, is_free
from router.kafka.client.readiness import answers_metadata, wait_until_ready

DEFAULT_PORT = 9092
_STOP_TIMEOUT_S = 15.0
_PROJECT = "lead-router-dev"


class Engine(StrEnum):
    """What runs the broker."""

    JAVA = "java"
    DOCKER = "docker"


@dataclass(frozen=True, slots=True)
class DevBroker:
    """The broker as it was last started; ``pid`` is 0 under Docker."""

    engine: Engine
    port: int
    pid: int
    kafka_version: str = KAFKA_VERSION

    @property
    def bootstrap_servers(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"


def directory() -> Path:
    """Where its configuration, records and log are."""
    return state_directory() / "kafka"


def running() -> DevBroker | None:
    """The development broker, if it runs."""
    broker = _recorded()
    return broker if broker is not None and _is_running(broker) else None


def last_address() -> str | None:
    """Return where the development broker listened last, whether or not it runs now."""
    broker = _recorded()
    return broker.bootstrap_servers if broker is not None else None


def up(port: int | None, report: Report) -> tuple[DevBroker, bool]:
    """Have the development broker run; says whether this call started it.

    Two at once start one: the second waits and finds it.

    Raises:
        LeadRouterError: it did not come up.
        UsageError: it runs on another port.
    """
    make_directory(directory())
    with locked(state_directory() / "kafka.lock"):
        broker = running()
        if broker is None:
            return _start(port, report), True
        if port not in {None, broker.port}:
            raise UsageError(
                f"the development broker runs on port {broker.port}: use it, or run"
                " `lead-router dev down` first"
            )
        _require_ready(broker)
        return broker, False


def down(*, wipe: bool = False) -> DevBroker | None:
    """End the development broker, and no other process; ``None`` if it did not run.

    Args:
        wipe: also delete all that it has stored.

    Raises:
        LeadRouterError: it could not be ended.
    """
    with locked(state_directory() / "kafka.lock"):
        broker = running()
        if broker is not None:
            _stop(broker)
        if wipe:
            _wipe()
        return broker


def _recorded() -> DevBroker | None:
    try:
        fields = json.loads(_record_file().read_text(encoding="utf-8"))
        return DevBroker(
            Engine(fields["engine"]),
            int(fields["port"]),
            int(fields["pid"]),
            str(fields.get("kafka_version", "4.1.1")),  # the only one before it was recorded
        )
    except (FileNotFoundError, ValueError, KeyError):
        return None  # never started, or killed while writing: then it was not yet running


def _record(broker: DevBroker) -> None:
    fresh = _record_file().with_suffix(".new")
    fresh.write_text(json.dumps(asdict(broker)), encoding="utf-8")
    fresh.replace(_record_file())


def _record_file() -> Path:
    return directory() / "broker.json"


def _project(port: int) -> docker_broker.ComposeProject:
    return docker_broker.ComposeProject(_PROJECT, directory(), port)


def _is_running(broker: DevBroker) -> bool:
    if broker.engine is Engine.DOCKER:
        return docker_broker.docker_answers() and _project(broker.port).is_running()
    return _is_ours(broker.pid)


def _is_ours(pid: int) -> bool:
    """A process id is reused one day: only our configuration file's path proves a broker ours."""
    return str(directory() / "server.properties") in command_line(pid)


def _choose_port(port: int | None) -> int:
    if port is not None:
        if not is_free(port):
            raise UsageError(f"port {port} is taken: choose another --port, or none")
        return port
    previous = _recorded()
    preferred = previous.port if previous is not None else DEFAULT_PORT
    return preferred if is_free(preferred) else free_port()


def _start(port: int | None, report: Report) -> DevBroker:
    chosen = _choose_port(port)
    if docker_broker.docker_answers():
        return _start_docker(chosen, report)
    return _start_java(chosen, report)


def _start_docker(port: int, report: Report) -> DevBroker:
    project = _project(port)
    project.write()
    report(f"starting {docker_broker.IMAGE}")
    project.run("up", "--detach")
    broker = DevBroker(Engine.DOCKER, port, 0)
    _record(broker)
    _require_ready(broker)
    return broker


def _start_java(port: int, report: Report) -> DevBroker:
    prepared = java_broker.prepare(directory(), lone_node(port), report)
    report(f"starting Apache Kafka {KAFKA_VERSION}")
    with prepared.log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            prepared.start_command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it outlives this command, and Ctrl-C in its terminal
        )
    broker = DevBroker(Engine.JAVA, port, process.pid)
    try:
        _record(broker)
        ready = wait_until_ready(
            broker.bootstrap_servers,
            timeout_s=START_TIMEOUT_S,
            died=lambda: process.poll() is not None,
        )
    except BaseException:
        process.kill()
        process.wait()
        raise
    if not ready:
        process.kill()
        process.wait()
        raise start_failure(
            broker.bootstrap_servers,
            prepared.log_file,
            next_step=f"see {prepared.log_file}, or delete what it has stored with"
            " `lead-router dev down --wipe` and start anew",
        )
    return broker


def _require_ready(broker: DevBroker) -> None:
    if not wait_until_ready(
        broker.bootstrap_servers, timeout_s=START_TIMEOUT_S, died=lambda: not _is_running(broker)
    ):
        raise LeadRouterError(
            f"the development broker runs and does not answer on {broker.bootstrap_servers}: run"
            " `lead-router dev down`, then `lead-router dev up`"
        )


def _stop(broker: DevBroker) -> None:
    if broker.engine is Engine.DOCKER:
        _project(broker.port).run("stop")
        return
    if not _ended_by(broker.pid, signal.SIGTERM) and not _ended_by(broker.pid, signal.SIGKILL):
        raise LeadRouterError(
            f"the development broker, process {broker.pid}, does not end: end it by hand"
        )


def _ended_by(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while _is_ours(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _is_ours(pid)


def _wipe() -> None:
    broker = _recorded()
    if broker is not None and broker.engine is Engine.DOCKER:
        _project(broker.port).run("down", "--volumes")
    shutil.rmtree(directory(), ignore_errors=True)


def answers(broker: DevBroker) -> bool:
    """Whether it answers a metadata request now."""
    return answers_metadata(broker.bootstrap_servers)
