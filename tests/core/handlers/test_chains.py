"""Every chain ends at somebody who is there, and what was meant is asked again when it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from happenings import IMPATIENT, REP_IDS, Dice, begin, happenings, next_event
from hypothesis import HealthCheck, given, settings
from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, REPS, World, values, with_rep

from router.core.model.assignment import Assignment
from router.core.model.events import (
    Event,
    Facts,
    Feedback,
    LeadEvent,
    PolicyPublished,
    RosterEntry,
    Tick,
)
from router.core.model.lead import OPEN_STATUSES, Status
from router.core.model.policy import BacklogRule, Cap, ChannelLine, Handoff, Policy, Sla
from router.core.model.rep import Rep
from router.core.search.stand_ins import manager_there, stand_in
from router.core.search.view import view_of
from router.core.state.availability import has_left
from router.core.state.sales_org import SalesOrg
from tests.core.assign.waiting.test_waiting_room import drain, looking

MANY = settings(max_examples=150, suppress_health_check=list(HealthCheck))
GIVEN = {"assigned", "reassigned", "handed_off"}

NO_CLOCKS = replace(IMPATIENT, sla={})
NO_HANDOFFS = replace(IMPATIENT, handoffs=(), channel=POLICY.channel[-1:])
ACCEPT_ONLY = replace(
    IMPATIENT,
    sla={"inside": Sla(5 * MINUTE_MS, None, None, "next_rep", 2, "manager", "duty")},
    handoffs=(Handoff("field", "inside", (), "won", feedback="won", after_ms=10 * DAY_MS),),
    channel=(ChannelLine("inside_then_field", (), "all"),),
)
CONTACT_ONLY = replace(
    IMPATIENT,
    sla={"inside": Sla(None, 9 * MINUTE_MS, None, "tell_manager", 1, "stay", "duty")},
    backlog=BacklogRule("value", HOUR_MS, "nurture"),
)
VARIANTS = (NO_CLOCKS, NO_HANDOFFS, ACCEPT_ONLY, CONTACT_ONLY, IMPATIENT, POLICY)


def chained(number: int, world: World) -> Event:
    """Return an event: any, with managers, backups and rules that come and go."""
    dice = Dice(number)
    sort = dice.below(8)
    if sort == 0:
        published = replace(dice.of(VARIANTS), version=1 + len(world.log))
        later_ms = dice.of([0, 0, world.now_ms + HOUR_MS])
        return PolicyPublished(replace(published, effective_from_ms=later_ms))
    if sort == 1:
        return _in_other_chains(dice, world)
    return next_event(dice.number, world)


def _in_other_chains(dice: Dice, world: World) -> Event:
    known = {rep.rep_id: rep for rep in REPS}
    rep_id = dice.of(["mia", *REP_IDS])
    entry = known.get(rep_id) or RosterEntry(rep_id, ["inside"], "inside_rep")
    now_ms = world.now_ms
    return replace(
        entry,
        manager_rep_id=dice.maybe(REP_IDS),
        backup_rep_id=dice.maybe(REP_IDS),
        partner_rep_id=dice.maybe(REP_IDS),
        leaves_ms=dice.of([None, None, now_ms + MINUTE_MS, now_ms - DAY_MS]),
        time_off=dice.of([[], [(now_ms - HOUR_MS, now_ms + DAY_MS)]]),
    )


def test_the_first_who_is_there_stands_in_and_a_circle_ends():
    away = {"time_off": [(0, 1 << 50)]}
    reps = (
        RosterEntry("a", backup_rep_id="b", **away),  # type: ignore[arg-type]
        RosterEntry("b", backup_rep_id="c", removed=False, leaves_ms=1),
        RosterEntry("c", backup_rep_id="a", starts_ms=1 << 50),
    )
    world = World(reps=reps)
    assert stand_in(world.org, "a", world.now_ms) is None
    world.roster("c", starts_ms=None)
    assert stand_in(world.org, "a", world.now_ms) is world.org.reps["c"]
    assert stand_in(world.org, "nobody", world.now_ms) is None


def managers(*reps: RosterEntry) -> str | None:
    world = World(reps=(RosterEntry("a", manager_rep_id="m"), *reps))
    found = manager_there(world.org, world.org.reps["a"], world.now_ms)
    return None if found is None else found.profile.rep_id


def test_a_manager_who_is_not_there_is_passed_over_to_their_backup_then_to_the_next_one_up():
    away: dict[str, Any] = {"time_off": [(0, 1 << 50)]}
    m = RosterEntry("m", manager_rep_id="n", backup_rep_id="d", **away)
    assert managers(m, RosterEntry("n"), RosterEntry("d")) == "d"
    assert managers(m, RosterEntry("n"), RosterEntry("d", **away)) == "n"
    assert managers(m, RosterEntry("n", backup_rep_id="e", **away), RosterEntry("e")) == "e"
    assert managers(m, RosterEntry("n", manager_rep_id="m", **away)) is None
    assert managers(m) is None


def test_nobody_is_told_of_a_lead_of_their_own():
    m = RosterEntry("m", manager_rep_id="n", backup_rep_id="a", time_off=[(0, 1 << 50)])
    assert managers(m, RosterEntry("n")) == "n"
    assert managers(replace(m, backup_rep_id=None, manager_rep_id="a")) is None


def test_a_handed_on_customer_goes_to_a_partner_on_leave_if_nobody_stands_in():
    line = Handoff("field", "inside", (), "won", feedback="won", after_ms=HOUR_MS)
    for backup, expected in ((None, "ida"), ("ike", "ike")):
        reps = with_rep("ida", time_off=[(0, 1 << 50)], backup_rep_id=backup)
        world = World(replace(POLICY, handoffs=(line,)), reps)
        world.one("L", expected_value_minor=9_000_000)
        world.feedback("won", "L")
        (back,) = world.wait(HOUR_MS)
        assert (back["outcome"], back["rep_id"]) == ("handed_off", expected)


def test_a_partner_who_has_left_is_named_on_no_lead_any_more():
    world = World()
    world.one("L", expected_value_minor=2_000_000)
    world.feedback("qualified", "L", rep_id="ida")
    world.roster("ida", removed=True)
    (moved,) = world.feedback("rejected", "L", rep_id="fay")
    assert "partner_rep_id" not in moved


def test_a_miss_bars_until_an_hour_after_it_for_each_and_a_rejection_for_good():
    world = World(replace(POLICY, sla={"inside": replace(POLICY.sla["inside"], at_most=9)}))
    world.one("L", employees=10, language="fr")  # only iva speaks it
    world.feedback("accepted", "L", rep_id="iva")
    (told,) = world.wait(16 * MINUTE_MS)
    assert (told["outcome"], told["notify_rep_id"]) == ("queued", "mia")
    assert world.wait(HOUR_MS - MINUTE_MS - 1) == []
    (again,) = world.wait(1)
    assert (again["reason"], again["rep_id"]) == ("backlog_offered", "iva")
    (told,) = world.wait(6 * MINUTE_MS)
    assert told["reason"] == "accept_missed"
    assert world.wait(2 * HOUR_MS - 2 * MINUTE_MS) == []
    (again,) = world.wait(2 * MINUTE_MS)
    world.feedback("rejected", "L", rep_id="iva")
    assert [one["outcome"] for one in world.wait(4 * DAY_MS)] == []


def test_a_lead_that_waits_while_others_may_have_it_tells_nobody():
    busy = World(replace(POLICY, sla={"inside": replace(POLICY.sla["inside"], at_most=9)}))
    for rep_id in ("ike", "iva"):
        busy.roster(rep_id, hours=[(6, 0, 60)])
    busy.one("L", employees=10)
    (waits,) = busy.wait(6 * MINUTE_MS)
    assert waits["outcome"] == "queued"
    assert "notify" not in waits


def test_a_leavers_lead_that_is_for_nobody_else_is_told():
    world = World()
    world.one("L", employees=10, language="fr")
    world.feedback("accepted", "L", rep_id="iva")
    world.roster("iva", removed=True)
    (told,) = world.wait(0)
    assert (told["outcome"], told["reason"], told["notify_rep_id"]) == ("queued", "rep_left", "mia")


def test_a_rejected_lead_that_nobody_else_may_have_is_told_also_where_it_is_nurtured():
    world = World(replace(POLICY, nobody_free={"inside": ("nurture",)}))
    world.one("L", employees=10, language="fr")
    (told,) = world.feedback("rejected", "L", rep_id="iva")
    assert (told["outcome"], told["notify_rep_id"]) == ("nurtured", "mia")


def test_a_lead_held_for_its_consent_waits_no_longer_than_others_once_there_is_a_policy():
    world = World(None)
    world.one("L", employees=10, email_digest=5, consent_email="unreadable")
    world.feed(PolicyPublished(POLICY))
    (held,) = world.wait(0)
    assert (held["reason"], held["wait_until"][:10]) == ("consent_unreadable", "2025-11-15")


def test_a_wait_after_an_answer_begins_anew():
    world = World(replace(POLICY, backlog=BacklogRule(at_most_ms=DAY_MS)))
    world.one("L", employees=10, language="fr")
    (first,) = world.wait(6 * MINUTE_MS)
    world.wait(HOUR_MS)
    assert world.owner("L") == "iva"
    world.feedback("accepted", "L", rep_id="iva")
    (second,) = world.feedback("rejected", "L", rep_id="iva")
    assert second["wait_until"] > first["wait_until"]


def test_a_lead_that_cooled_while_it_waited_for_the_field_waits_no_longer():
    reps = tuple(rep for rep in with_rep("fay", time_off=[(0, 1 << 50)]) if rep.rep_id != "fin")
    world = World(replace(POLICY, sla={}), reps)
    world.one("L", employees=10)
    (told,) = world.engage("L", 75, half_life_ms=DAY_MS)
    assert told["reason"] == "handoff_waits"
    world.wait(3 * DAY_MS)
    world.roster("fay", time_off=[])
    assert world.wait(DAY_MS) == []
    assert world.org.leads["L"].handoff_at_ms is None


def test_a_lead_that_fades_and_is_engaged_anew_has_risen():
    world = World(replace(POLICY, sla={}))
    world.one("L", employees=10)
    (first,) = world.engage("L", 75, half_life_ms=DAY_MS)
    world.feedback("handoff_requested", "L", rep_id=first["rep_id"])
    assert world.engage("L", 80, half_life_ms=DAY_MS) == []
    world.wait(3 * DAY_MS)
    (again,) = world.engage("L", 75, half_life_ms=DAY_MS)
    assert (again["outcome"], again["reason"]) == ("handed_off", "score_rose")


@pytest.mark.parametrize("kind", ["submitted", "updated"])
def test_only_a_new_submission_pushes_what_the_field_gave_back_without_a_rise(kind: str):
    world = World(replace(POLICY, sla={}))
    world.one("L", employees=10)
    (first,) = world.engage("L", 75)
    world.feedback("handoff_requested", "L", rep_id=first["rep_id"])
    world.now_ms += 1
    found = world.lead("L", kind, city="bonn")
    assert [one["reason"] for one in found] == (["handoff_rule"] if kind == "submitted" else [])


@pytest.mark.parametrize("how", ["engagement", "update"])
def test_a_lead_that_rises_while_it_waits_is_handed_over_once_an_inside_rep_has_it(how: str):
    world = World(replace(POLICY, sla={}, caps={"inside": Cap(open=1)}))
    for n in range(3):
        world.one(f"held-{n}", employees=10)
    if how == "update":
        world.engage("L", 60)
    assert world.one("L", employees=10)["outcome"] == "queued"
    if how == "update":
        assert world.lead("L", "updated", industry="software") == []
    else:
        assert world.engage("L", 80) == []
    world.restart()
    world.feedback("lost", "held-0")
    found = [(one["outcome"], one["reason"]) for one in world.wait(0)]
    assert found == [("assigned", "backlog_offered"), ("handed_off", "handoff_waited")]


@pytest.mark.parametrize(("rises", "reasons"), [(True, []), (False, ["handoff_rule"])])
def test_a_fall_into_a_band_is_no_rise(rises: Any, reasons: list[str]):
    line = Handoff("inside", "field", (values("band", "warm"),), "warm", rises=rises)
    world = World(replace(POLICY, sla={}, handoffs=(line,)))
    world.engage("L", 75)
    world.one("L", employees=10)
    world.now_ms += 1
    assert [one["reason"] for one in world.engage("L", 40)] == reasons


def test_a_new_submission_sends_no_lead_of_the_field_back():
    cools = Handoff("field", "inside", (values("band", "cold"),), "cools")
    world = World(replace(POLICY, sla={}, handoffs=(cools,)))
    world.one("L", expected_value_minor=9_000_000)
    world.now_ms += 1
    (told,) = world.lead("L", "submitted", city="bonn")
    assert (told["outcome"], told["reason"]) == ("assigned", "asked_again")
    assert world.owner("L") == "fay"


def test_a_submission_that_comes_late_is_nothing_new():
    world = World(replace(POLICY, sla={}))
    world.one("L", employees=10)
    (first,) = world.engage("L", 75)
    world.feedback("handoff_requested", "L", rep_id=first["rep_id"])
    assert world.lead("L", "submitted", city="bonn", at_ms=world.now_ms - HOUR_MS) == []


def test_a_qualified_lead_stays_inside_where_the_policy_no_longer_begins_inside():
    world = World(replace(POLICY, handoffs=()))
    world.one("L", expected_value_minor=2_000_000)
    inside = replace(POLICY, handoffs=(), channel=POLICY.channel[-1:], version=2)
    world.feed(PolicyPublished(inside))
    assert world.feedback("qualified", "L", rep_id="ida") == []


def who(org: SalesOrg, rep_id: str) -> Rep:
    return org.reps[rep_id]


@MANY
@given(happenings)
def test_nobody_who_has_left_is_given_told_of_or_waited_for(numbers: list[int]):
    world = begin(numbers[0])
    for number in numbers:
        place = len(world.decided)
        world.feed(chained(number, world))
        _check_told(world, world.decided[place:])
        place = len(world.decided)
        drain(world)
        _check_told(world, world.decided[place:])
        org, now_ms = world.org, world.shard.now_ms
        for lead in org.leads.values():
            if lead.status in OPEN_STATUSES and lead.lead_id not in org.aside:
                assert not has_left(org.rep_numbers[lead.rep or 0], now_ms), lead
        for found in org.room.values():
            awaited = found.awaited
            assert awaited is None or not has_left(org.rep_numbers[awaited], now_ms), found.key
        org.leads.forget()


def _check_told(world: World, decided: list[Assignment]) -> None:
    org, now_ms = world.org, world.shard.now_ms
    for one in decided:
        moved = one["outcome"] == "escalated" and one.get("previous_rep_id")
        named = [one.get("notify_rep_id"), one.get("partner_rep_id")]
        if one["outcome"] in GIVEN or moved:
            named.append(one["rep_id"])
        assert not any(has_left(who(org, name), now_ms) for name in named if name), one
        assert ("notify_rep_id" in one) == (one.get("notify") == "manager"), one
        if "notify_rep_id" in one and one["outcome"] == "escalated":
            assert one["notify_rep_id"] != one.get("rep_id"), one


@MANY
@given(happenings)
def test_no_lead_waits_silently_beyond_its_deadline(numbers: list[int]):
    world, told = begin(numbers[0]), set[str]()
    for number in numbers:
        place = len(world.decided)
        world.feed(chained(number, world))
        drain(world)
        for one in world.decided[place:]:
            over = one["reason"] == "waited_too_long"
            stays = one["outcome"] in {"queued", "escalated"}
            if over:
                assert "notify" in one, one
            if over and one["outcome"] == "escalated":
                told.add(one["lead_id"])
            elif not stays:
                told.discard(one["lead_id"])
        _check_nothing_overdue(world, told)


def _check_nothing_overdue(world: World, told: set[str]) -> None:
    org, now_ms = world.org, world.shard.now_ms
    for lead in org.leads.values():
        if lead.lead_id in org.aside or org.policy is None:
            continue
        if lead.status is Status.WAITING:
            until_ms = lead.wait_until_ms
            silent = until_ms is None and lead.lead_id not in told
            assert not silent, lead
            assert until_ms is None or until_ms > now_ms, lead
        clocks = (lead.accept_by_ms, lead.contact_by_ms)
        if lead.status in OPEN_STATUSES:
            assert all(at_ms is None or at_ms > now_ms for at_ms in clocks), lead
    org.leads.forget()


HANDING = (
    replace(POLICY, sla={}),
    replace(POLICY, sla={}, handoffs=(), channel=POLICY.channel[-1:]),
    replace(ACCEPT_ONLY, channel=POLICY.channel, before_rotation=()),
)


def with_one_of_the_field(number: int) -> World:
    return World(HANDING[number % len(HANDING)], with_rep("fin", channels=[]))


def meant(number: int, world: World) -> Event:
    """Leads that are to be handed over later, and rules that come and go meanwhile."""
    dice = Dice(number)
    world.now_ms += dice.of([0, MINUTE_MS, HOUR_MS, DAY_MS, 11 * DAY_MS])
    sort, lead_id, at_ms = dice.below(5), f"L{dice.below(5)}", world.now_ms
    if sort == 0:
        value = dice.of([100_000, 2_000_000, 9_000_000])
        found = Facts(expected_value_minor=value)
        return LeadEvent(f"e{len(world.log)}", "submitted", lead_id, at_ms, found)
    if sort == 1:
        kind = dice.of(["won", "qualified", "qualified", "handoff_requested"])
        return Feedback(f"f{len(world.log)}", kind, lead_id, at_ms)
    if sort == 2:
        return PolicyPublished(replace(dice.of(HANDING), version=2 + len(world.log)))
    if sort == 3:
        return replace(REPS[0], time_off=dice.of([[], [(0, 1 << 50)]]))
    return Tick(at_ms)


@pytest.mark.parametrize(("start", "what"), [(begin, chained), (with_one_of_the_field, meant)])
@MANY
@given(happenings)
def test_nothing_is_carried_out_by_a_rule_that_is_gone(start: Any, what: Any, numbers: list[int]):
    world = start(numbers[0])
    for number in numbers:
        event = what(number, world)
        before = {lead.lead_id: (lead.channel, lead.handoff_by) for lead in leads_of(world)}
        decided = world.feed(event)
        for one in decided:
            channel, by = before.get(one["lead_id"], (None, None))
            policy = world.org.policy
            if one["reason"].endswith("_missed") and policy is not None:
                sla = policy.sla.get(channel or "")
                assert sla is not None, one
                clock = sla.accept_ms if one["reason"] == "accept_missed" else sla.contact_ms
                assert clock is not None, one
            if one["reason"] == "won" and one["outcome"] == "handed_off":
                assert ("field", "inside", "won") in ways(policy), one
            if one["reason"] == "handoff_waited" and by != "handoff_requested":
                assert has_way_to_field(policy, by), one


def leads_of(world: World) -> list[Any]:
    found = list(world.org.leads.values())
    world.org.leads.forget()
    return found


def ways(policy: Policy | None) -> set[tuple[str, str, str | None]]:
    lines = policy.handoffs if policy else ()
    return {(line.from_channel, line.to_channel, line.feedback) for line in lines}


def has_way_to_field(policy: Policy | None, by: str | None) -> bool:
    assert policy is not None
    inside_first = any(line.use == "inside_then_field" for line in policy.channel)
    feedback = None if by == "rise" else by
    return ("inside", "field", feedback) in ways(policy) or (by == "qualified" and inside_first)


@MANY
@given(happenings)
def test_a_score_rose_only_where_the_band_is_another_than_before(numbers: list[int]):
    world = begin(numbers[0])
    for number in numbers:
        event = chained(number, world)
        before = bands(world)
        for one in world.feed(event):
            if one["reason"] == "score_rose" and one["outcome"] == "handed_off":
                lead_id = one["lead_id"]
                assert before.get(lead_id) != world.org.leads[lead_id].band, one


def bands(world: World) -> dict[str, str | None]:
    """The band of every lead at the time of an event, without what it says."""
    turn = looking(world)
    turn.now_ms = max(world.now_ms, world.shard.now_ms)
    compiled = turn.compiled
    if compiled is None:
        return {}
    found = {
        lead.lead_id: view_of(turn, compiled, lead).band for lead in list(world.org.leads.values())
    }
    world.org.leads.forget()
    return found
