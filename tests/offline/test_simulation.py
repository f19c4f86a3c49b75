"""``lead-router simulate`` over files."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from router.cli.main import main
from router.intake.records.context import IntakeContext
from router.offline.lead_log import open_lead_log
from router.settings import Settings

FILES = files("router.cli.demo") / "files"
CONTEXT = IntakeContext.of(Settings())


def lead(number: int, at: str, **more) -> dict:
    return {
        "event_id": f"e{number}",
        "event_type": "submitted",
        "lead_id": f"l{number}",
        "occurred_at": at,
        "location": {"country": "DE"},
        "expected_value": {"amount": 2_000, "currency": "EUR"},
        **more,
    }


@pytest.fixture
def simulate(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("policy.yaml", "roster.csv", "accounts.csv"):
        (tmp_path / name).write_text((FILES / name).read_text(encoding="utf-8"))

    def run(lines, *options):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        path = tmp_path / "leads.jsonl"
        path.write_text(text + "\n", encoding="utf-8")
        code = 0
        try:
            main(["simulate", str(path), *options])
        except SystemExit as ended:
            code = ended.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


MORNING = "2027-01-12T09:00:00Z"


def test_every_line_is_accounted_for_and_refused_lines_make_it_fall_short(simulate):
    lines = [lead(1, MORNING), lead(1, MORNING), "not json", lead(2, MORNING, test=True), ""]
    code, output, _ = simulate(lines, "--json")
    found = json.loads(output)
    assert code == 1
    assert found["lines"] == sum(found["sums"].values()) == 4
    assert found["sums"]["more events of known leads"] == 1
    assert found["sums"]["tests"] == 1
    assert [(each["line"], each["reason"]) for each in found["refused"]] == [(3, "not_json")]


def test_a_clean_file_is_ok_and_its_tables_fit(simulate, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, output, _ = simulate([lead(number, MORNING) for number in range(30)])
    assert code == 0
    assert "30 in = 30 assigned" in output
    assert max(map(len, output.splitlines())) <= 80


def test_the_leads_own_times_are_the_clock(simulate, tmp_path):
    """Nobody speaks Japanese at that hour, so any language will do; caps are per day."""
    code, _, _ = simulate(
        [lead(1, "2027-01-12T22:00:00Z"), lead(2, "2027-01-13T09:00:00Z")],
        "--decisions",
        str(tmp_path / "decisions.jsonl"),
    )
    decisions = [
        json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()
    ]
    assert code == 0
    assert [each["decided_at"] for each in decisions[:2]] == [
        "2027-01-12T22:00:00.000Z",
        "2027-01-13T09:00:00.000Z",
    ]


def test_lines_out_of_order_are_sorted_by_time(simulate, tmp_path):
    lines = [lead(2, "2027-01-13T09:00:00Z"), lead(1, "2027-01-12T09:00:00Z")]
    _, output, _ = simulate(lines, "--decisions", str(tmp_path / "decisions.jsonl"))
    decisions = [
        json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()
    ]
    assert [each["lead_id"] for each in decisions] == ["l1", "l2"]
    assert "sorted by time" in output


def test_reps_are_assumed_to_answer_unless_told_otherwise(simulate):
    lines = [lead(1, "2027-01-12T09:00:00Z"), lead(2, "2027-01-12T12:00:00Z")]
    _, answered, _ = simulate(lines, "--json")
    _, silent, _ = simulate(lines, "--json", "--contact-after", "never")
    assert json.loads(answered)["decisions"] == 2
    assert json.loads(silent)["decisions"] > 2


def test_an_assumed_end_frees_capacity_and_is_no_outcome(simulate):
    lines = [lead(1, "2027-01-12T09:00:00Z"), lead(2, "2027-03-12T09:00:00Z")]
    _, output, _ = simulate(lines, "--json", "--close-after", "1d")
    assert json.loads(output)["sums"]["assigned"] == 2


def test_feedback_lines_are_reports_of_the_crm(simulate):
    report = {
        "event_id": "f1",
        "feedback_type": "won",
        "lead_id": "l1",
        "occurred_at": "2027-01-12T10:00:00Z",
    }
    _, output, _ = simulate([lead(1, MORNING), report], "--json")
    sums = json.loads(output)["sums"]
    assert (sums["closed"], sums["reports"]) == (1, 1)


def test_a_table_is_understood_too(simulate, tmp_path, capsys):
    simulate([])
    path = tmp_path / "leads.csv"
    path.write_text("lead_id,occurred_at,country,value,currency\nc1,2026-01-12,DE,2000,EUR\n")
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(path), "--json"])
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out)["sums"]["assigned"] == 1


def test_a_policy_with_an_error_ends_the_command_with_its_line(simulate, tmp_path):
    (tmp_path / "policy.yaml").write_text("policy: x\nbogus: 1\n")
    code, _, problem = simulate([lead(1, MORNING)])
    assert code == 1
    assert "policy.yaml:2" in problem
    assert "cannot be used" in problem


def test_options_that_make_no_sense_are_usage_errors(simulate):
    assert simulate([], "--contact-after", "soon")[0] == 2
    assert simulate([], "--policy", "nowhere.yaml")[0] == 2


def test_a_line_without_a_time_takes_that_of_the_line_before(tmp_path):
    path = tmp_path / "leads.jsonl"
    path.write_text(
        f'junk\n{{"occurred_at":"{MORNING}"}}\n{{"no":"time"}}\n{{"occurred_at":"x"}}\n'
    )
    with open_lead_log(path, CONTEXT, 0) as log:
        entries = list(log)
    assert [entry.line for entry in entries] == [1, 2, 3, 4]
    assert len({entry.at_ms for entry in entries}) == 1
    assert log.out_of_order == 0


def test_a_policy_that_is_dated_ahead_is_simulated_as_if_it_were_in_force(simulate, tmp_path):
    path = tmp_path / "policy.yaml"
    ahead = 'effective_from: "2030-01-01T00:00:00Z"\n' + path.read_text(encoding="utf-8")
    path.write_text(ahead, encoding="utf-8")
    code, output, _ = simulate([lead(1, MORNING)], "--json")
    (outcome,) = json.loads(output)["outcomes"]
    assert (code, outcome["outcome"]) == (0, "assigned")


def decisions_in(path) -> list[str]:
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        f"{each['decided_at'][:16]} {each['assignment_id']} {each['outcome']} {each['reason']}"
        f" {each.get('rep_id', '-')}"
        for each in found
    ]


CLOCKS = (
    "policy: p\npools:\n  s: {channel: inside}\nhours: {inside: {on_duty: Mon-Fri 09:00-17:00}}\n"
    "sla: {inside: {accept: 5m, missed: next_rep, at_most: 3, then: manager}}\n"
)


@pytest.fixture
def company(simulate, tmp_path):
    """Two reps and a manager, who must accept within five minutes of duty; what was decided."""
    (tmp_path / "policy.yaml").write_text(CLOCKS)
    (tmp_path / "roster.csv").write_text(
        "rep_id,channels,time_zone,manager_rep_id\na,inside,UTC,m\nb,inside,UTC,m\nm,,UTC,\n"
    )
    (tmp_path / "accounts.csv").unlink()
    path = tmp_path / "decisions.jsonl"

    def run(lines, *options):
        code, _, _ = simulate(lines, "--json", "--decisions", str(path), *options)
        assert code == 0
        return decisions_in(path)

    return run


def test_reps_answer_two_minutes_after_their_own_assignment_however_late_the_next_line_is(company):
    evening, next_week = lead(1, "2027-01-12T22:00:00Z"), lead(2, "2027-01-19T10:00:00Z")
    assert company([evening, next_week]) == [
        "2027-01-12T22:00 l1.1 queued all_off_duty -",
        "2027-01-13T09:00 l1.2 assigned backlog_offered a",
        "2027-01-19T10:00 l2.1 assigned rotation b",
    ]


def test_it_runs_on_past_the_last_line_until_nothing_is_due(company):
    assert company([lead(1, "2027-01-15T22:00:00Z")]) == [  # a Friday
        "2027-01-15T22:00 l1.1 queued all_off_duty -",
        "2027-01-18T09:00 l1.2 assigned backlog_offered a",
    ]


def test_clocks_that_nobody_stops_run_out_past_the_last_line_and_silence_is_not_waited_for(
    company, simulate
):
    lines = [lead(1, "2027-01-12T10:00:00Z")]
    decided = company(lines, "--contact-after", "never", "--close-after", "never")
    assert decided[:2] == [
        "2027-01-12T10:00 l1.1 assigned rotation a",
        "2027-01-12T10:05 l1.2 reassigned accept_missed b",
    ]
    assert all("silent" not in each for each in decided)
    _, output, _ = simulate(lines, "--json")
    found = json.loads(output)
    assert (found["to"][:16], found["ran_on_to"][:16]) == ("2027-01-12T10:00", "2027-01-12T10:02")


def test_an_answer_that_comes_too_late_is_not_that_of_the_next_rep(company):
    decided = company([lead(1, "2027-01-12T10:00:00Z")], "--contact-after", "7m")
    assert decided[:2] == [
        "2027-01-12T10:00 l1.1 assigned rotation a",
        "2027-01-12T10:05 l1.2 reassigned accept_missed b",
    ]
    assert decided[2].startswith("2027-01-12T10:10 l1.3")  # b has missed it as well


def test_a_lead_that_waits_past_the_last_line_gets_the_place_that_an_assumed_end_frees(
    company, tmp_path
):
    (tmp_path / "policy.yaml").write_text(CLOCKS + "caps: {inside: {open: 1}}\n")
    lines = [lead(number, "2027-01-12T10:00:00Z") for number in (1, 2, 3)]
    decided = company(lines, "--close-after", "2d")
    assert decided[-2:] == [
        "2027-01-12T10:00 l3.1 queued all_at_cap -",
        "2027-01-14T10:00 l3.2 assigned backlog_offered b",
    ]


def test_leads_that_go_round_for_ever_are_followed_for_two_months(company):
    (last, *_) = company([lead(1, MORNING)], "--contact-after", "never")[::-1]
    assert last < "2027-03-14"
