"""``lead-router topics``, on the real broker."""

import json

import pytest

from router.cli.main import main
from router.kafka.topic_specs import topic_specs
from router.kafka.topics import topics_of


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
