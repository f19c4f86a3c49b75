"""The auditor finds what it is there to find: in each small history one thing is wrong."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.audit import Record, audit
from tests.e2e.audit.story import DAY_MS, HOUR_MS, NOON_MS, Story


@pytest.fixture
def story() -> Story:
    return Story()


def test_the_auditor_shares_no_code_with_what_it_audits() -> None:
    for file in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = [node.module] if isinstance(node, ast.ImportFrom) else []
            named += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            assert not any((name or "").split(".")[0] == "router" for name in named), file.name


def test_a_history_in_which_all_is_well_has_no_findings(story: Story) -> None:
    story.given("l1", "ann")
    story.given("l2", "ann")
    waiting = story.lead("l3")
    story.decide(waiting, "l3", "queued", reason="all_at_cap")
    rejected = story.feedback("l1", "f1")
    story.decide(rejected, "l1", "reassigned", "cid", previous_rep_id="ann", reason="rejected")
    won = story.feedback("l2", "f2")
    story.decide(won, "l2", "closed", reason="won")
    broken = story.publish("leads", b"{")
    story.put("dead-letters", 0, "any", b"{", step="intake", topic="x.leads", partition="0",
              offset=str(broken.offset), reason="not_json")  # fmt: skip
    assert audit(story.history()) == []


def test_a_lead_that_never_reached_the_inbox_is_lost(story: Story) -> None:
    story.publish("leads", {"lead_id": "l1", "event_id": "e1"})
    assert story.checks() == {"input_lost"}


def test_an_unreadable_record_without_a_dead_letter_is_lost(story: Story) -> None:
    story.publish("leads", b"{")
    assert story.checks() == {"input_lost"}


def test_a_lead_that_stands_in_the_inbox_more_often_than_it_was_sent_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.inbox("lead", {"lead_id": "l1", "event_id": "e-l1", "occurred_at_ms": 0})
    assert story.checks() == {"input_twice"}


def test_a_second_dead_letter_of_one_record_is_found(story: Story) -> None:
    story.publish("leads", b"{")
    for _ in range(2):
        story.put("dead-letters", 0, "any", b"{", step="intake", topic="leads", partition="0",
                  offset="0")  # fmt: skip
    assert story.checks() == {"input_twice"}


def test_a_dead_letter_with_other_bytes_than_the_original_is_found(story: Story) -> None:
    story.publish("leads", b"{")
    story.put(
        "dead-letters", 0, "any", b"[", step="intake", topic="leads", partition="0", offset="0"
    )
    assert story.checks() == {"dead_letter"}


def test_an_inbox_record_that_route_refused_is_found(story: Story) -> None:
    story.put("dead-letters", 0, "any", b"{}", step="route", topic="routing.inbox", partition="0",
              offset="0")  # fmt: skip
    assert story.checks() == {"route_refused"}


def test_events_that_overtook_each_other_in_intake_are_found(story: Story) -> None:
    story.publish("leads", {"lead_id": "l1", "event_id": "e1"})
    story.publish("leads", {"lead_id": "l1", "event_id": "e2"})
    second = story.inbox("lead", {"lead_id": "l1", "event_id": "e2", "occurred_at_ms": 2})
    story.inbox("lead", {"lead_id": "l1", "event_id": "e1", "occurred_at_ms": 1})
    story.decide(second, "l1", "assigned", "ann")
    assert story.checks() == {"input_order"}


def test_a_lead_without_an_outcome_is_found(story: Story) -> None:
    story.lead("l1")
    assert story.checks() == {"outcome"}


def test_a_decision_about_a_lead_that_never_came_is_found(story: Story) -> None:
    tick = story.inbox("tick", {})
    story.decide(tick, "ghost", "closed")
    assert story.checks() == {"outcome"}


def test_a_lead_that_was_not_decided_when_it_came_is_found(story: Story) -> None:
    story.lead("l1")
    story.decide(story.inbox("tick", {}), "l1", "assigned", "ann")
    assert story.checks() == {"outcome"}


def test_a_gap_in_a_leads_sequence_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.sequences["l1"] = 2
    story.decide(story.feedback("l1", "f1"), "l1", "closed")
    assert story.checks() == {"sequence"}


def test_decisions_of_one_lead_in_two_partitions_are_found(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "closed")
    moved = story.records[-2]
    story.records[-2] = replace(moved, partition=1, offset=0)
    assert story.checks() == {"sequence"}


def test_a_decision_published_twice_is_found(story: Story) -> None:
    story.given("l1", "ann")
    again = next(record for record in story.records if record.topic == "lead.assignments")
    story.records.append(replace(again, offset=again.offset + 1))
    assert {"sequence", "cause_twice"} <= story.checks()


def test_an_inbox_record_that_decides_a_lead_twice_is_found(story: Story) -> None:
    cause = story.given("l1", "ann")
    story.decide(cause, "l1", "reassigned", "bob", previous_rep_id="ann")
    assert story.checks() == {"cause_twice"}


def test_a_tick_may_put_a_lead_back_and_give_it_out_again(story: Story) -> None:
    story.given("l1", "ann")
    tick = story.inbox("tick", {})
    story.decide(tick, "l1", "queued", previous_rep_id="ann", reason="accept_missed")
    story.decide(tick, "l1", "assigned", "bob", reason="backlog_offered")
    assert audit(story.history()) == []


def test_a_decision_without_a_cause_in_the_inbox_is_found(story: Story) -> None:
    cause = story.given("l1", "ann")
    assert "cause" in story.checks(
        lambda record: record.topic != "routing.inbox" or record.offset != cause.offset
    )


def test_a_decision_under_the_name_of_another_event_is_found(story: Story) -> None:
    story.given("l1", "ann", event_id="another")
    assert story.checks() == {"cause"}


def test_decisions_that_do_not_follow_the_inbox_are_found(story: Story) -> None:
    first, second = story.lead("l1"), story.lead("l2")
    story.decide(second, "l2", "assigned", "ann")
    story.decide(first, "l1", "assigned", "ann")
    assert story.checks() == {"order"}


def retold(story: Story, topic: str, change: Callable[[Record], Record]) -> Story:
    """The same story with ``change`` in the only record of ``topic``."""
    [told] = [number for number, record in enumerate(story.records) if record.topic == topic]
    story.records[told] = change(story.records[told])
    return story


TRACED = f"00-{'a' * 32}-{'1' * 16}-01"
FOLLOWED = f"00-{'a' * 32}-{'2' * 16}-01"
ANOTHER = f"00-{'b' * 32}-{'1' * 16}-01"


def with_header(name: str, text: str) -> Callable[[Record], Record]:
    def change(record: Record) -> Record:
        others = tuple(header for header in record.headers if header[0] != name)
        return replace(record, headers=(*others, (name, text.encode())))

    return change


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ce_id", "l1.2"),
        ("ce_type", "lead-router.assignment.closed"),
        ("ce_source", "/lead-router/another"),
        ("ce_specversion", "0.3"),
        ("content-type", "text/plain"),
        ("ce_subject", "a header that is not in the contract"),
    ],
)
def test_a_header_that_is_not_what_the_decision_implies_is_found(
    story: Story, name: str, text: str
) -> None:
    story.given("l1", "ann")
    assert retold(story, "lead.assignments", with_header(name, text)).checks() == {"headers"}


@pytest.mark.parametrize("missing_or_twice", [lambda each: each[1:], lambda each: each + each[:1]])
def test_a_header_that_is_missing_or_stands_twice_is_found(
    story: Story, missing_or_twice: Callable[[tuple[object, ...]], tuple[object, ...]]
) -> None:
    story.given("l1", "ann")

    def change(record: Record) -> Record:
        return replace(record, headers=missing_or_twice(record.headers))

    assert retold(story, "lead.assignments", change).checks() == {"headers"}


def test_a_decision_under_another_key_than_its_lead_is_found(story: Story) -> None:
    story.given("l1", "ann")

    def change(record: Record) -> Record:
        return replace(record, key=b"l2")

    assert retold(story, "lead.assignments", change).checks() == {"key"}


@pytest.mark.parametrize(
    ("sent", "found", "checks"),
    [
        (TRACED, TRACED, set()),
        (TRACED, FOLLOWED, set()),
        (TRACED, ANOTHER, {"trace"}),
        (TRACED, None, {"trace"}),
        (None, TRACED, {"trace"}),
    ],
)
def test_the_trace_of_an_inbox_record_goes_on_in_its_decision(
    story: Story, sent: str | None, found: str | None, checks: set[str]
) -> None:
    cause = story.given("l1", "ann")
    if sent is not None:
        story.records[story.records.index(cause)] = with_header("traceparent", sent)(cause)
    if found is not None:
        retold(story, "lead.assignments", with_header("traceparent", found))
    assert story.checks() == checks


def test_decisions_about_test_leads_have_headers_too(story: Story) -> None:
    story.given("l1", "ann")
    decision = next(record for record in story.records if record.topic == "lead.assignments")
    story.records.append(replace(decision, topic="routing.shadow", headers=()))
    assert story.checks() == {"headers"}


def test_a_repeated_event_that_decides_again_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.lead("l1"), "l1", "closed")
    assert story.checks() == {"repeat"}


def test_feedback_that_came_before_its_lead_may_count_when_it_comes_again(story: Story) -> None:
    story.feedback("l1", "f1")
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "closed", reason="lost")
    assert audit(story.history()) == []


def test_a_command_that_is_carried_out_twice_is_found(story: Story) -> None:
    story.given("l1", "ann")
    for rep_id, before in (("bob", "ann"), ("cid", "bob")):
        cause = story.inbox("command", {"command_id": "c1", "command": "assign", "subject": "l1"})
        story.decide(cause, "l1", "reassigned", rep_id, previous_rep_id=before)
    assert story.checks() >= {"repeat"}


def test_a_repeated_event_that_decides_nothing_is_well(story: Story) -> None:
    story.given("l1", "ann")
    story.lead("l1")
    assert audit(story.history()) == []


def test_a_lead_assigned_while_another_has_it_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "assigned", "bob")
    assert story.checks() == {"two_owners"}


def test_a_lead_taken_from_somebody_who_does_not_have_it_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "reassigned", "bob", previous_rep_id="cid")
    assert story.checks() == {"two_owners"}


def left_outside(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "recalled", previous_rep_id="ann",
                 reason="owner_not_on_roster", outside_rep_id="zoe")  # fmt: skip


def test_a_lead_given_out_that_the_crm_gave_to_somebody_outside_is_found(story: Story) -> None:
    left_outside(story)
    story.decide(story.inbox("tick", {}), "l1", "assigned", "bob")
    assert story.checks() == {"behind_the_crm"}


def test_such_a_lead_may_be_given_by_people_and_may_end(story: Story) -> None:
    left_outside(story)
    story.decide(story.feedback("l1", "f2"), "l1", "assigned", "bob", reason="changed_in_crm")
    story.decide(story.feedback("l1", "f3"), "l1", "closed", "bob", reason="lost")
    story.decide(story.feedback("l1", "f4"), "l1", "closed", "bob", reason="won")
    assert audit(story.history()) == []


def test_a_lead_assigned_to_nobody_is_found(story: Story) -> None:
    story.given("l1", "")
    assert story.checks() == {"owner"}


def test_a_lead_merged_with_a_former_owner_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(
        story.feedback("l1", "f1"),
        "l1",
        "reassigned",
        "cid",
        previous_rep_id="ann",
        reason="rejected",
    )
    story.decide(story.lead("l2"), "l2", "merged", "ann", merged_into="l1", reason="same_person")
    assert story.checks() == {"merged_owner"}


def test_a_lead_merged_with_the_present_owner_is_well(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.lead("l2"), "l2", "merged", "ann", merged_into="l1", reason="same_person")
    assert audit(story.history()) == []


def test_an_owners_row_that_is_not_the_last_decision_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "closed", reason="won")
    last = story.records[-1]
    assert story.checks(lambda record: record is not last) == {"owners_topic"}


def test_an_erased_lead_has_no_owners_row(story: Story) -> None:
    story.given("l1", "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "closed", "ann", reason="erased")
    assert audit(story.history()) == []
    kept = story.history(lambda record: record.topic != "lead.owners" or record.value is not None)
    assert {finding.check for finding in audit(kept)} == {"owners_topic"}


def test_an_owners_row_in_another_partition_is_found(story: Story) -> None:
    story.given("l1", "ann")
    story.put("lead.owners", 1, "l1", story.records[-1].value)
    assert story.checks() == {"owners_topic"}


def test_an_owners_row_without_a_decision_is_found(story: Story) -> None:
    story.put("lead.owners", 0, "l9", {"lead_id": "l9", "sales_org": "main"})
    assert story.checks() == {"owners_topic"}


def test_a_third_open_lead_with_a_cap_of_two_is_found(story: Story) -> None:
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann")
    story.now_ms += DAY_MS
    story.given("l3", "ann")
    assert story.checks() == {"open_cap"}


def test_a_closed_lead_leaves_its_place_in_the_open_cap(story: Story) -> None:
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann")
    story.decide(story.feedback("l1", "f1"), "l1", "closed", reason="lost")
    story.now_ms += DAY_MS
    story.given("l3", "ann")
    assert audit(story.history()) == []


def test_a_third_lead_of_one_day_is_found_even_when_others_were_closed(story: Story) -> None:
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann")
        story.decide(story.feedback(lead_id, "f"), lead_id, "closed", reason="lost")
    story.given("l3", "ann")
    assert story.checks() == {"day_cap"}


@pytest.mark.parametrize(("zone", "checks"), [("UTC", set()), ("America/New_York", {"day_cap"})])
def test_a_day_is_the_reps_own(zone: str, checks: set[str]) -> None:
    story = Story(zone=zone)
    midnight = datetime.fromtimestamp(NOON_MS / 1000, UTC).replace(hour=23, minute=30)
    story.now_ms = int(midnight.timestamp() * 1000)
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann")
        story.decide(story.feedback(lead_id, "f"), lead_id, "closed", reason="lost")
    story.now_ms += HOUR_MS  # the next day in UTC, the same in New York
    story.given("l3", "ann")
    assert story.checks() == checks


def test_a_reps_own_cap_counts_before_the_policys() -> None:
    story = Story(caps={"inside": {"open": 1}})
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann")
    assert story.checks() == {"open_cap"}


def test_a_second_lead_of_a_capped_source_is_found(story: Story) -> None:
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann", {"lead_source": "trade_show"})
    assert story.checks() == {"source_cap"}


def of_a_new_rep(caps: dict[str, object]) -> Story:
    """Everybody started yesterday, and may have half of ``caps`` for a month."""
    half = {"permille": 500, "first_ms": 30 * DAY_MS}
    return Story({"caps": {"inside": caps}, "new_rep": half}, starts_ms=NOON_MS - DAY_MS)


@pytest.mark.parametrize("cap", ["per_day", "open", "per_day_from"])
@pytest.mark.parametrize(("whole", "half"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2)])
def test_a_new_rep_may_have_a_share_of_every_cap_and_one_at_least_unless_it_is_zero(
    cap: str, whole: int, half: int
) -> None:
    story = of_a_new_rep({cap: [["trade_show", whole]] if cap == "per_day_from" else whole})
    for number in range(half):
        story.given(f"l{number}", "ann", {"lead_source": "trade_show"})
    assert audit(story.history()) == []
    story.given("one-more", "ann", {"lead_source": "trade_show"})
    found = {"per_day": "day_cap", "open": "open_cap", "per_day_from": "source_cap"}
    assert story.checks() == {found[cap]}


def test_a_rep_who_is_no_longer_new_may_have_the_whole_cap() -> None:
    story = of_a_new_rep({"open": 2})
    story.given("l1", "ann")
    story.now_ms += 30 * DAY_MS
    story.given("l2", "ann")
    assert audit(story.history()) == []


@pytest.mark.parametrize("reason", ["imported", "changed_in_crm", "by_operator"])
def test_what_people_chose_is_stopped_by_no_cap(story: Story, reason: str) -> None:
    for lead_id in ("l1", "l2", "l3", "l4"):
        story.given(lead_id, "ann", reason=reason)
    assert audit(story.history()) == []


def test_an_urgent_request_of_a_field_reps_customer_passes_the_daily_cap_only(story: Story) -> None:
    facts = {"company_domain": "a.example", "request": "rush_order"}
    for lead_id in ("l1", "l2", "l3"):
        story.given(lead_id, "bob", facts, reason="urgent_customer", sales_channel="field")
    assert audit(story.history()) == []
    for lead_id in ("l4", "l5", "l6"):
        story.given(lead_id, "bob", facts, reason="urgent_customer", sales_channel="field")
    assert story.checks() == {"open_cap"}


def test_a_manager_who_is_only_told_carries_nothing_more(story: Story) -> None:
    for lead_id in ("l1", "l2"):
        story.given(lead_id, "ann")
    tick = story.inbox("tick", {})
    story.decide(tick, "l1", "escalated", "ann", notify_rep_id="cid", reason="accept_missed")
    assert audit(story.history()) == []


@pytest.mark.parametrize(
    "facts",
    [{"company_domain": "a.example"}, {"email_domain": "a.example", "email_kind": "business"}],
)
def test_an_accounts_lead_in_strange_hands_is_found(story: Story, facts: dict[str, str]) -> None:
    story.given("l1", "ann", facts)
    assert story.checks() == {"account_owner"}


@pytest.mark.parametrize(
    ("rep_id", "outcome", "reason"),
    [
        ("bob", "assigned", "account_owner"),
        ("cid", "assigned", "account_owners_partner"),
        ("", "queued", "owner_at_cap"),
        ("ann", "assigned", "found_by_rep"),
    ],
)
def test_an_accounts_lead_may_go_to_its_own_people(
    story: Story, rep_id: str, outcome: str, reason: str
) -> None:
    cause = story.lead("l1", company_domain="a.example")
    story.decide(cause, "l1", outcome, rep_id, reason=reason)
    assert audit(story.history()) == []


def test_an_account_owner_who_is_away_binds_nobody() -> None:
    story = Story(time_off=[[NOON_MS - DAY_MS, NOON_MS + DAY_MS]])
    story.given("l1", "ann", {"company_domain": "a.example"})
    assert audit(story.history()) == []


def begins_tomorrow(story: Story, rep_id: str) -> None:
    story.publish("roster", {"rep_id": rep_id, "time_zone": "UTC"})
    story.inbox("rep", {"rep_id": rep_id, "starts_ms": NOON_MS + DAY_MS})


def test_an_account_owner_who_has_not_started_binds_nobody(story: Story) -> None:
    begins_tomorrow(story, "bob")
    story.given("l1", "ann", {"company_domain": "a.example"})
    assert audit(story.history()) == []


@pytest.mark.parametrize("gone", [{"removed": True}, {"leaves_ms": NOON_MS}])
@pytest.mark.parametrize("reason", ["imported", "changed_in_crm", "by_operator"])
def test_a_lead_given_by_name_to_a_rep_who_has_left_is_found(
    story: Story, gone: dict[str, Any], reason: str
) -> None:
    story.publish("roster", {"rep_id": "bob", "time_zone": "UTC"})
    story.inbox("rep", {"rep_id": "bob", **gone})
    story.given("l1", "bob", reason=reason)
    assert story.checks() == {"too_late"}


def test_a_lead_given_to_a_rep_before_their_first_day_is_found(story: Story) -> None:
    begins_tomorrow(story, "bob")
    story.given("l1", "bob", {"company_domain": "a.example"}, reason="account_owner")
    assert story.checks() == {"too_early"}


def test_people_may_give_a_lead_to_a_rep_before_their_first_day(story: Story) -> None:
    begins_tomorrow(story, "bob")
    story.given("l1", "bob", reason="imported")
    assert audit(story.history()) == []
