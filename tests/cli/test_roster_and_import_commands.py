"""``roster``, ``policy publish`` and ``import`` against a real broker."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files

import pytest

from router.cli.commands.setup.roster import _ending
from router.cli.main import main
from router.cli.roster_difference import compare, with_time_off
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.time.timestamps import exact_ms
from router.intake.wire.codec import decode_event
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import latest_by_key
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of

TEMPLATES = files("router.cli") / "templates"


@pytest.fixture
def broker(topics_ready, monkeypatch):
    """Settings of this test's topics, also in the environment for the commands."""
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", topics_ready.kafka.bootstrap_servers)
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", topics_ready.topics.prefix)
    return topics_ready


@pytest.fixture
def program(capsys):
    def run(*arguments):
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exited:
            code = exited.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def held(settings, topic):
    latest = asyncio.run(
        latest_by_key(Clients(settings.kafka), getattr(topics_of(settings), topic))
    )
    return {key: json.loads(value) for key, value in latest.items()}


def records(settings, topic):
    async def read():
        name = getattr(topics_of(settings), topic)
        return [record async for record in read_topic(Clients(settings.kafka), name)]

    return asyncio.run(read())


def admitted(settings, role, record):
    answer = admit(
        role,
        None,
        record.key,
        record.value,
        record.headers,
        record.timestamp,
        IntakeContext.of(settings),
    )
    assert isinstance(answer, Admitted), answer
    return decode_event(answer.value)


