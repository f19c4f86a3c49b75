"""What operators look at and do, against a real broker and a router process."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import time
from subprocess import PIPE, Popen

import pytest
from aiokafka.admin import RecordsToDelete

from router.cli.main import main
from router.cli.output.watch_lines import Columns
from router.cli.router_process import RouterProcess
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import log_spans
from router.kafka.topics.topic_names import Topics
from router.settings import KafkaSettings

pytestmark = pytest.mark.kafka

POLICY = """
policy: team
currency: EUR
pools:
  inside: {channel: inside, members: {role: inside_rep}, match: [language]}
hours: {inside: {on_duty: daily 00:00-24:00}}
"""
ROSTER = """rep_id,name,channels,role,languages,time_zone
ann,Ann Ash,inside,inside_rep,en;de,UTC
ben,Ben Birk,inside,inside_rep,en,UTC
cho,Cho Cedar,inside,inside_rep,en,UTC
"""
NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def lead(lead_id: str, **more) -> str:
    event = {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": NOW,
        "expected_value": {"amount": 5_000, "currency": "EUR"},
        **more,
    }
    return json.dumps(event)


LEADS = (
    lead("first"),
    lead("german", contact={"language": "de", "email": "jo@firm.example"}),
    lead("trial", test=True),
    lead("second"),
    '{"event_id":"x","lead_id":"broken","contact":{"email":"secret@firm.example"}}',
)


class Program:
    """Runs commands in this process, with the settings of the module's own topics."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            out, err = io.StringIO(), io.StringIO()
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = 0
            try:
                main(arguments)
            except SystemExit as ended:
                code = ended.code or 0
        return code, out.getvalue(), err.getvalue()

    def json(self, *arguments: str):
        code, output, problem = self(*arguments, "--json")
        assert code == 0, problem
        return json.loads(output)

    def until(self, is_so, *arguments: str):
        deadline = time.monotonic() + 90
        while not is_so(found := self.json(*arguments)):
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        return found


@pytest.fixture(scope="module")
def program(kafka_bootstrap, tmp_path_factory):
    """A running router with a policy, three reps, and the leads above decided."""
    directory = tmp_path_factory.mktemp("team")
    for name, text in (("policy.yaml", POLICY), ("roster.csv", ROSTER)):
        (directory / name).write_text(text)
    (directory / "leads.jsonl").write_text("\n".join(LEADS) + "\n")
    run = Program(
        {
            "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": kafka_bootstrap,
            "LEAD_ROUTER_TOPICS__PREFIX": f"test-cli-{os.getpid()}-{time.time_ns()}.",
            "COLUMNS": "100",
        }
    )
    assert run("topics", "apply")[0] == 0
    assert run("roster", "apply", str(directory / "roster.csv"))[0] == 0
    assert run("policy", "publish", str(directory / "policy.yaml"))[0] == 0
    with pytest.MonkeyPatch.context() as patch:
        for name, value in run.environment.items():
            patch.setenv(name, value)
        with RouterProcess() as router:
            run.until(lambda found: len(found["groups"]) == 3, "status")
            # Three reps and a policy, by topics of their own.
            run.until(lambda found: found["last_minute"]["routing.inbox"] >= 4, "status")
            code, output, _ = run("emit", str(directory / "leads.jsonl"))
            assert (code, output.startswith("sent 5 records")) == (0, True)
            run.until(lambda found: sum(found["outcomes"].values()) == 3, "status")
            yield run
            router.check()


def test_explain_tells_who_why_and_with_which_numbers(program):
    code, output, _ = program("explain", "german")
    said = " ".join(output.split())
    assert code == 0
    assert "assigned to Ann Ash (ann), inside sales, pool inside" in said
    assert (
        "3 reps, of whom 1 could have it 2 do not speak the language: Ben Birk, Cho Cedar" in said
    )
    assert "worth EUR 5,000, as given" in said


def test_explain_for_programs_names_the_excluded(program):
    (decision,) = program.json("explain", "german")["decisions"]
    assert decision["excluded_reps"] == {"language": ["ben", "cho"]}
    assert decision["event"]["rep_id"] == "ann"


def test_a_trial_can_be_explained(program):
    assert "nothing was changed" in " ".join(program("explain", "trial")[1].split())


