"""``lead-router dev``: as a person calls it, with real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from router.cli.commands.setup.doctor import _development_broker
from router.cli.main import main
from router.devbroker.at_hand import BOOTSTRAP_VARIABLE
from router.devbroker.java_runtime import find_java
from router.devbroker.maven import KAFKA_VERSION
from router.devbroker.processes import command_line
from router.kafka.client.ports import free_port
from router.kafka.client.readiness import answers_metadata

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(find_java() is None, reason="this machine has no Java"),
]


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """Runs ``lead-router dev`` with a state directory of its own; what it started is ended."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "router.cli", "dev", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    yield start
    start("down", "--wipe").communicate(timeout=60)


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=90)
    return process.returncode, output, errors


def test_up_status_down_tell_what_they_found(dev, tmp_path):
    port = free_port()
    code, output, _ = outcome(dev("up", "--port", str(port), "--json"))
    broker = json.loads(output)
    assert code == 0
    assert broker["started"] is True
    assert broker["bootstrap_servers"] == f"127.0.0.1:{port}"
    assert broker["directory"].startswith(str(tmp_path))
    assert broker["kafka_version"] == KAFKA_VERSION
    assert f"/kafka-{KAFKA_VERSION}/" in command_line(broker["pid"])
    assert answers_metadata(broker["bootstrap_servers"])

    again = json.loads(outcome(dev("up", "--json"))[1])
    assert (again["started"], again["pid"]) == (False, broker["pid"])
    status = json.loads(outcome(dev("status", "--json"))[1])
    assert (status["answers"], status["pid"]) == (True, broker["pid"])
    assert status["kafka_version"] == KAFKA_VERSION
    code, _, errors = outcome(dev("up", "--port", str(port + 1)))
    assert code == 2
    assert "dev down" in errors

    assert json.loads(outcome(dev("down", "--json"))[1]) == {"stopped": True, "wiped": False}
    assert command_line(broker["pid"]) == ""
    code, _, errors = outcome(dev("status"))
    assert code == 1
    assert "lead-router dev up" in errors

    back = json.loads(outcome(dev("up", "--json"))[1])
    assert back["bootstrap_servers"] == broker["bootstrap_servers"]


def test_a_broker_that_an_older_program_started_is_known_with_its_version(dev, tmp_path):
    port = str(free_port())
    outcome(dev("up", "--port", port))
    record = tmp_path / "lead-router" / "kafka" / "broker.json"
    fields = json.loads(record.read_text())
    record.write_text(json.dumps(fields | {"kafka_version": "4.0.2"}))
    assert json.loads(outcome(dev("up", "--json"))[1])["pid"] == fields["pid"]
    assert "Apache Kafka 4.0.2 is at hand" in outcome(dev("status"))[1]


def test_another_terminal_finds_the_broker_that_up_has_started(dev, monkeypatch, capsys):
    port = str(free_port())
    told = outcome(dev("up", "--port", port))[1]
    assert "export" not in told
    monkeypatch.setenv(BOOTSTRAP_VARIABLE, "")  # so that it is unset again afterwards
    with pytest.raises(SystemExit) as ended:
        main(["topics", "diff"])
    captured = capsys.readouterr()
    assert ended.value.code == 1
    assert "lead-router.leads" in captured.out
    assert "answer" not in captured.err


def test_who_has_set_another_broker_in_a_file_is_told_how_to_use_this_one(
    dev, monkeypatch, tmp_path
):
    port, config = str(free_port()), tmp_path / "router.toml"
    config.write_text('[kafka]\nbootstrap_servers = "127.0.0.1:1"\n')
    monkeypatch.setenv("LEAD_ROUTER_CONFIG", str(config))
    told = outcome(dev("up", "--port", port))[1]
    assert "other commands look for a broker at 127.0.0.1:1" in told
    assert f"next: export LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS=127.0.0.1:{port}" in told


def test_who_has_set_the_address_of_the_development_broker_can_still_stop_and_start_it(
    dev, monkeypatch
):
    port = str(free_port())
    outcome(dev("up", "--port", port))
    monkeypatch.setenv(BOOTSTRAP_VARIABLE, f"127.0.0.1:{port}")
    assert json.loads(outcome(dev("down", "--json"))[1])["stopped"] is True
    told = outcome(dev("up"))[1]
    assert f"Apache Kafka {KAFKA_VERSION} is started at 127.0.0.1:{port}" in told
    assert "next: lead-router topics apply" in told


def test_doctor_says_which_development_broker_runs_and_how_to_use_it(dev, monkeypatch):
    port = str(free_port())
    outcome(dev("up", "--port", port))
    runs = f"Apache Kafka {KAFKA_VERSION} runs at 127.0.0.1:{port}"
    use = f"export LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS=127.0.0.1:{port}"
    assert _development_broker() == f"{runs}; to use it: {use}"
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", f"127.0.0.1:{port}")
    assert _development_broker() == runs
    outcome(dev("down"))
    assert _development_broker() == "none runs"


def test_records_that_this_kafka_cannot_read_are_told_with_what_to_do(dev, tmp_path):
    storage = tmp_path / "lead-router" / "kafka" / "logs"
    storage.mkdir(parents=True)
    (storage / "meta.properties").write_text("version=99\n")
    code, _, errors = outcome(dev("up", "--port", str(free_port())))
    assert code == 1
    assert str(storage / "meta.properties") in errors
    assert "dev down --wipe" in errors
    assert "--port" not in errors


def test_two_at_once_start_one_broker(dev):
    port = str(free_port())
    both = [dev("up", "--port", port, "--json") for _ in range(2)]
    found = [json.loads(outcome(process)[1]) for process in both]
    assert sorted(each["started"] for each in found) == [False, True]
    assert found[0]["pid"] == found[1]["pid"]


def test_ctrl_c_during_up_leaves_nothing_running(dev, tmp_path):
    process = dev("up", "--port", str(free_port()))
    record = tmp_path / "lead-router" / "kafka" / "broker.json"
    deadline = time.monotonic() + 60
    while not record.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    pid = json.loads(record.read_text())["pid"]
    process.send_signal(signal.SIGINT)
    assert outcome(process)[0] == 130
    assert command_line(pid) == ""


def test_down_never_ends_a_process_that_is_not_its_broker(dev, tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        directory = tmp_path / "lead-router" / "kafka"
        directory.mkdir(parents=True)
        record = {"engine": "java", "port": 9092, "pid": stranger.pid}
        (directory / "broker.json").write_text(json.dumps(record))
        assert json.loads(outcome(dev("down", "--json"))[1])["stopped"] is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_port_that_is_taken_is_refused(dev):
    import socket  # noqa: PLC0415 - only this test takes a port

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, errors = outcome(dev("up", "--port", str(taken.getsockname()[1])))
    assert code == 2
    assert "is taken" in errors


def test_a_broker_that_is_set_is_left_alone(dev, monkeypatch, tmp_path):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    code, output, errors = outcome(dev("up", "--json"))
    assert code == 1
    assert json.loads(output) == {
        "bootstrap_servers": "127.0.0.1:1",
        "engine": "configured",
        "answers": False,
        "started": False,
    }
    assert "does not answer" in errors
    assert "unset LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS" in errors
    assert not Path(tmp_path, "lead-router", "kafka", "broker.json").exists()
    code, _, errors = outcome(dev("status"))
    assert code == 1
    assert "does not answer" in errors
    assert "Traceback" not in errors
    assert os.environ["LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS"] == "127.0.0.1:1"