def test_roster_apply_publishes_what_differs_and_only_that(broker, program, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text((TEMPLATES / "roster.csv").read_text())
    code, out, _ = program("roster", "apply", path, "--dry-run", "--json")
    assert code == 0
    assert len(json.loads(out)["added"]) == 12
    assert held(broker, "roster") == {}

    code, out, _ = program("roster", "apply", path)
    assert code == 0
    assert "12 reps are published, 0 are as they were" in out
    events = [admitted(broker, "roster", record) for record in records(broker, "roster")]
    assert len(events) == 12
    assert all(event.kind == "rep" for event in events)

    path.write_text(path.read_text().replace("Ann", "Hann").replace("kim,Kim", "kimi,Kim"))
    code, out, err = program("roster", "apply", path, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["added"] == ["kimi"]
    assert found["changed"] == ["anna"]
    assert len(found["unchanged"]) == 10
    assert found["missing"] == ["kim"]
    assert "there is no rep `kim` in this file; did you mean `kimi`?" in err
    assert "kim" in held(broker, "roster")

    code, out, _ = program("roster", "apply", path, "--remove-missing", "--json")
    assert json.loads(out)["removed"] == ["kim"]
    assert "kim" not in held(broker, "roster")
    [removal] = [record for record in records(broker, "roster") if record.value is None]
    assert admitted(broker, "roster", removal).removed is True


def test_an_absence_is_noted_and_outlives_the_next_apply(broker, program, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("rep_id,channels,time_zone\nann,inside,Europe/Berlin\n")
    program("roster", "apply", path)
    code, out, _ = program(
        "roster",
        "away",
        "ann",
        "--from",
        "2026-12-24",
        "--until",
        "2027-01-02",
        "--reason",
        "training",
        "--actor",
        "olga",
    )
    noted = {"from": "2026-12-24", "to": "2027-01-02", "actor": "olga", "reason": "training"}
    assert code == 0
    assert "ann is away 2026-12-24..2027-01-02" in out
    assert held(broker, "roster")["ann"]["time_off"] == [noted]

    code, out, _ = program("roster", "apply", path, "--json")
    assert json.loads(out)["unchanged"] == ["ann"]
    path.write_text("rep_id,channels,time_zone,role\nann,inside,Europe/Berlin,x\n")
    program("roster", "apply", path)
    assert held(broker, "roster")["ann"]["time_off"] == [noted]

    code, out, _ = program("roster", "show", "--json")
    assert [entry["role"] for entry in json.loads(out)] == ["x"]
    code, out, _ = program("roster", "show")
    assert out.endswith("1 rep\n")


def test_an_absence_that_cannot_be_is_refused(broker, program, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("rep_id,channels,time_zone\nann,inside,UTC\n")
    program("roster", "apply", path)
    code, _, err = program("roster", "away", "bob", "--until", "2027-01-02")
    assert (code, "there is no rep bob" in err) == (2, True)
    code, _, err = program("roster", "away", "ann", "--from", "2027-01-03", "--until", "2027-01-02")
    assert (code, "time_off must end after it begins" in err) == (2, True)
    assert "time_off" not in held(broker, "roster")["ann"]


def test_a_roster_with_errors_changes_nothing(broker, program, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("rep_id,channels,time_zone\nann,inside,UTC\nann,field,UTC\n")
    code, _, err = program("roster", "apply", path)
    assert code == 1
    assert "`ann` stands in line 2 already" in err
    assert "is not applied" in err
    assert held(broker, "roster") == {}


def test_publishing_counts_versions_and_refuses_the_same_text(broker, program, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text((TEMPLATES / "policy.yaml").read_text())
    code, out, _ = program("policy", "publish", path, "--json")
    assert code == 0
    assert json.loads(out)["version"] == 1
    code, _, err = program("policy", "publish", path)
    assert code == 1
    assert "version 1 has this very text already" in err
    code, out, _ = program("policy", "publish", path, "--force")
    assert "version 2 for sales org main" in out
    path.write_text(path.read_text().replace("per_day: 2", "per_day: 3"))
    assert json.loads(program("policy", "publish", path, "--json")[1])["version"] == 3

    document = held(broker, "policies")["b2b-software"]
    assert document["source"] == path.read_text()
    event = admitted(broker, "policies", records(broker, "policies")[-1])
    assert event.kind == "policy"
    assert event.policy.version == 3
    assert event.policy.caps["field"].per_day == 3


def test_a_policy_with_errors_is_not_published(broker, program, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("policy: p\npools: {a: {market: emea}}\n")
    code, _, err = program("policy", "publish", path)
    assert code == 1
    assert "market `emea` is not defined" in err
    assert held(broker, "policies") == {}


def test_a_policy_of_another_sales_org_is_not_replaced(broker, program, tmp_path, monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_SALES_ORGS", '["main", "east"]')
    path = tmp_path / "policy.yaml"
    path.write_text("policy: p\npools: {a: {}}\n")
    assert program("policy", "publish", path, "--sales-org", "east")[0] == 0
    code, _, err = program("policy", "publish", path)
    assert (code, "belongs to sales org east" in err) == (1, True)
    code, _, err = program("policy", "publish", path, "--sales-org", "west")
    assert (code, "there is no sales org west" in err) == (2, True)


def test_accounts_are_imported_under_their_ids(broker, program, tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text((TEMPLATES / "accounts.csv").read_text() + "acc-100,Twice,,,,,,,,,\n")
    code, out, err = program("import", "accounts", path)
    assert code == 1
    assert "sent: 5 accounts; 1 bad line left out" in out
    assert "accounts.csv:7:1: error: `acc-100` stands in line 2 already" in err
    assert held(broker, "accounts")["acc-103"]["owner_rep_id"] == "dave"


def test_leads_are_imported_and_bad_lines_told(broker, program, tmp_path):
    path = tmp_path / "leads.csv"
    rows = [f"l{n},someone{n}@example.com,{n}" for n in range(1_500)]
    rows[600] = "l600,x,not a number"
    rows[700] = "undefined,x,5"
    path.write_text("lead_id,email,value\n" + "\n".join(rows) + "\n")
    code, out, err = program("import", "leads", path, "--as", "submitted", "--currency", "EUR")
    assert code == 1
    assert "sent: 1,499 submitted; 1 bad line left out" in out
    assert "leads.csv:702:1: error: lead_id is a placeholder" in err
    assert "leads.csv:602:1: warning: `contact.email` is not understood" in err
    assert "leads.csv:602:1: warning: `expected_value.amount` is not understood" in err
    sent = records(broker, "leads")
    assert len(sent) == 1_499
    assert {record.key for record in sent} == {f"l{n}".encode() for n in range(1_500) if n != 700}
    event = admitted(broker, "leads", sent[0])
    assert event.kind == "lead"
    assert event.event_type == "submitted"
    assert event.facts.lead_source == "import"


def test_a_dry_run_sends_nothing(broker, program, tmp_path):
    path = tmp_path / "leads.jsonl"
    path.write_text((TEMPLATES / "leads.jsonl").read_text())
    code, out, _ = program("import", "leads", path, "--dry-run", "--json")
    assert code == 0
    assert json.loads(out) == {"sent": {}, "good": 10, "bad": 0, "problems": []}
    assert records(broker, "leads") == []


def test_missing_topics_are_told_with_the_next_step(settings, program, tmp_path, monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", settings.kafka.bootstrap_servers)
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", settings.topics.prefix)
    path = tmp_path / "leads.jsonl"
    path.write_text((TEMPLATES / "leads.jsonl").read_text())
    code, _, err = program("import", "leads", path)
    assert code == 1
    assert "lead-router topics apply" in err


def test_a_broker_that_is_not_there_is_told_with_the_next_step(
    unused_tcp_port, program, tmp_path, monkeypatch
):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", f"127.0.0.1:{unused_tcp_port}")
    path = tmp_path / "roster.csv"
    path.write_text("rep_id,channels,time_zone\nann,inside,UTC\n")
    code, _, err = program("roster", "apply", path)
    assert code == 1
    assert "cannot ask about topics" in err
    assert "nobody listens there" in err
    assert "lead-router dev up" in err


def test_a_file_of_an_unknown_kind_is_a_usage_error(program, tmp_path):
    path = tmp_path / "leads.xlsx"
    path.write_bytes(b"PK")
    code, _, err = program("import", "leads", path)
    assert code == 2
    assert "unknown format" in err


def test_reps_of_other_sales_orgs_are_none_of_a_files_business():
    present = {
        "ann": {"rep_id": "ann", "sales_org": "east"},
        "bob": {"rep_id": "bob"},
    }
    found = compare({"cat": {"rep_id": "cat", "sales_org": "main"}}, present, "main", 0)
    assert list(found.missing) == ["bob"]


def at(text):
    return exact_ms(text, "at")


def renewed(entry, applied_at, now):
    wanted = {"rep_id": "ann", "sales_org": "main", **entry}
    present = {"ann": {**wanted, "updated_at": applied_at}}
    return list(compare({"ann": wanted}, present, "main", at(now)).renewed)


def test_an_unchanged_entry_is_renewed_when_its_holidays_reach_further():
    bavaria = {"holidays": ["DE-BY"], "time_zone": "Europe/Berlin"}
    assert renewed(bavaria, "2026-11-30T10:00:00Z", "2026-12-30T10:00:00Z") == []
    assert renewed(bavaria, "2026-11-30T10:00:00Z", "2027-01-01T10:00:00Z") == ["ann"]


def test_an_entry_that_nothing_was_looked_up_for_is_not_renewed():
    tokyo = {"holidays": ["2026-12-24"], "time_zone": "Asia/Tokyo"}
    assert renewed(tokyo, "2026-11-30T10:00:00Z", "2031-01-01T10:00:00Z") == []
    assert renewed({}, "2026-11-30T10:00:00Z", "2031-01-01T10:00:00Z") == []


def test_the_roster_says_so_ninety_days_before_anything_ends():
    entry = {"rep_id": "ann", "holidays": "DE-BY", "updated_at": "2026-11-30T10:00:00Z"}
    rest = {"bob": {"rep_id": "bob", "updated_at": "2026-11-30T10:00:00Z"}}
    told = _ending({"ann": entry, **rest}, at("2028-10-10T00:00:00Z"))
    assert told is not None
    assert "1 rep are known until 2029-01-01 only: apply the roster file again" in told
    assert _ending({"ann": entry, **rest}, at("2028-10-02T00:00:00Z")) is None
    assert _ending(rest, at("2050-01-01T00:00:00Z")) is None


def test_the_same_absence_twice_is_one():
    span = {"from": "2026-12-24", "to": "2027-01-02"}
    once = with_time_off({"rep_id": "a"}, span)
    assert with_time_off(once, span)["time_off"] == [span]
