"""An owner changed by hand in the CRM: of a closed lead, and to somebody not on the roster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world import DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_NOON_MS, POLICY, World

from router.core.explain.explain import People, headline, tell, why
from router.core.model.events import RosterEntry
from router.core.model.policy import Cap, Handoff, Rotation

ZOE = RosterEntry("zoe", ["inside"], "inside_rep")


def owned() -> World:
    world = World()
    world.one("L", employees=10)
    return world


def outside() -> World:
    """The CRM has given L to zoe, who is not on the roster."""
    world = owned()
    world.feedback("owner_changed", "L", rep_id="zoe")
    return world


def test_a_closed_lead_whose_owner_changes_stays_closed_and_takes_nobodys_place():
    world = owned()
    world.feedback("lost", "L")
    before = list(world.org.pools["emea-inside"].credits)
    (decision,) = world.feedback("owner_changed", "L", rep_id="iva")
    assert (decision["outcome"], decision["reason"]) == ("closed", "changed_in_crm")
    assert (decision["rep_id"], decision["previous_rep_id"]) == ("iva", "ida")
    assert (world.status("L"), world.open_of("iva")) == ("closed", 0)
    assert world.org.pools["emea-inside"].credits == before
    assert world.feedback("owner_changed", "L", rep_id="iva") == []


def test_a_closed_lead_that_is_submitted_again_goes_to_the_owner_it_was_given_meanwhile():
    world = owned()
    world.feedback("lost", "L")
    world.feedback("owner_changed", "L", rep_id="iva")
    world.now_ms += HOUR_MS
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("same_person", "iva")


def two_leads_of_a_person() -> World:
    """M is ida's and lost; L, of the same person, is lost too, and iva's by the CRM's word."""
    world = World()
    for name in ("M", "L"):
        world.one(name, employees=10, email_digest=7)
        world.feedback("lost", name)
        world.now_ms += HOUR_MS
    world.feedback("owner_changed", "L", rep_id="iva")
    world.now_ms += HOUR_MS
    return world


def test_its_own_owner_comes_before_that_of_another_lead_of_the_person():
    world = two_leads_of_a_person()
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("same_person", "iva")


def test_it_is_merged_into_another_lead_of_the_person_that_is_open():
    world = two_leads_of_a_person()
    world.one("M", employees=10)
    world.now_ms += HOUR_MS
    decision = world.lead("L", employees=10)[0]
    assert (decision["outcome"], decision["merged_into"]) == ("merged", "M")


def test_when_its_own_owner_cannot_have_it_that_of_the_other_lead_is_asked():
    world = two_leads_of_a_person()
    world.roster("iva", time_off=[(0, 1 << 50)])
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("same_person", "ida")
    assert decision["passed_over"] == [
        {"reason": "same_person", "why": "time_off", "rep_id": "iva"}
    ]


NOT_THERE = [{"reason": "same_person", "why": "not_on_roster", "outside_rep_id": "zoe"}]


def test_a_second_lead_of_a_person_whose_first_is_outside_says_so():
    world = World()
    world.one("L", employees=10, email_digest=7)
    world.feedback("owner_changed", "L", rep_id="zoe")
    decision = world.one("M", employees=10, email_digest=7)
    assert (decision["reason"], decision["passed_over"]) == ("rotation", NOT_THERE)
    assert "zoe, who had the person's earlier lead, is not on the roster" in {
        line.text for line in tell(decision, People()).lines
    }


def test_so_does_one_of_a_person_whose_first_was_imported_for_somebody_outside():
    world = World()
    world.one("L", "imported", owner_rep_id="zoe", email_digest=7)
    assert world.one("M", employees=10, email_digest=7)["passed_over"] == NOT_THERE
    world.one("K", "imported", owner_rep_id="zoe")
    assert world.one("K", employees=10)["passed_over"] == NOT_THERE


def test_an_owner_outside_who_has_left_is_named():
    world = World()
    world.one("L", employees=10, email_digest=7)
    world.roster("iva", removed=True)
    world.feedback("owner_changed", "L", rep_id="iva")
    decision = world.one("M", employees=10, email_digest=7)
    assert decision["passed_over"] == [{"reason": "same_person", "why": "left", "rep_id": "iva"}]


