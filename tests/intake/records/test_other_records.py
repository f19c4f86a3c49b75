"""Feedback, engagement, accounts, commands and policies on their way into the inbox."""

import json

import msgspec
import pytest

from router.core.model.policy import Market, Policy
from router.intake import DeadLetterReason as Reason
from router.intake import Rejected, decode_event
from router.intake.contract.examples import EXAMPLES

TIME = {"occurred_at": "2026-11-23T11:00:00Z"}


def test_feedback_is_kept_in_the_routers_terms(event_of):
    event = event_of(
        "feedback",
        {
            "event_id": "f1",
            "lead_id": "l1",
            "feedback_type": "won",
            "assignment_id": "l1.2",
            "actor": "u7",
            "amount": {"amount": 99.5, "currency": "EUR"},
            "reason": "Best Price",
        }
        | TIME,
    )
    assert (event.feedback_type, event.assignment_id, event.actor) == ("won", "l1.2", "u7")
    assert (event.amount_minor, event.amount_currency, event.reason) == (9950, "EUR", "best_price")


def test_merged_feedback_names_the_lead_that_remains(event_of):
    feedback = {"event_id": "f1", "lead_id": "l1", "feedback_type": "merged", "into_lead_id": "l2"}
    assert event_of("feedback", feedback | TIME).into_lead_id == "l2"


def test_unknown_feedback_is_refused(take):
    refused = take("feedback", {"event_id": "f1", "lead_id": "l1", "feedback_type": "x"} | TIME)
    assert refused.reason is Reason.UNKNOWN_EVENT_TYPE


def test_engagement_is_absolute(event_of):
    event = event_of(
        "engagement", {"lead_id": "l1", "points_milli": 1500, "half_life_ms": 86_400_000} | TIME
    )
    assert (event.points_milli, event.half_life_ms, event.at_ms) == (
        1500,
        86_400_000,
        1_795_431_600_000,
    )


def test_an_account_is_normalised(event_of):
    account = event_of(
        "accounts",
        {
            "account_id": "a1",
            "name": "Acme Corporation",
            "domains": ["WWW.Acme.example", "acme.example", "bad"],
            "owner_rep_id": "r1",
            "tier": "Strategic",
            "country": "United States",
            "employees": "2822",
            "annual_revenue": {"amount": 1100.04, "currency": "USD"},
        },
    )
    assert (account.name_key, account.domains) == ("acme", ["acme.example"])
    assert (account.tier, account.country, account.employees) == ("strategic", "US", 2822)
    assert account.annual_revenue_minor == 110_004


def test_a_null_account_is_removed(event_of):
    assert event_of("accounts", None, key=b"a1").removed


@pytest.mark.parametrize("role", ["leads", "feedback", "engagement", "policies", "commands"])
def test_null_means_nothing_elsewhere(take, role):
    assert take(role, None, key=b"x").reason is Reason.NULL_VALUE


def command(**fields):
    start = {"command_id": "c1", "command": "pause_pool", "subject": "p", "actor": "ops-1"}
    return start | TIME | fields


def test_a_command_is_kept(event_of):
    event = event_of(
        "commands",
        command(
            command="rep_away",
            subject="r1",
            **{"from": "2026-11-23T10:00:00Z", "until": "2026-11-23T11:00:00Z"},
        ),
    )
    assert (event.command, event.subject, event.until_ms - event.from_ms) == (
        "rep_away",
        "r1",
        3_600_000,
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"command": "assign"}, "rep_id"),
        ({"command": "rep_away", "from": "2026-11-23T10:00:00Z"}, "until"),
        ({"from": "2026-11-23T10:00:00Z", "until": "2026-11-23T09:00:00Z"}, "until"),
        ({"command": "explode"}, "command"),
        ({"actor": "ann@firm.example"}, "actor"),
    ],
)
def test_a_command_that_cannot_work_is_refused(take, fields, named):
    refused = take("commands", command(**fields))
    assert isinstance(refused, Rejected)
    assert refused.detail.split()[0] == named


def test_a_policy_goes_on_in_compiled_form_only(take):
    document = EXAMPLES["policy"][0]
    admitted = take("policies", document)
    assert b"source" not in admitted.value
    event = decode_event(admitted.value)
    assert event.policy == msgspec.convert(document["compiled"], Policy)
    assert event.policy.markets == (Market("emea", ("DE", "AT", "CH")),)


def test_a_policy_that_the_compiler_did_not_write_is_refused_by_place(take):
    document = json.loads(json.dumps(EXAMPLES["policy"][0]))
    document["compiled"]["pools"][0]["channel"] = "telepathy"
    refused = take("policies", document)
    assert refused.reason is Reason.INVALID_FIELD
    assert refused.detail.startswith("compiled.pools[")
    assert "telepathy" not in refused.detail


@pytest.mark.parametrize(
    ("section", "out_of_bounds"),
    [
        ({"backlog": {"at_most_ms": -1}}, "at_most_ms"),
        ({"backlog": {"at_most_ms": 101 * 366 * 86_400_000}}, "at_most_ms"),
        ({"engagement": [{"activity_type": "form", "points": 1, "half_life_ms": 0}]},
         "half_life_ms"),
        ({"effective_from_ms": 10**15}, "effective_from_ms"),
    ],
)  # fmt: skip
def test_a_time_that_the_compiler_never_writes_is_refused_by_name(take, section, out_of_bounds):
    document = json.loads(json.dumps(EXAMPLES["policy"][0]))
    document["compiled"].update(section)
    refused = take("policies", document)
    assert refused.detail == f"compiled has {out_of_bounds} out of bounds: publish it again"


def test_a_policy_must_be_the_one_its_document_names(take):
    assert take("policies", EXAMPLES["policy"][0] | {"version": 4}).reason is Reason.INVALID_FIELD
