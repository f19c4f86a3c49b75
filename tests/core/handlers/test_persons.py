"""All leads of a person: consent, erasure, merges, requests, in any order (ADR 0023)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from auditor import check_state, everything, plain
from happenings import begin, next_event
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from world import DAY_MS, HOUR_MS, MINUTE_MS, World

from router.core.model.events import Facts, LeadEvent

FEW = settings(
    max_examples=50,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # what is drawn is small, and shrinking takes minutes
)
HIDDEN = 990
"""The digest of a person of whom nothing else happens."""
ROUTED = {"assigned", "reassigned", "queued", "nurtured", "handed_off", "escalated"}

happenings = st.binary(min_size=12 * 12, max_size=40 * 12).map(
    lambda drawn: [int.from_bytes(drawn[at : at + 12], "little") for at in range(0, len(drawn), 12)]
)


def _any_lead_of_theirs(number: int, world: World, event_types: tuple[str, ...]) -> LeadEvent:
    """An event of one of three ids of the hidden person, or of one that nobody knows yet."""
    lead_id = f"H{number % 4}" if number % 5 else f"H-new-{number % 97}"
    event_type: Any = event_types[number // 7 % len(event_types)]
    facts = Facts(email_digest=HIDDEN, employees=10, country=["DE", None][number % 2])
    at_ms = world.now_ms - [0, 0, HOUR_MS][number // 3 % 3]
    return LeadEvent(f"h{len(world.log)}", event_type, lead_id, at_ms, facts)


EVENTS = ("submitted", "submitted", "updated", "imported")


@FEW
@given(happenings, st.integers(2, 11))
def test_a_person_who_refused_is_never_routed_by_any_of_their_ids(numbers: list[int], at: int):
    world = begin(numbers[0])
    world.lead("H0", email_digest=HIDDEN, employees=10)
    for place, number in enumerate(numbers):
        if place == at:
            refusal = {"consent_email": "denied", "consent_phone": "denied"}
            world.lead(f"H{number % 5}", "submitted", email_digest=HIDDEN, **refusal)
        if place == at + 3:
            world.restart()
        world.feed(next_event(number, world))
        event = _any_lead_of_theirs(number, world, EVENTS)
        if number % 11 == 0:
            event.facts.consent_email = "unknown"
        decided = world.feed(event)
        check_state(world.shard)
        if place >= at:
            _assert_none_is_live(world)
            own = [one for one in decided if one["lead_id"].startswith("H")]
            assert not [one for one in own if one["outcome"] in ROUTED], own


def _assert_none_is_live(world: World) -> None:
    statuses = {
        lead.status for lead in world.org.leads.values() if lead.facts.email_digest == HIDDEN
    }
    assert statuses <= {"closed", "merged"}, statuses


@FEW
@given(happenings, st.integers(2, 11))
def test_what_was_erased_stays_erased_whatever_comes_of_before(numbers: list[int], at: int):
    world = begin(numbers[0])
    sent: list[LeadEvent] = []
    for place, number in enumerate(numbers):
        if place == at:
            erased_ms = max(world.now_ms, *(event.occurred_at_ms for event in sent))
            world.feedback("erased", "H0", at_ms=erased_ms)
            world.lead("H0", email_digest=HIDDEN, at_ms=erased_ms - HOUR_MS)  # if it was not there
        if place == at + 2:
            world.restart()
        world.feed(next_event(number, world))
        if place < at:
            event = _any_lead_of_theirs(number, world, EVENTS)
            sent.append(event)
            world.feed(event)
            at_ms = min(world.now_ms, *(one.occurred_at_ms for one in sent))
            world.lead("H0", email_digest=HIDDEN, employees=10, at_ms=at_ms)
        else:
            _assert_nothing_comes_back(world, number, sent)
    again = World(policy=None, reps=(), accounts=())
    for at_ms, event in world.log:
        again.now_ms = at_ms
        again.feed(event)
    assert plain(again.decided) == plain(world.decided)


def _assert_nothing_comes_back(world: World, number: int, sent: list[LeadEvent]) -> None:
    """An event from before once more, an update or an import of now, and a late lead."""
    if sent:
        world.feed(sent[number % len(sent)])
    world.feed(_any_lead_of_theirs(number, world, ("updated", "imported")))
    late = LeadEvent(
        f"late-{len(world.log)}",
        "submitted",
        f"H-late-{number % 13}",
        1,
        Facts(email_digest=HIDDEN),
    )
    decided = world.feed(late)
    assert {one["reason"] for one in decided} <= {"erased"}
    assert HIDDEN not in world.org.persons
    held = [lead.lead_id for lead in world.org.leads.values() if lead.facts.email_digest == HIDDEN]
    assert held == []


def _reported(kinds: tuple[str | None, ...]) -> World:
    """Leads A, B and C of three reps, with what each has reported; None waits for a rep."""
    world = World()
    for lead_id, kind in zip("ABC", kinds, strict=True):
        world.now_ms += MINUTE_MS
        world.lead(lead_id, employees=10, language=None if kind else "pl")
        if kind not in {None, "assigned"}:
            world.feedback(kind, lead_id)
    return world


MERGES = [("A", "C"), ("B", "C")]
CHAIN = [("A", "B"), ("B", "C")]


@pytest.mark.parametrize(
    ("kinds", "owner"),
    [
        ((None, "contacted", None), "B"),
        (("assigned", "contacted", "accepted"), "B"),
        (("contacted", "accepted", "assigned"), "A"),
        (("accepted", "assigned", "accepted"), "C"),
        (("assigned", None, None), "A"),
    ],
)
def test_leads_that_are_merged_in_any_order_have_one_owner(
    kinds: tuple[str | None, ...], owner: str
):
    expected = _reported(kinds).owner(owner)
    assert expected is not None
    for order in [*permutations(MERGES), CHAIN, CHAIN[::-1]]:
        world = _reported(kinds)
        for lead_id, into in order:
            world.feedback("merged", lead_id, into_lead_id=into)
            check_state(world.shard)
        assert world.owner("C") == expected, order
        world.restart()
        assert world.owner("C") == expected, order


@pytest.mark.parametrize("first", ["A", "B", None])
def test_a_merge_that_is_reported_before_its_leads_have_come_is_made_when_they_have(
    first: str | None,
):
    world = World()
    if first is not None:
        world.one(first, employees=10)
    world.feedback("merged", "A", into_lead_id="B")
    world.restart()
    for lead_id in "AB":
        world.now_ms += MINUTE_MS
        if lead_id != first:
            world.lead(lead_id, employees=10)
    check_state(world.shard)
    assert (world.status("A"), world.org.early_merges) == ("merged", ())
    assert world.owner("B") is not None


def test_equal_leads_brought_to_one_without_an_owner_leave_it_to_the_first_that_was_made():
    owners = set()
    for order in permutations(MERGES):
        world = _reported(("contacted", "contacted", None))
        first = world.owner("A")
        for lead_id, into in order:
            world.feedback("merged", lead_id, into_lead_id=into)
        owners.add(world.owner("C") == first)
    assert owners == {True}


@FEW
@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from(["accepted", "contacted", "attempted"])),
        max_size=4,
    ),
    st.integers(0, 4),
)
def test_a_merge_at_any_place_among_reports_gives_one_owner(
    reports: list[tuple[str, str]], at: int
):
    """Reports of the lead that remains name no rep; those of the other count for its rep."""
    owners = []
    for place in {min(at, len(reports)), len(reports)}:
        world = World()
        world.one("A", employees=10)
        world.now_ms += MINUTE_MS
        world.one("B", employees=10)
        mine = world.owner("A")
        for done, (lead_id, kind) in enumerate([*reports, ("", "")]):
            if done == place:
                world.feedback("merged", "A", into_lead_id="B")
            if lead_id == "A":
                world.feedback(kind, "A", assignment_id="A.1", rep_id=mine)
            elif lead_id == "B":
                world.feedback(kind, "B", assignment_id="B.1", rep_id="ike")
        owners.append(world.owner("B"))
    known = {kind for lead_id, kind in reports if lead_id == "B"}
    theirs = {kind for lead_id, kind in reports if lead_id == "A"}
    if known and theirs:
        return  # whose report came first decides then
    assert len(set(owners)) == 1, owners


STALE = ("accepted", "contacted", "rejected", "qualified", "handoff_requested")


@FEW
@given(happenings)
def test_a_stale_report_changes_nothing(numbers: list[int]):
    world = begin(numbers[0])
    for number in numbers:
        world.feed(next_event(number, world))
        for lead in list(world.org.leads.values()):
            if lead.owned_from < 2 or lead.status == "merged" or lead.rep is None:
                continue
            before = _without_memory(world)
            old = {"assignment_id": f"{lead.lead_id}.{lead.owned_from - 1}"}
            world.feedback(STALE[number % len(STALE)], lead.lead_id, **old)
            since_ms = lead.owner_at_ms or lead.occurred_at_ms
            world.feedback("owner_changed", lead.lead_id, rep_id="mia", at_ms=since_ms - 1)
            assert _without_memory(world) == before


def _without_memory(world: World) -> Any:
    """Everything but which events were seen, when something was heard, and what was in vain."""
    found = everything(world.shard)
    records = {
        key: record for key, record in found["records"].items() if not key.startswith("ignored/")
    }
    found["records"] = records
    for key, record in records.items():
        if key.startswith("lead/"):
            record[1][3] = record[1][4] = None
        if key.startswith("org/"):
            del record["feedback_ignored"]
    return found


def closed_by(world: World, event: Callable[[], list[Any]]) -> set[str]:
    return {one["lead_id"] for one in event() if one["outcome"] == "closed"}


def test_a_refusal_closes_what_waits_is_nurtured_or_is_outside_as_well():
    world = World()
    facts = {"email_digest": 7}
    world.one("waits", language="pl", employees=10, **facts)
    world.feedback("owner_changed", "waits", rep_id="zoe")
    world.one("other", employees=10, email_digest=8)
    refused = closed_by(world, lambda: world.lead("no", consent_email="denied", **facts))
    assert refused == {"no", "waits"}
    assert world.status("other") == "assigned"


def test_who_can_be_called_is_still_called_when_they_refuse_mail():
    world = World()
    world.one("L", email_digest=7, phone_digest=8, employees=10)
    assert closed_by(world, lambda: world.lead("M", email_digest=7, consent_email="denied")) == {
        "M"
    }
    assert world.status("L") == "assigned"


@pytest.mark.parametrize("later", [{"consent_email": "unknown"}, {"cleared": ["consent_email"]}])
def test_a_refusal_is_taken_back_by_nothing_but_a_later_grant(later: dict[str, Any]):
    world = World()
    world.one("L", consent_email="denied", consent_phone="denied")  # known by no digest
    world.now_ms += HOUR_MS
    world.lead("L", "updated", **later)
    world.now_ms += HOUR_MS
    assert world.one("L", employees=10)["reason"] == "consent_refused"
    world.now_ms += HOUR_MS
    world.lead("L", "updated", consent_email="granted")
    world.now_ms += HOUR_MS
    assert world.one("L", employees=10)["outcome"] == "assigned"


def test_a_consent_that_nobody_can_read_holds_the_lead_until_it_can_be_read():
    world = World()
    held = world.one("L", email_digest=7, employees=10, consent_email="unreadable")
    assert (held["outcome"], held["reason"]) == ("queued", "consent_unreadable")
    assert world.wait(DAY_MS) == []
    world.restart()
    (decision,) = world.lead("L", "updated", consent_email="granted")
    assert (decision["outcome"], decision["lead_id"]) == ("assigned", "L")


def test_an_open_lead_is_held_by_it_and_another_way_to_reach_the_person_is_not():
    world = World()
    world.one("L", email_digest=7, employees=10)
    (decision,) = world.lead("L", "updated", consent_email="unreadable")
    assert (decision["outcome"], decision["reason"]) == ("queued", "consent_unreadable")
    assert world.open_of("ida") == 0
    called = world.one("M", email_digest=8, phone_digest=9, consent_email="unreadable")
    assert called["outcome"] == "assigned"
    refused = world.lead("N", email_digest=7, consent_email="denied")
    assert {one["lead_id"] for one in refused if one["reason"] == "consent_refused"} == {"N", "L"}


def test_a_refusal_outlives_all_leads_of_its_person_and_a_restart():
    world = World()
    world.one("L", email_digest=7, phone_digest=8, consent_email="denied", consent_phone="denied")
    world.wait(60 * DAY_MS)
    assert "L" not in world.org.leads
    world.restart()
    assert world.one("by mail", email_digest=7)["reason"] == "consent_refused"
    assert world.one("by phone", phone_digest=8)["reason"] == "consent_refused"
    assert world.one("colleague", email_digest=9, phone_digest=8)["outcome"] == "assigned"


def test_a_forgotten_leads_late_refusal_counts_for_the_other_leads_of_its_person():
    world = World()
    world.one("old", email_digest=7, employees=10)
    world.feedback("lost", "old")
    world.wait(40 * DAY_MS)
    world.one("L", email_digest=7, employees=10)
    refused = closed_by(
        world, lambda: world.lead("old", "updated", email_digest=7, consent_email="denied")
    )
    assert refused == {"L"}


def test_nothing_is_kept_of_a_person_who_grants_and_never_refused():
    world = World()
    world.one("L", email_digest=7, employees=10, consent_email="granted")
    assert world.org.suppressed == {}


def test_of_an_erased_person_only_digests_and_times_are_kept():
    world = World()
    world.one("L", email_digest=7, phone_digest=8, employees=10, custom={"a": "secret"})
    world.feedback("erased", "L")
    world.wait(40 * DAY_MS)
    world.keep_changes()
    kept = {key: value for key, value in world.changelog.items() if not key.startswith("clock")}
    assert not any(b"secret" in value for value in kept.values())
    assert {"suppressed/main/7", "suppressed/main/8", "erased/main/L"} <= set(kept)


def test_an_erasure_that_comes_late_leaves_what_was_submitted_since():
    world = World()
    world.one("L", email_digest=7, employees=10)
    erased_ms = world.now_ms
    world.now_ms += HOUR_MS
    world.lead("M", email_digest=9, employees=10)
    world.lead("M", "updated", email_digest=7)
    world.feedback("erased", "L", at_ms=erased_ms)
    assert (world.status("L"), world.status("M")) == ("closed", "assigned")


def test_an_open_lead_that_turns_out_to_be_of_an_erased_person_is_erased():
    world = World()
    world.one("L", email_digest=7, employees=10)
    world.one("M", phone_digest=8, employees=10)
    at_ms = world.now_ms
    world.now_ms += HOUR_MS
    world.feedback("erased", "L")
    (decision,) = world.lead("M", "updated", email_digest=7, at_ms=at_ms)
    assert (decision["lead_id"], decision["reason"]) == ("M", "erased")


def test_a_merge_takes_the_higher_scores_and_engagement_and_keeps_the_ids_of_the_survivor():
    world = World()
    world.one("L", employees=10, scores={"fit": 9, "x": 1}, external_ids={"hubspot": "1"})
    world.engage("L", 25)
    older = {"at_ms": world.now_ms - HOUR_MS}
    world.one("M", employees=20, scores={"fit": 3}, external_ids={"hubspot": "2"}, **older)
    world.feedback("merged", "L", into_lead_id="M")
    facts, lead = world.org.leads["M"].facts, world.org.leads["M"]
    assert (facts.scores, facts.external_ids) == ({"fit": 9, "x": 1}, {"hubspot": "2"})
    assert (facts.employees, lead.engagement_milli) == (10, 25_000)
    world.lead("L", "updated", external_ids={"hubspot": "3"}, industry="steel")
    facts = world.org.leads["M"].facts
    assert (facts.external_ids, facts.industry) == ({"hubspot": "2"}, "steel")


def test_activity_of_a_merged_lead_raises_the_one_that_remains_and_never_lowers_it():
    world = World()
    world.one("L", employees=10)
    world.one("M", employees=10)
    world.engage("M", 20)
    world.feedback("merged", "L", into_lead_id="M")
    world.now_ms += MINUTE_MS
    world.engage("L", 5)
    assert world.org.leads["M"].engagement_milli == 20_000
    world.engage("L", 30)
    assert world.org.leads["M"].engagement_milli == 30_000


def test_an_owner_that_the_crm_repeats_every_night_keeps_older_words_out():
    world = World()
    world.one("L", employees=10)
    world.now_ms += HOUR_MS
    world.feedback("owner_changed", "L", rep_id="iva")
    at_ms = world.now_ms + HOUR_MS
    world.now_ms += DAY_MS
    assert world.feedback("owner_changed", "L", rep_id="iva") == []
    assert world.feedback("owner_changed", "L", rep_id="ike", at_ms=at_ms) == []
    assert world.owner("L") == "iva"
    assert world.org.feedback_ignored == 1


def test_a_request_on_a_lead_that_is_still_to_be_answered_puts_off_no_clock():
    world = World()
    first = world.one("L", employees=10)
    world.now_ms += 2 * MINUTE_MS
    again = world.one("L", employees=10)
    assert (again["reason"], again["accept_by"]) == ("asked_again", first["accept_by"])
    assert world.lead("L", employees=10, at_ms=world.now_ms - MINUTE_MS) == []  # it comes late


def test_a_request_of_a_lead_in_contact_is_answered_by_any_report_of_contact():
    world = World()
    world.one("L", employees=10)
    world.feedback("contacted", "L")
    world.now_ms += DAY_MS
    again = world.one("L", employees=10, request="quote")
    assert {"accept_by", "contact_by"} <= set(again)
    world.feedback("contacted", "L")
    assert world.wait(5 * DAY_MS) == []
    assert world.status("L") == "contacted"


@pytest.mark.parametrize("comes_first", ["the merge", "the refusal"])
def test_no_assignment_is_moved_to_a_lead_whose_person_refuses(comes_first: str):
    world = World()
    world.lead("L", email_digest=HIDDEN, employees=10)
    refusal = {"email_digest": HIDDEN + 1, "consent_email": "denied"}
    if comes_first == "the merge":
        world.feedback("merged", "L", into_lead_id="M")
        decided = world.lead("M", **refusal)
    else:
        world.lead("M", **refusal)
        decided = world.feedback("merged", "L", into_lead_id="M")
    assert (world.status("L"), world.status("M")) == ("merged", "closed")
    assert {one["outcome"] for one in decided if one["lead_id"] == "M"} == {"closed"}
    check_state(world.shard)


def test_an_assignment_is_moved_to_a_lead_that_can_be_reached_by_what_the_other_knew():
    world = World()
    [given_away] = world.lead("L", phone_digest=HIDDEN, employees=10)
    world.lead("M", email_digest=HIDDEN + 1, consent_email="denied")
    world.feedback("merged", "L", into_lead_id="M")
    assert (world.status("L"), world.status("M")) == ("merged", "assigned")
    assert world.owner("M") == given_away["rep_id"]