def test_a_closed_lead_goes_to_the_owner_it_was_given_who_has_joined_the_roster_since():
    world = owned()
    world.feedback("lost", "L")
    world.feedback("owner_changed", "L", rep_id="zoe")
    world.restart()
    world.feed(ZOE)
    world.now_ms += HOUR_MS
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("same_person", "zoe")


def test_a_closed_lead_whose_owner_leaves_the_roster_goes_to_no_former_owner():
    world = owned()
    world.feedback("lost", "L")
    (decision,) = world.feedback("owner_changed", "L", rep_id="zoe")
    assert (decision["outcome"], decision["reason"]) == ("closed", "owner_not_on_roster")
    assert (decision["outside_rep_id"], decision["previous_rep_id"]) == ("zoe", "ida")
    assert world.wait(DAY_MS) == []
    decision = world.one("L", employees=10)
    assert (decision["reason"], decision["passed_over"]) == ("rotation", NOT_THERE)


@pytest.mark.parametrize("rep_id", ["zoe", "iva"])
def test_a_crm_that_repeats_the_owner_of_a_closed_lead_every_night_is_heard_once(rep_id: str):
    world = owned()
    world.feedback("lost", "L")
    decided = []
    for _ in range(32):
        decided += world.feedback("owner_changed", "L", rep_id=rep_id)
        world.restart()
        decided += world.wait(DAY_MS)
    assert [each["outcome"] for each in decided] == ["closed"]
    assert world.org.leads.get("L") is None  # forgotten in its time


def test_a_closed_lead_may_go_to_a_second_stranger_and_back():
    world = owned()
    world.feedback("lost", "L")
    for rep_id in ("zoe", "zack", "zoe"):
        (decision,) = world.feedback("owner_changed", "L", rep_id=rep_id)
        assert (decision["reason"], decision["outside_rep_id"]) == ("owner_not_on_roster", rep_id)
    (decision,) = world.feedback("owner_changed", "L", rep_id="ida")
    assert (decision["reason"], decision["rep_id"]) == ("changed_in_crm", "ida")
    assert world.feedback("owner_changed", "L", rep_id="zoe")[0]["previous_rep_id"] == "ida"


def test_the_owner_outside_of_a_closed_lead_is_no_longer_known_when_it_was_open_again():
    world = owned()
    world.feedback("lost", "L")
    world.feedback("owner_changed", "L", rep_id="zoe")
    world.now_ms += HOUR_MS
    world.one("L", language="pl")
    world.feedback("lost", "L")
    (decision,) = world.feedback("owner_changed", "L", rep_id="zoe")
    assert decision["outside_rep_id"] == "zoe"


def test_a_won_customer_whose_owner_is_changed_by_hand_is_not_handed_on_once_more():
    line = Handoff("field", "inside", (), "won", feedback="won", after_ms=2 * DAY_MS)
    world = World(replace(POLICY, handoffs=(line,)))
    assert world.one("L", expected_value_minor=9_000_000)["rep_id"] in {"fay", "fin"}
    world.feedback("won", "L")
    world.feedback("owner_changed", "L", rep_id="iva")
    assert world.wait(3 * DAY_MS) == []


def test_an_owner_who_is_not_on_the_roster_has_the_lead_and_the_former_ones_place_is_free():
    world = owned()
    (decision,) = world.feedback("owner_changed", "L", rep_id="zoe")
    assert (decision["outcome"], decision["reason"]) == ("recalled", "owner_not_on_roster")
    assert (decision["previous_rep_id"], decision["outside_rep_id"]) == ("ida", "zoe")
    assert "rep_id" not in decision
    assert world.open_of("ida") == 0
    assert not any(world.org.pools["emea-inside"].credits)  # the turn is given back
    said = (headline(decision, People()), why(decision, People()))
    assert said == (
        "left to somebody outside the roster",
        "in the CRM it is zoe's, who is not on the roster",
    )


def test_a_lead_that_is_with_somebody_outside_is_not_moved_behind_their_back():
    world = outside()
    assert world.wait(10 * DAY_MS) == []
    (told,) = world.lead("L", "submitted", employees=9_000)
    assert (told["outcome"], told["reason"]) == ("recalled", "asked_again")
    assert told["outside_rep_id"] == "zoe"
    assert world.lead("L", "updated", employees=9_001) == []
    assert world.engage("L", 90) == []
    assert world.feedback("rejected", "L", rep_id="ida") == []
    assert world.feedback("claimed", "L", rep_id="iva") == []
    assert world.feedback("owner_changed", "L", rep_id="zoe") == []
    assert world.status("L") == "outside"