def test_a_lead_that_is_not_known_says_where_to_look(program):
    code, _, problem = program("explain", "nobody")
    assert code == 1
    assert "nothing was decided about lead nobody" in problem
    assert "dead-letters list" in program("explain", "broken")[2]


def test_why_not_gives_the_reason_by_name(program):
    code, output, _ = program("why-not", "ben", "german")
    assert code == 0
    assert "Ben Birk (ben) does not speak the language" in output
    assert program("why-not", "zoe", "german")[0] == 2


def test_watch_shows_the_last_ones_in_lines_that_fit(program):
    code, output, _ = program("watch", "--last", "3", "--no-follow")
    lines = output.splitlines()
    assert code == 0
    assert len(lines) == 4
    assert "Ann Ash" in output
    assert max(map(len, lines)) <= 100


def test_check_says_that_all_roles_run(program):
    assert program("status", "--check")[0] == 0


def test_a_rep_may_be_named_by_their_name(program):
    assert "Ben Birk (ben) does not speak" in program("why-not", "Ben Birk", "german")[1]
    assert "Ben Birk (ben) does not speak" in program("why-not", "birk", "german")[1]
    _, events, _ = program("watch", "--last", "9", "--no-follow", "--rep", "Ann Ash", "--json")
    assert {json.loads(line)["rep_id"] for line in events.splitlines()} == {"ann"}


def test_feedback_says_what_the_router_made_of_it(program):
    (decision,) = program.json("explain", "second")["decisions"]
    owner = decision["event"]["rep_id"]
    said = program.json("feedback", "second", "accepted", "--rep", owner)
    assert (said["decisions"], said["ignored"]) == ([], None)
    other = next(rep for rep in ("ann", "ben", "cho") if rep != owner)
    code, _, problem = program("feedback", "second", "contacted", "--rep", other)
    assert code == 1
    assert "changed nothing: it is about an assignment or a rep" in " ".join(problem.split())
    assert "changed nothing" in " ".join(program("explain", "second")[1].split())
    code, output, _ = program("feedback", "second", "won", "--amount", "EUR 1200.50")
    assert (code, "lead second: closed" in output) == (0, True)
    code, _, problem = program("feedback", "second", "won")
    assert (code, "has ended so already" in " ".join(problem.split())) == (1, True)
    found = {row["why"] for row in program.json("status")["ignored_feedback"]}
    assert found == {"ended"}, "of each lead the last"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("second", "wonn"), "did you mean `won`?"),
        (("nobody", "won"), "no lead nobody is known"),
        (("second", "owner_changed"), "needs --rep"),
        (("second", "won", "--amount", "a lot"), "must read like"),
        (("second", "won", "--amount", "XQQ 5"), "is no currency"),
    ],
)
def test_feedback_that_cannot_be_is_refused_in_one_line(program, arguments, said):
    code, _, problem = program("feedback", *arguments)
    assert code == 2
    assert said in " ".join(problem.split())


def test_watch_ends_without_a_word_when_nobody_reads_on(program):
    """As in ``lead-router watch | head``."""
    command = [sys.executable, "-m", "router.cli", "watch", "--from-beginning", "--no-follow"]
    environment = {**os.environ, **program.environment}
    with Popen(command, stdout=PIPE, stderr=PIPE, env=environment) as watching:
        watching.stdout.close()
        assert watching.stderr.read() == b""


def test_watch_filters_and_writes_events_for_programs(program):
    _, output, _ = program("watch", "--from-beginning", "--no-follow", "--rep", "ann", "--json")
    events = [json.loads(line) for line in output.splitlines()]
    assert events
    assert {event["rep_id"] for event in events} == {"ann"}
    assert program("watch", "--no-follow")[0] == 2


def test_status_counts_what_is_there(program):
    found = program.json("status")
    assert [(group["step"], group["processes"]) for group in found["groups"]] == [
        ("intake", 1),
        ("route", 1),
        ("streams", 1),
    ]
    assert "streams" in {lag["step"] for lag in found["lags"]}
    assert sum(lag["waiting"] for lag in found["lags"]) == 0
    assert {lag["partition"] for lag in found["lags"] if lag["sales_orgs"]} == {0}
    assert found["last_minute"]["leads"] == 5
    assert found["policies"][0]["policy_id"] == "team"
    code, output, _ = program("status")
    assert code == 0
    assert max(map(len, output.splitlines())) <= 100


