"""The demo without a broker."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import pytest

from router.cli.demo.demo_run import demo_policy
from router.cli.demo.in_memory import START_MS, run_offline
from router.cli.demo.leads import LEADS_IN
from router.cli.main import main
from router.intake.policy import check_policy

START = datetime.fromtimestamp(START_MS / 1000, UTC)


@pytest.fixture(scope="module")
def run():
    return run_offline(7)


def test_the_policy_of_the_demo_has_neither_errors_nor_warnings():
    checked = check_policy(demo_policy(), published_at_ms=0)
    assert checked.policy is not None
    assert checked.problems == ()


def test_every_record_that_went_in_is_accounted_for(run):
    sums = run.sums()
    assert len(run.sent) == sum(sums.values()) == LEADS_IN
    assert run.adds_up
    assert len(run.people.numbers) == 35


def test_a_lost_decision_is_noticed():
    run = run_offline(7)
    run.tally.rows.pop("rush-order")
    assert not run.adds_up


STORIES = [
    ("small-order", "assigned", "account_owners_partner", "anna"),
    ("big-project", "assigned", "account_owner", "wendy"),
    ("rush-order", "assigned", "account_owner", "ben-z"),
    ("found-by-carla", "assigned", "found_by_rep", "carla"),
    ("orbit-2", "merged", "same_person", None),
    ("hopeless", "nurtured", "too_small", None),
    ("no-consent", "closed", "consent_refused", None),
]


@pytest.mark.parametrize(("lead", "outcome", "reason", "rep"), STORIES)
def test_the_leads_with_a_story_end_as_told(run, lead, outcome, reason, rep):
    first = run.of_lead(lead)[0]
    assert (first["outcome"], first["reason"]) == (outcome, reason)
    assert rep is None or first["rep_id"] == rep


def test_the_engaged_lead_goes_from_inside_to_the_field(run):
    first, second = run.of_lead("engaged")
    assert (first["sales_channel"], second["sales_channel"]) == ("inside", "field")
    assert second["outcome"] == "handed_off"
    assert second["partner_rep_id"] == first["rep_id"]


LAST = {
    "engaged": "score_rose",
    "to-qualify": "qualified",
    "unlucky": "rejected",
    "moved-by-hand": "changed_in_crm",
    "quick-win": "won",
    "changed-mind": "withdrawn",
}
"""Why the last decision about a lead was made of which something is heard later."""

ANY_TIME = {
    "on a Tuesday morning": START,
    "at night in Europe": datetime(2027, 1, 12, 2, tzinfo=UTC),
    "on a Saturday": datetime(2027, 1, 16, 12, tzinfo=UTC),
    "in a Sunday's last minute": datetime(2027, 1, 17, 23, 59, 30, tzinfo=UTC),
    "at Christmas": datetime(2026, 12, 25, 10, tzinfo=UTC),
    "as the year changes": datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC),
    "on New Year's Day in Sydney": datetime(2027, 12, 31, 13, tzinfo=UTC),
    "as summer time begins in Berlin": datetime(2027, 3, 28, 0, 59, 30, tzinfo=UTC),
    "as it ends there": datetime(2027, 10, 31, 0, 59, 30, tzinfo=UTC),
    "as summer time begins in New York": datetime(2027, 3, 14, 6, 59, 30, tzinfo=UTC),
    "as it ends there too": datetime(2027, 11, 7, 5, 59, 30, tzinfo=UTC),
    "on a leap day": datetime(2028, 2, 29, 9, tzinfo=UTC),
    "on a public holiday, years from now": datetime(2031, 5, 1, 9, tzinfo=UTC),
    **{f"at {hour} o'clock": START.replace(hour=hour, minute=0) for hour in range(24)},
}


@pytest.mark.parametrize("start", ANY_TIME.values(), ids=ANY_TIME.keys())
def test_the_demo_works_at_any_hour_of_any_day(start):
    """The demo on Kafka begins whenever somebody types it; it tells the same stories then."""
    run = run_offline(7, int(start.timestamp() * 1000))
    assert run.adds_up
    assert len(run.dead_letters) == 6
    for lead, outcome, reason, rep in STORIES:
        first = run.of_lead(lead)[0]
        assert (first["outcome"], first["reason"]) == (outcome, reason), lead
        assert rep is None or first["rep_id"] == rep, lead
    assert {lead: run.of_lead(lead)[-1]["reason"] for lead in LAST} == LAST
    # Somebody is on duty somewhere; at 4 in the morning UTC only a few, whose caps are soon full.
    assert run.sums()["assigned"] >= LEADS_IN / 2


def test_a_big_deal_that_a_junior_asks_for_goes_to_the_field(run):
    assert run.of_lead("junior-big-deal")[0]["sales_channel"] == "field"


def test_some_leads_wait_because_caps_are_reached(run):
    assert any(decision["reason"] == "all_at_cap" for decision in run.decisions)


def test_broken_records_are_dead_letters_each_with_its_own_reason(run):
    reasons = {letter.reason for letter in run.dead_letters}
    assert len(reasons) == len(run.dead_letters) == 6
    assert all("@" not in letter.detail for letter in run.dead_letters)


def test_a_repeated_record_changes_nothing(run):
    repeated = {sent.lead_id for sent in run.sent if sent.kind == "repeat"}
    assert repeated
    assert all(len(run.of_lead(lead_id)) == 1 for lead_id in repeated)


def test_the_same_seed_gives_the_same_decisions_and_another_seed_others(run):
    assert run_offline(7).decisions == run.decisions
    assert run_offline(8).decisions != run.decisions


def test_without_a_start_its_clock_shows_a_tuesday_morning(run):
    assert f"{START:%A, %Y-%m-%d %H:%M}" == "Tuesday, 2027-01-12 09:30"
    assert run_offline(7, START_MS).decisions == run.decisions


def test_any_seed_adds_up():
    assert all(run_offline(seed).adds_up for seed in range(20, 26))


def call(monkeypatch, capsys, *arguments, columns="100"):
    monkeypatch.setenv("COLUMNS", columns)
    code = 0
    try:
        main(arguments)
    except SystemExit as ended:
        code = ended.code
    captured = capsys.readouterr()
    return code or 0, captured.out, captured.err


@pytest.mark.parametrize("columns", ["80", "100", "140"])
def test_the_report_fits_its_width(monkeypatch, capsys, columns):
    code, output, _ = call(monkeypatch, capsys, "demo", columns=columns)
    assert code == 0
    assert max(map(len, output.splitlines())) <= min(int(columns), 100)
    assert "500 in = " in output
    assert "\x1b[" not in output


def test_any_lead_of_the_demo_can_be_told(monkeypatch, capsys):
    code, output, _ = call(monkeypatch, capsys, "demo", "--lead", "rush-order")
    assert code == 0
    assert "Ben Zimmer (ben-z) owns the account hudson" in " ".join(output.split())


def test_an_unknown_lead_is_a_usage_error(monkeypatch, capsys):
    code, _, problem = call(monkeypatch, capsys, "demo", "--lead", "nobody")
    assert code == 2
    assert "decides about no lead nobody" in problem


def test_json_is_one_document(monkeypatch, capsys):
    code, output, _ = call(monkeypatch, capsys, "demo", "--json")
    found = json.loads(output)
    assert code == 0
    assert found["in"] == sum(found["sums"].values()) == LEADS_IN
    assert found["adds_up"] is True


def test_the_demo_without_kafka_does_not_load_the_kafka_demo(monkeypatch, capsys):
    sys.modules.pop("router.cli.demo.on_kafka", None)
    call(monkeypatch, capsys, "demo", "--json")
    assert "router.cli.demo.on_kafka" not in sys.modules
