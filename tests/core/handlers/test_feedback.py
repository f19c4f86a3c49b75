"""What the CRM reports; its word on owners is final."""

from __future__ import annotations

from dataclasses import replace

import pytest
from auditor import everything
from world import DAY_MS, POLICY, World, with_rep

from router.core.model.policy import Cap, Handoff


def owned() -> World:
    world = World()
    world.one("L", employees=10)
    return world


def test_feedback_about_a_lead_that_nobody_knows_is_counted_and_changes_nothing():
    world = World()
    assert world.feedback("won", "nobody") == []
    assert world.org.feedback_ignored == 1


def test_the_echo_of_our_own_writes_is_dropped():
    world = owned()
    assert world.feedback("owner_changed", "L", rep_id="iva", actor="lead-router") == []
    assert world.owner("L") == "ida"


def test_feedback_seen_before_is_ignored():
    world = owned()
    world.feedback("rejected", "L", rep_id="ida", event_id="same")
    owner = world.owner("L")
    assert world.feedback("rejected", "L", rep_id=owner, event_id="same") == []


@pytest.mark.parametrize(
    "kind",
    [
        "accepted",
        "rejected",
        "contacted",
        "qualified",
        "handoff_requested",
        "reassign_requested",
        "disqualified",
    ],
)
def test_feedback_on_an_assignment_that_is_no_longer_current_changes_nothing(kind: str):
    world = owned()
    world.feedback("rejected", "L", rep_id="ida")
    before = world.org.leads["L"].status, world.owner("L")
    ignored = world.org.feedback_ignored
    assert world.feedback(kind, "L", assignment_id="L.1") == []
    assert world.feedback(kind, "L", assignment_id="L.7") == []
    assert world.feedback(kind, "L", assignment_id="other.2") == []
    assert world.feedback(kind, "L", assignment_id="L.²") == []
    if kind != "disqualified":
        assert world.feedback(kind, "L", rep_id="ida") == []
    assert (world.org.leads["L"].status, world.owner("L")) == before
    assert world.org.feedback_ignored >= ignored + 4