def test_dead_letters_hide_what_was_in_them_unless_asked(program):
    (letter,) = program.json("dead-letters", "list")
    assert (letter["step"], letter["reason"]) == ("intake", "missing_field")
    for arguments in (("list",), ("show", letter["place"])):
        code, output, _ = program("dead-letters", *arguments)
        assert code == 0
        assert "secret" not in output
    assert "secret@firm" in program("dead-letters", "show", letter["place"], "--payload")[1]
    assert program("dead-letters", "show", "9/9")[0] == 2
    assert program("dead-letters", "show", "here")[0] == 2


def test_redrive_sends_the_same_bytes_once_and_marks_the_letter(program):
    (letter,) = program.json("dead-letters", "list", "--reason", "missing_field")
    assert program("dead-letters", "redrive")[0] == 2
    assert program("dead-letters", "redrive", letter["place"], "--dry-run")[0] == 0
    assert program("dead-letters", "redrive", letter["place"])[0] == 0
    letters = program.until(lambda found: len(found) == 2, "dead-letters", "list")
    assert [each["redriven"] for each in letters] == [True, False]
    assert letters[0]["size_bytes"] == letters[1]["size_bytes"]
    assert letters[1]["offset"] > letters[0]["offset"]
    code, _, problem = program("dead-letters", "redrive", letter["place"])
    assert (code, "no dead letter to send again" in problem) == (1, True)


def test_redrive_sends_records_without_a_key_as_well(program, tmp_path):
    (tmp_path / "keyless.jsonl").write_text("nonsense\n")
    program("emit", str(tmp_path / "keyless.jsonl"))
    of_it = ("dead-letters", "list", "--reason", "not_json")
    (letter,) = program.until(lambda found: len(found) == 1, *of_it)
    assert program("dead-letters", "redrive", letter["place"])[0] == 0
    letters = program.until(lambda found: len(found) == 2, *of_it)
    assert [each["redriven"] for each in letters] == [True, False]


def test_a_dead_letter_is_mended_in_a_file_and_sent(program, tmp_path):
    lead_id, path = "mend-me-0055g00000AbCdE", tmp_path / "broken.jsonl"
    (tmp_path / "in.jsonl").write_text(lead(lead_id, occurred_at="yesterday") + "\n")
    program("emit", str(tmp_path / "in.jsonl"))
    of_it = ("dead-letters", "list", "--reason", "invalid_field")
    (letter,) = program.until(lambda found: len(found) == 1, *of_it)
    assert letter["lead_id"] == lead_id
    listed = program(*of_it)[1]
    assert lead_id in listed
    assert "1 invalid field, from " in listed

    export = ("dead-letters", "export", str(path), "--reason", "invalid_field")
    assert program.json(*export)["written"] == 1
    assert path.stat().st_mode & 0o077 == 0
    code, _, problem = program("dead-letters", "send", str(path))
    assert code == 1
    assert ":1: occurred_at must be a time such as 2026-01-12T09:30:00Z" in problem
    line = json.loads(path.read_text())
    line["record"]["occurred_at"] = NOW
    path.write_text(json.dumps(line) + "\n")
    place = [letter["place"]]
    assert program.json("dead-letters", "send", str(path), "--dry-run")["sent"] == place
    assert program.json("dead-letters", "send", str(path))["sent"] == place
    assert program.json("dead-letters", "send", str(path))["sent_before"] == 1
    program.until(lambda found: sum(found["outcomes"].values()) >= 4, "status")
    assert program.json("explain", lead_id)["decisions"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('{"place": "0/99999", "record": {}}', 1, "there is no dead letter at 0/99999"),
        ("nonsense", 2, ":1: must be an object with `place` and `record`"),
    ],
)
def test_what_export_did_not_write_is_not_sent(program, tmp_path, text, code, said):
    path = tmp_path / "broken.jsonl"
    path.write_text(f"{text}\n")
    ended, _, problem = program("dead-letters", "send", str(path))
    assert (ended, said in problem) == (code, True)