def test_it_is_given_back_to_the_roster_by_hand():
    world = outside()
    (decision,) = world.feedback("owner_changed", "L", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("assigned", "changed_in_crm")
    world.feed(ZOE)
    assert world.wait(0) == []
    assert outside().command("assign", "L", rep_id="iva")[0]["reason"] == "by_operator"


def test_it_is_theirs_in_the_router_too_when_they_join_the_roster():
    world = outside()
    world.restart()
    world.feed(ZOE)
    (decision,) = world.wait(0)
    assert (decision["outcome"], decision["reason"]) == ("assigned", "changed_in_crm")
    assert (decision["rep_id"], world.open_of("zoe")) == ("zoe", 1)


def test_a_second_stranger_takes_the_place_of_the_first():
    world = outside()
    (decision,) = world.feedback("owner_changed", "L", rep_id="zack")
    assert (decision["outcome"], decision["outside_rep_id"]) == ("recalled", "zack")
    world.feed(ZOE)
    assert world.wait(0) == []
    world.feed(replace(ZOE, rep_id="zack"))
    assert world.wait(0)[0]["rep_id"] == "zack"


GONE = ({"removed": True}, {"leaves_ms": MONDAY_NOON_MS - DAY_MS})
BACK = {"removed": False, "leaves_ms": None}


def test_nobody_is_remembered_for_whom_nothing_waits_any_more():
    world = outside()
    for n in range(5):
        world.feedback("owner_changed", "L", rep_id=f"stranger-{n}")
    assert list(world.org.room) == ["@stranger-4"]
    world.feedback("owner_changed", "L", rep_id="ida")
    assert world.org.room == {}


@pytest.mark.plain_core
def test_nobody_is_remembered_of_an_event_that_is_taken_back(monkeypatch: pytest.MonkeyPatch):
    world = owned()
    monkeypatch.setattr("router.core.assign.owner_changes.publish", None)
    with pytest.raises(TypeError):
        world.feedback("owner_changed", "L", rep_id="zoe")
    assert world.org.room == {}
    monkeypatch.undo()
    world.feedback("owner_changed", "L", rep_id="zoe")
    monkeypatch.setattr("router.core.assign.owner_changes.publish", None)
    with pytest.raises(TypeError):
        world.feedback("owner_changed", "L", rep_id="ida")
    assert list(world.org.room) == ["@zoe"]


@pytest.mark.parametrize("gone", GONE)
def test_a_rep_who_has_left_is_somebody_outside(gone: dict[str, Any]):
    world = owned()
    world.roster("iva", **gone)
    (decision,) = world.feedback("owner_changed", "L", rep_id="iva")
    assert decision["outcome"] == "recalled"
    assert world.wait(DAY_MS) == []
    world.roster("iva", **BACK)
    assert world.wait(0)[0]["rep_id"] == "iva"


@pytest.mark.parametrize("gone", GONE)
def test_a_closed_lead_that_the_crm_gives_to_a_leaver_has_an_owner_outside(gone: dict[str, Any]):
    world = owned()
    world.feedback("lost", "L")
    world.roster("iva", **gone)
    (decision,) = world.feedback("owner_changed", "L", rep_id="iva")
    assert (decision["reason"], decision["outside_rep_id"]) == ("owner_not_on_roster", "iva")
    assert "rep_id" not in decision


@pytest.mark.parametrize("gone", GONE)
def test_an_operator_assigns_nothing_to_a_leaver(gone: dict[str, Any]):
    world = owned()
    world.roster("iva", **gone)
    assert world.command("assign", "L", rep_id="iva", command_id="c") == []
    assert world.wait(0) == []
    world.roster("iva", **BACK)
    assert world.command("assign", "L", rep_id="iva", command_id="c")[0]["rep_id"] == "iva"


@pytest.mark.parametrize("gone", GONE)
def test_nothing_is_given_to_a_joiner_who_has_left_by_then(gone: dict[str, Any]):
    world = outside()
    world.one("M", "imported", owner_rep_id="zoe")
    world.feed(ZOE)
    world.roster("zoe", **gone)
    assert world.wait(DAY_MS) == []
    assert world.shard.next_due_ms() > world.now_ms
    world.roster("zoe", **BACK)
    assert [each["rep_id"] for each in world.wait(0)] == ["zoe", "zoe"]


def test_who_leaves_before_the_tick_that_is_due_for_them_gets_nothing_and_ticks_end():
    world = outside()
    world.feed(replace(ZOE, leaves_ms=world.now_ms + 1))
    assert world.shard.next_due_ms() <= world.now_ms
    world.now_ms += 1
    assert world.wait(DAY_MS) == []


@pytest.mark.parametrize("end", ["won", "lost", "erased"])
def test_it_ends_by_the_crms_word(end: str):
    world = outside()
    (decision,) = world.feedback(end, "L")
    assert (decision["outcome"], decision["reason"]) == ("closed", end)
    world.feed(ZOE)
    assert world.wait(0) == []


def test_it_ends_when_nothing_was_heard_of_it_for_long():
    (decision,) = outside().wait(185 * DAY_MS)
    assert decision["reason"] == "silent_too_long"


def test_who_joins_after_half_a_year_has_half_a_year_for_what_was_waiting():
    world = outside()
    world.wait(180 * DAY_MS - HOUR_MS)
    world.feed(ZOE)
    assert [one["outcome"] for one in world.wait(179 * DAY_MS)] == ["assigned"]
    assert world.owner("L") == "zoe"
    (decision,) = world.wait(3 * DAY_MS)
    assert decision["reason"] == "silent_too_long"


def test_what_was_waiting_for_a_joiner_counts_before_what_the_same_tick_finds_a_rep_for():
    """Otherwise the tick fills them up to their cap, and what is theirs goes beyond it."""
    world = World(policy=replace(POLICY, caps={"inside": Cap(open=1)}))
    world.one("L", employees=10)  # ida's, to be accepted in five minutes
    world.one("M", employees=10)
    world.feedback("owner_changed", "M", rep_id="zoe")
    for rep_id in ("ike", "iva"):
        world.roster(rep_id, leaves_ms=0)
    world.now_ms += 6 * MINUTE_MS
    world.feed(ZOE)
    given = {one["lead_id"]: one.get("rep_id") for one in world.wait(0)}
    assert given == {"M": "zoe", "L": None}
    assert world.open_of("zoe") == 1


def test_a_lead_that_waits_leaves_its_queue_for_somebody_outside():
    world = World(accounts=())
    world.one("L", employees=10, language="pl")
    (decision,) = world.feedback("owner_changed", "L", rep_id="zoe")
    assert decision["outcome"] == "recalled"
    assert "previous_rep_id" not in decision
    assert world.wait(10 * DAY_MS) == []


def test_an_imported_lead_that_waits_for_its_owner_is_open_when_it_is_given_to_another():
    world = World()
    world.one("L", "imported", owner_rep_id="zoe")
    (decision,) = world.feedback("owner_changed", "L", rep_id="ida")
    assert (decision["outcome"], world.open_of("ida")) == ("assigned", 1)
    world.one("M", "imported", owner_rep_id="zoe")
    assert world.feedback("owner_changed", "M", rep_id="zoe")[0]["outcome"] == "recalled"
    assert world.status("M") == "outside"


def test_a_new_owner_without_a_name_is_counted_as_ignored():
    world = owned()
    assert world.feedback("owner_changed", "L") == []
    assert world.org.feedback_ignored == 1


def test_in_a_policy_by_value_the_former_owner_gets_back_what_it_cost():
    world = World(replace(POLICY, rotation=Rotation("value", ())))
    world.one("L", employees=10)
    world.feedback("owner_changed", "L", rep_id="zoe")
    assert not any(world.org.pools["emea-inside"].credits)


def test_a_lead_whose_senders_clock_is_ahead_can_be_given_by_the_crm():
    world = World()
    world.one("L", employees=10, at_ms=world.now_ms + HOUR_MS)
    world.now_ms += 60_000
    (given,) = world.feedback("owner_changed", "L", rep_id="fay")
    assert (given["rep_id"], given["reason"]) == ("fay", "changed_in_crm")