@pytest.mark.parametrize("kind", ["won", "lost"])
def test_won_and_lost_count_even_on_an_assignment_that_is_no_longer_current(kind: str):
    world = owned()
    world.feedback("rejected", "L", rep_id="ida")
    (decision,) = world.feedback(kind, "L", assignment_id="L.1", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("closed", kind)


def test_an_owner_changed_by_hand_wins_over_caps_and_starts_no_clock_to_accept():
    world = World(replace(POLICY, caps={"inside": Cap(1, 1)}))
    world.one("other", employees=10)
    world.one("L", employees=10)
    (decision,) = world.feedback("owner_changed", "L", rep_id="ida", assignment_id="L.0")
    assert (decision["outcome"], decision["reason"]) == ("reassigned", "changed_in_crm")
    assert (decision["rep_id"], decision["previous_rep_id"]) == ("ida", "ike")
    assert "accept_by" not in decision
    assert (world.open_of("ida"), world.open_of("ike")) == (2, 0)


def test_an_owner_given_by_hand_to_a_lead_that_waits_takes_it_out_of_the_queue():
    world = World(accounts=())
    world.one("L", employees=10, language="pl")
    (decision,) = world.feedback("owner_changed", "L", rep_id="iva")
    assert decision["outcome"] == "assigned"
    assert world.wait(10 * DAY_MS) == []


def test_an_owner_who_has_it_already_changes_nothing():
    world = owned()
    before = everything(world.shard)["records"]["pool/main/emea-inside"]
    assert world.feedback("owner_changed", "L", rep_id="ida") == []
    assert everything(world.shard)["records"]["pool/main/emea-inside"] == before


def test_a_rep_claims_a_lead_that_waits():
    world = World()
    world.one("L", employees=10, language="pl")
    (decision,) = world.feedback("claimed", "L", rep_id="iva", assignment_id="L.1")
    assert (decision["outcome"], decision["reason"], decision["rep_id"]) == (
        "assigned",
        "claimed",
        "iva",
    )
    assert world.status("L") == "accepted"
    assert "accept_by" not in decision
    assert "contact_by" in decision


def test_a_rep_claims_a_nurtured_lead():
    world = World()
    world.one("L", expected_value_minor=100)
    assert world.feedback("claimed", "L", rep_id="iva")[0]["rep_id"] == "iva"


def test_nobody_claims_beyond_their_cap_or_what_another_has():
    world = World(replace(POLICY, caps={"inside": Cap(open=1, per_day_from=(("web", 0),))}))
    assert world.one("L", employees=10)["rep_id"] == "ida"
    assert world.feedback("claimed", "L", rep_id="iva") == []
    world.one("M", employees=10, language="pl")
    assert world.feedback("claimed", "M", rep_id="ida") == []
    world.one("N", employees=10, language="pl", lead_source="web")
    assert world.feedback("claimed", "N", rep_id="iva") == []


def test_a_rejected_lead_goes_to_the_next_and_never_back():
    world = owned()
    owners = []
    for _ in range(3):
        owners.append(world.owner("L"))
        decision = world.feedback("rejected", "L", rep_id=owners[-1])[-1]
    assert owners == ["ida", "ike", "iva"]
    assert (decision["outcome"], decision["reason"]) == ("queued", "rejected")


def test_a_reassignment_on_request_says_so():
    (decision,) = owned().feedback("reassign_requested", "L", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("reassigned", "reassign_requested")


def test_a_disqualified_lead_is_closed():
    (decision,) = owned().feedback("disqualified", "L", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("closed", "disqualified")


def test_a_deal_that_was_lost_can_still_be_won():
    world = owned()
    world.feedback("lost", "L", rep_id="ida")
    (decision,) = world.feedback("won", "L", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("closed", "won")
    assert (decision["rep_id"], decision["sequence"]) == ("ida", 3)
    assert world.open_of("ida") == 0


def test_a_deal_won_by_mistake_can_still_be_lost_and_is_not_handed_on():
    line = Handoff("inside", "inside", (), "won", feedback="won", after_ms=2 * DAY_MS)
    world = World(replace(POLICY, handoffs=(line,)), with_rep("ida", partner_rep_id="iva"))
    world.one("L", employees=10)
    world.feedback("won", "L")
    assert world.feedback("lost", "L")[0]["reason"] == "lost"
    assert world.wait(3 * DAY_MS) == []


def test_what_is_won_after_it_was_lost_is_handed_on_like_any_other():
    line = Handoff("inside", "inside", (), "won", feedback="won", after_ms=2 * DAY_MS)
    world = World(replace(POLICY, handoffs=(line,)), with_rep("ida", partner_rep_id="iva"))
    world.one("L", employees=10)
    world.feedback("lost", "L")
    world.feedback("won", "L")
    (decision,) = world.wait(3 * DAY_MS)
    assert (decision["outcome"], decision["rep_id"]) == ("handed_off", "iva")


def test_of_won_and_lost_the_later_stands_whatever_comes_first():
    world = owned()
    world.feedback("won", "L")
    assert world.feedback("lost", "L", at_ms=world.now_ms - 1) == []
    assert world.org.leads["L"].closed_as == "won"
    assert world.org.feedback_ignored == 1


def test_the_same_end_reported_twice_is_decided_once_and_counted():
    world = owned()
    world.feedback("won", "L")
    assert world.feedback("won", "L") == []
    assert world.feedback("disqualified", "L") == []
    assert world.org.feedback_ignored == 2


def test_a_deal_is_won_though_the_router_had_closed_its_lead():
    world = owned()
    won_ms = world.now_ms
    world.wait(182 * DAY_MS)
    assert world.org.leads["L"].closed_as == "silent_too_long"
    assert world.feedback("won", "L", at_ms=won_ms)[0]["reason"] == "won"


def test_what_is_reported_of_a_lead_that_was_merged_counts_for_the_one_that_remains():
    world = owned()
    world.one("M", employees=10)
    world.feedback("merged", "L", into_lead_id="M")
    (decision,) = world.feedback("owner_changed", "L", rep_id="iva")
    assert (decision["lead_id"], decision["rep_id"]) == ("M", "iva")
    (decision,) = world.feedback("won", "L")
    assert (decision["lead_id"], decision["reason"]) == ("M", "won")


def test_a_converted_lead_stays_with_its_rep_and_counts():
    world = owned()
    world.feedback("converted", "L", rep_id="ida")
    assert (world.status("L"), world.open_of("ida")) == ("contacted", 1)


def test_leads_merged_in_the_crm_become_one():
    world = owned()
    world.one("M", employees=10)
    (decision,) = world.feedback("merged", "L", into_lead_id="M")
    assert (decision["outcome"], decision["reason"]) == ("merged", "merged_in_crm")
    assert (decision["merged_into"], decision["rep_id"]) == ("M", "ike")
    assert (world.open_of("ida"), world.open_of("ike")) == (0, 1)


def test_leads_are_never_merged_into_each_other():
    world = owned()
    world.one("M", employees=10)
    world.feedback("merged", "L", into_lead_id="M")
    assert world.feedback("merged", "M", into_lead_id="L") == []
    assert world.feedback("merged", "M", into_lead_id="M") == []
    assert world.status("M") == "assigned"


def test_an_erased_person_leaves_no_digest_behind_and_none_comes_back_with_old_news():
    world = World()
    world.one("L", employees=10, email_digest=5, custom={"a": 1}, country="DE")
    (decision,) = world.feedback("erased", "L")
    assert (decision["outcome"], decision["reason"]) == ("closed", "erased")
    assert world.org.persons == {}
    assert world.lead("L", "updated", email_digest=5, at_ms=world.now_ms - 1) == []
    facts = world.org.leads["L"].facts
    assert (facts.email_digest, facts.custom, facts.country) == (None, None, "DE")
    world.keep_changes()
    assert b'"a"' not in world.changelog["lead/main/L"]


@pytest.mark.parametrize("end", ["lost", "won", "merged"])
def test_a_lead_that_has_ended_is_erased_too_and_everybody_hears_of_it_once(end):
    world = World()
    world.one("L", employees=10, email_digest=5)
    world.one("M", employees=10)
    world.feedback(end, "L", into_lead_id="M")
    decisions = world.feedback("erased", "L")
    assert {decision["lead_id"] for decision in decisions} == (
        {"L", "M"} if end == "merged" else {"L"}
    )
    assert {decision["reason"] for decision in decisions} == {"erased"}
    assert world.org.persons == {}
    assert world.feedback("erased", "L") == []


def test_of_an_erased_lead_nothing_is_said_until_it_is_submitted_anew():
    world = World()
    world.one("L", employees=10, email_digest=5)
    world.one("M", employees=10)
    world.feedback("erased", "L")
    for kind in ("won", "lost", "disqualified", "merged", "accepted"):
        assert world.feedback(kind, "L", into_lead_id="M") == []
    assert world.feedback("owner_changed", "L", rep_id="ida") == []
    assert world.lead("L", "updated", employees=20) == []
    world.now_ms += 1
    again = world.one("L", "submitted", event_id="anew", employees=10)
    assert (again["outcome"], again["assignment_id"]) == ("assigned", "L.3")
    (won,) = world.feedback("won", "L")
    assert won["reason"] == "won"