def test_emit_sends_each_line_where_it_belongs(program, tmp_path):
    of_it = {"lead_id": "nobody", "occurred_at": NOW}
    report = {"event_id": "f-1", "feedback_type": "won", **of_it}
    activity = {"activity_id": "a-1", "activity_type": "demo", **of_it}
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([lead("mixed"), json.dumps(report), json.dumps(activity)]) + "\n")
    topics = Topics(program.environment["LEAD_ROUTER_TOPICS__PREFIX"])
    sent = program.json("emit", str(path))
    assert sent["topics"] == {topics.leads: 1, topics.feedback: 1, topics.activity: 1}


def test_a_reason_or_step_that_no_dead_letter_has_is_a_slip(program):
    code, _, problem = program("dead-letters", "list", "--reason", "mising_field")
    assert (code, "did you mean `missing_field`?" in problem) == (2, True)
    code, _, problem = program("dead-letters", "redrive", "--step", "gate")
    assert (code, "there are: intake, route" in problem) == (2, True)


def test_status_counts_dead_letters_by_step_sales_org_and_reason(program):
    rows = program.json("status")["dead_letters"]
    found = {(row["step"], row["sales_org"], row["reason"]): row["letters"] for row in rows}
    assert found["intake", "main", "missing_field"] >= 1
    assert found["intake", None, "not_json"] >= 1


def test_a_table_is_imported_not_emitted(program, tmp_path):
    (tmp_path / "leads.csv").write_text("lead_id\nl-1\n")
    code, _, problem = program("emit", str(tmp_path / "leads.csv"))
    assert (code, "lead-router import leads" in problem) == (2, True)


def test_watching_a_rep_who_is_not_there_says_so(program):
    code, output, problem = program("watch", "--rep", "zoe", "--last", "3", "--no-follow")
    assert (code, output, "zoe is not on the roster now" in problem) == (0, "", True)
    assert program("watch", "--channel", "phone", "--last", "3", "--no-follow")[0] == 2


def test_assign_waits_for_the_router_and_refuses_what_changes_nothing(program):
    (before,) = program.json("explain", "first")["decisions"]
    other = next(rep for rep in ("ben", "cho") if rep != before["event"]["rep_id"])
    given = program.json("assign", "first", "--to", other, "--reason", "knows them")
    assert (given["rep_id"], given["reason"]) == (other, "by_operator")
    assert program("assign", "first", "--to", other)[0] == 2
    assert program("assign", "first", "--to", "zoe")[0] == 2
    assert program("assign", "nobody", "--to", "ann")[0] == 2


def is_inside_paused(status) -> bool:
    pools = [(row["sales_org"], row["pool_id"]) for row in status["paused"]]
    return pools == [("main", "inside")]


def test_a_paused_pool_keeps_its_leads_waiting_until_it_is_resumed(program, tmp_path):
    assert program("pause", "insid")[0] == 2
    assert program("pause", "inside", "--reason", "meeting")[0] == 0
    (paused,) = program.until(is_inside_paused, "status")["paused"]
    assert (paused["by_hand"]["command"], paused["by_hand"]["reason"]) == ("pause_pool", "meeting")
    time.sleep(1)
    (tmp_path / "more.jsonl").write_text(lead("waiting") + "\n")
    program("emit", str(tmp_path / "more.jsonl"))
    program.until(lambda found: found["outcomes"].get("queued") == 1, "status")
    assert program.json("status")["backlog"][0]["reason"] == "pool_paused"
    assert program("resume", "inside")[0] == 0
    program.until(lambda found: not found["outcomes"].get("queued"), "status")
    assert program.json("status")["paused"] == []


def test_a_pool_stays_paused_when_its_topic_has_forgotten_the_command(program):
    assert program("pause", "inside")[0] == 0
    program.until(is_inside_paused, "status")
    topic = Topics(program.environment["LEAD_ROUTER_TOPICS__PREFIX"]).commands
    asyncio.run(forget(program.environment, topic, 99))
    assert is_inside_paused(program.json("status"))
    assert "paused: pool inside of main" in program("status")[1]
    assert program("resume", "inside")[0] == 0
    program.until(lambda found: not found["paused"], "status")


BROKER = "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS"


async def forget(environment: dict[str, str], topic: str, partitions: int) -> None:
    """Delete all records of the topic's partitions that hold most, as retention does."""
    clients = Clients(KafkaSettings(bootstrap_servers=environment[BROKER]))
    held = await log_spans(clients, [topic])
    by_size = sorted(held, key=lambda source: held[source].end, reverse=True)
    ends = {source: held[source].end for source in by_size[:partitions]}
    admin = clients.admin()
    await admin.start()
    try:
        await admin.delete_records(
            {source: RecordsToDelete(before_offset=end) for source, end in ends.items()}
        )
    finally:
        await admin.close()
    held = await log_spans(clients, [topic])
    assert {source: held[source].start for source in ends} == ends


