"""``lead-router demo`` as people run it: a process, with and without Kafka, ended at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

COMMAND = [sys.executable, "-m", "router.cli", "demo"]


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "100"} | environment,
    )


def processes() -> dict[int, int]:
    """Parent by process id of everything that runs."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid="],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=True,
    )
    return {int(pid): int(parent) for pid, parent in map(str.split, listed.stdout.splitlines())}


def descendants(pid: int) -> set[int]:
    parents, found = processes(), {pid}
    while new := {child for child, parent in parents.items() if parent in found} - found:
        found |= new
    return found - {pid}


def assert_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + 10
    while left := {pid for pid in pids if Path(f"/proc/{pid}").exists()}:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.1)


def test_without_kafka_it_needs_nothing_and_adds_up():
    began = time.monotonic()
    process = start("--json")
    output, problem = process.communicate(timeout=60)
    assert process.returncode == 0, problem
    found = json.loads(output)
    assert found["in"] == sum(found["sums"].values()) == 500
    assert time.monotonic() - began < 30  # under 5 on an idle machine


@pytest.mark.kafka
def test_on_kafka_it_reports_who_got_what_and_leaves_nothing_running():
    process = start("--kafka")
    started: set[int] = set()
    deadline = time.monotonic() + 170
    while process.poll() is None and time.monotonic() < deadline:
        started |= descendants(process.pid)
        time.sleep(0.2)
    output, problem = process.communicate(timeout=10)
    assert process.returncode == 0, problem
    said = " ".join(output.split())
    assert "Apache Kafka at 127.0.0.1" in said
    assert "500 in = " in said
    assert "from sending one to reading its committed assignment: p50" in said
    assert "rush-order a customer's rush Ben Zimmer, field account owner" in said
    assert "handed over to" in said
    assert max(map(len, output.splitlines())) <= 100
    assert len(started) >= 2  # a broker and a router at least
    assert_gone(started)


@pytest.mark.kafka
async def test_on_a_broker_of_somebody_else_it_leaves_no_topic_behind(kafka_bootstrap):
    process = start("--kafka", "--json", LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS=kafka_bootstrap)
    output, problem = process.communicate(timeout=120)
    assert process.returncode == 0, problem
    found = json.loads(output)
    assert found["adds_up"] is True
    assert sum(found["sums"].values()) == 500
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    try:
        names = await client.list_topics()
    finally:
        await client.close()
    assert not [name for name in names if name.startswith("lead-router-demo-")]


@pytest.mark.kafka
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("children_min", [1, 3])
def test_ending_it_at_any_moment_leaves_nothing_running(number, children_min):
    """With one child the broker is on its way up; with three the router is there too."""
    process = start("--kafka", "--stay")
    deadline = time.monotonic() + 60
    while len(started := descendants(process.pid)) < children_min:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    _, problem = process.communicate(timeout=60)
    assert process.returncode == 130, problem
    assert_gone(started)


@pytest.mark.kafka
def test_even_killing_it_leaves_nothing_running():
    process = start("--kafka", "--stay")
    deadline = time.monotonic() + 60
    while len(started := descendants(process.pid)) < 4:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=60)
    assert_gone(started)
