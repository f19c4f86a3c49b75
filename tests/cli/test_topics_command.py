"""``lead-router topics``, on the real broker."""

import asyncio
import json

import pytest
from aiokafka.admin import NewPartitions

from router.cli.main import main
from router.kafka.client.clients import Clients
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import topics_of
from router.kafka.topics.topic_specs import topic_specs


@pytest.fixture
def run(settings, monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", settings.topics.prefix)
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", settings.kafka.bootstrap_servers)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return ended.value.code, capsys.readouterr().out

    return run


@pytest.mark.kafka
def test_apply_says_what_it_did_and_diff_agrees(run, settings):
    names = [spec.name for spec in topic_specs(settings)]
    code, output = run("topics", "diff", "--json")
    assert code == 1
    assert [each["topic"] for each in json.loads(output)] == names
    code, output = run("topics", "apply")
    assert code == 0
    assert [line.removeprefix("created ") for line in output.splitlines()] == names
    assert run("topics", "diff") == (0, "every topic is as it should be\n")
    code, output = run("topics", "apply", "--json")
    assert (code, json.loads(output)) == (0, {"created": [], "corrected": [], "left": []})


@pytest.mark.kafka
def test_what_apply_leaves_is_told_with_the_next_step(run, settings, monkeypatch):
    assert run("topics", "apply")[0] == 0
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__INBOX_PARTITIONS", "6")
    code, output = run("topics", "apply")
    assert code == 1
    assert topics_of(settings).inbox in output
    assert "next: set the partition count it has" in output


@pytest.fixture
async def grow(settings):
    admin, clients = Clients(settings.kafka).admin(), Clients(settings.kafka)
    await admin.start()

    async def grow(**counts: int) -> None:
        names = {getattr(topics_of(settings), name): count for name, count in counts.items()}
        asked = {name: NewPartitions(count) for name, count in names.items()}
        await admin.create_partitions(asked)
        for _ in range(300):  # brokers hear of it a little later
            shapes = await read_shapes(clients, names)
            if {name: shape.partition_count for name, shape in shapes.items()} == names:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{names} is not to be seen")

    yield grow
    await admin.close()


@pytest.mark.kafka
async def test_added_partitions_are_told_and_are_no_fault(run, topics_ready, grow):
    topics = topics_of(topics_ready)
    await grow(leads=6, owners=7, inbox=5)
    code, output = await asyncio.to_thread(run, "topics", "diff", "--json")
    assert code == 1
    assert {each["topic"]: (each["aspect"], each["found"]) for each in json.loads(output)} == {
        topics.leads: ("partitions added", "6"),
        topics.owners: ("partitions added", "7"),
        topics.inbox: ("partitions added", "5"),
    }
    code, output = await asyncio.to_thread(run, "topics", "apply")
    assert code == 0, "a job that applies before each start must not fail for good"
    assert "next: none is needed where partitions were added" in output
    await grow(activity=8)
    assert (await asyncio.to_thread(run, "topics", "apply"))[0] == 1, "it is counted by partition"