def test_replay_gives_every_decision_again_bit_by_bit(program):
    found = program.json("replay")
    assert found["differences"] == 0
    assert found["same"] >= 5


def test_replay_does_not_miss_what_one_partition_has_deleted_and_others_not(program):
    before = program.json("replay")["same"]
    topic = Topics(program.environment["LEAD_ROUTER_TOPICS__PREFIX"]).assignments
    asyncio.run(forget(program.environment, topic, 1))
    found = program.json("replay")
    assert found["differences"] == 0
    assert found["older_than_kept"] >= 1
    assert found["same"] + found["older_than_kept"] == before


def test_a_file_that_cannot_be_read_is_a_usage_error(program):
    assert program("emit", "/nowhere.jsonl")[0] == 2


def test_a_line_too_large_for_a_broker_is_told_and_the_others_are_sent(program, tmp_path):
    path = tmp_path / "big.jsonl"
    path.write_text(lead("beside") + "\n" + "x" * 2_000_000 + "\n")
    code, output, problem = program("emit", str(path))
    assert code == 1
    assert output.startswith("sent 1 record ")
    assert "line 2" in problem


def test_the_policy_in_force_is_shown_with_those_before_it(program, tmp_path):
    assert program("policy", "show")[1] == POLICY
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY.replace("currency: EUR", "currency: USD"))
    tried = program.json("policy", "publish", str(path), "--dry-run")
    assert [line for line in tried["changes"] if line[0] in "+-"] == [
        "-currency: EUR",
        "+currency: USD",
    ]
    assert [each["version"] for each in program.json("policy", "history")] == [1]
    code, output, _ = program("policy", "publish", str(path))
    assert (code, "-currency: EUR" in output) == (0, True)
    rows = program.json("policy", "history")
    assert [(each["version"], each["in_force"]) for each in rows] == [(1, False), (2, True)]
    assert "currency: USD" in program("policy", "show")[1]
    assert program("policy", "show", "--version", "1")[1] == POLICY
    assert program("policy", "show", "--version", "9")[0] == 2
    assert "+1 -1" in program("policy", "history")[1]


def test_check_ends_with_1_and_names_what_does_not_run(kafka_bootstrap, topic_prefix):
    run = Program({BROKER: kafka_bootstrap, "LEAD_ROUTER_TOPICS__PREFIX": topic_prefix})
    assert run("topics", "apply")[0] == 0
    assert run("status")[0] == 0
    code, _, problem = run("status", "--check")
    assert code == 1
    assert "not running: intake, route, streams" in problem


def test_without_a_broker_each_command_says_so_in_one_line():
    lost = Program({"LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    for arguments in (("status",), ("explain", "x"), ("watch",), ("replay",), ("pause", "x")):
        code, _, problem = lost(*arguments)
        assert code == 1
        assert len(problem.strip().splitlines()) == 1
        assert "nobody listens there: start one with `lead-router dev up`" in problem


@pytest.mark.parametrize(("width", "with_score"), [(80, False), (100, True)])
def test_a_line_of_watch_fits_but_for_the_id_which_is_never_cut(width, with_score):
    lead_id = "a-very-long-lead-id-of-a-marketing-system"
    decision = {
        "decided_at": "2027-01-12T09:00:00.000Z",
        "lead_id": lead_id,
        "outcome": "handed_off",
        "reason": "account_owners_partner",
        "rep_id": "rep",
        "sales_channel": "inside",
        "value": {"expected_minor": 3_456_789_00, "currency": "EUR"},
        "score": {"total": 100, "band": "hot"},
    }
    row = Columns.for_width(width).row(decision, {"rep": "Somebody With A Long Name Indeed"})
    assert row.endswith(f" {lead_id}")
    assert len(row.removesuffix(lead_id)) <= width - (18 if with_score else 12)
    assert ("hot" in row) is with_score
    unnamed = Columns.for_width(width).row({**decision, "rep_id": "0055g00000AbCdEAAV"}, {})
    assert "0055g00000AbCdEAAV" in unnamed
