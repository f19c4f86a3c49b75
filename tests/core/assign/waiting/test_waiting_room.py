"""All that waits stands in one order: nobody idle beside a lead they may have, nobody passed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from auditor import plain
from happenings import TIGHT, Dice, begin, happenings, next_event
from hypothesis import HealthCheck, given, settings
from world import DAY_MS, MINUTE_MS, REPS, World, restored_shard

from router.core.assign.waiting.room import Free, admitted, class_key, head_of, item_of
from router.core.decide import find_owner
from router.core.handlers.placing import _search_in
from router.core.model.assignment import Assignment, Outcome, Reason
from router.core.model.events import Event, Facts, Feedback, LeadEvent, RosterEntry, Tick
from router.core.model.lead import Lead, Status
from router.core.model.policy import BacklogRule, Cap
from router.core.shard import Shard
from router.core.state.context import Context
from router.core.state.journal import Journal
from router.core.state.sales_org import SalesOrg
from router.core.state.waiting_class import WaitingClass
from router.core.ticks.serve_waiting import serve

Start = Callable[[int], World]
What = Callable[[int, World], Event]
MANY = settings(max_examples=120, suppress_health_check=list(HealthCheck))


CROWDED = replace(
    TIGHT,
    caps={"field": Cap(open=1), "inside": Cap(open=1)},
    backlog=BacklogRule(at_most_ms=30 * DAY_MS),
    nobody_free={"field": ("next_territory", "backlog"), "inside": ("any_language", "backlog")},
)
PATIENT = replace(CROWDED, sla={})
ENDS = ["lost", "won", "rejected", "accepted", "contacted", "qualified", "owner_changed", "claimed"]


def crowd(number: int) -> World:
    """Reps with one place each in a channel."""
    dice = Dice(number)
    reps = (*REPS, RosterEntry("two", ["inside", "field"], "inside_rep", languages=["en"]))
    return World(dice.of([CROWDED, PATIENT]), reps)


def crowding(number: int, world: World) -> Event:
    """Leads that come and end within hours, so that nearly all of them wait for a place."""
    dice = Dice(number)
    world.now_ms += dice.of([0, 1, MINUTE_MS, 20 * MINUTE_MS])
    if dice.below(2):
        facts = {
            "expected_value_minor": dice.of([100_000, 900_000, 2_000_000, 6_000_000]),
            "language": dice.maybe(["en", "de", "fr", "xx"]),
            "country": dice.maybe(["DE", "FR"]),
            "postal_code": dice.maybe(["80331", "10115"]),
            "company_domain": dice.of([None, None, None, "acme.example"]),
            "sourced_by_rep_id": dice.of([None, None, None, "ida", "two"]),
        }
        kind = dice.of(["submitted", "submitted", "updated"])
        lead_id = f"L{dice.below(30)}"
        found = Facts(**{name: value for name, value in facts.items() if value is not None})
        return LeadEvent(f"e{len(world.log)}", kind, lead_id, world.now_ms, found)
    lead_id, taker = f"L{dice.below(30)}", dice.of([rep.rep_id for rep in REPS])
    kind = dice.of(ENDS)
    rep_id = taker if kind in {"owner_changed", "claimed"} else None
    return Feedback(f"f{len(world.log)}", kind, lead_id, world.now_ms, rep_id=rep_id)


def looking(world: World) -> Context:
    """A turn for looking only: nothing of it is kept."""
    return Context(world.org, Journal(), world.shard.now_ms, 0, 0, "look", 0, [])


def drain(world: World) -> None:
    """Ticks until nothing is due now."""
    for _ in range(200):
        due_ms = world.shard.next_due_ms()
        if due_ms is None or due_ms > world.shard.now_ms:
            return
        world.feed(Tick(due_ms))
    raise AssertionError("ticks never end")


def waiting(org: SalesOrg) -> list[Lead]:
    return [
        lead for lead in org.leads.values() if class_key(lead) and lead.lead_id not in org.aside
    ]


def through_a_merge(org: SalesOrg, lead: Lead) -> bool:
    """Whether a lead of the person has been merged into one that may not share anything with it."""
    digests = {lead.facts.email_digest, lead.facts.phone_digest} - {None}
    return any(
        other.merged_into and digests & {other.facts.email_digest, other.facts.phone_digest}
        for other in org.leads.values()
    )


def served_now(shard: Shard, now_ms: int) -> list[Assignment]:
    """Return the decisions when nothing happens but that the room is served."""
    turn = Context(shard.orgs["main"], Journal(), now_ms, 0, 0, "serve", 0, [])
    if turn.compiled is not None:
        turn.masks(turn.compiled)
    serve(turn, 500)
    return turn.out


def is_open(turn: Context, found: WaitingClass) -> bool:
    """Whether somebody could serve the class, by its masks."""
    compiled = turn.compiled
    free = Free(turn.masks(compiled), paced=True) if compiled is not None else None
    return bool(admitted(turn, found, compiled, free) and head_of(turn.org, found))


def could_be_placed(turn: Context, lead: Lead) -> bool:
    """Whether somebody could have the waiting lead now, by the search alone."""
    org = turn.org
    if lead.awaits is not None:
        rep = org.reps.get(lead.awaits)
        gone = (
            rep is None or rep.profile.removed or (rep.profile.leaves_ms or 1 << 60) <= turn.now_ms
        )
        return not gone
    if turn.compiled is None:
        return False
    if lead.status is Status.WAITING:
        found = find_owner(turn, lead, paced=True)
        if found.reason is Reason.SAME_PERSON and through_a_merge(org, lead):
            return False  # what becomes of a lead that another was merged into is not followed back
        return found.outcome is Outcome.ASSIGNED
    found = _search_in(turn, turn.compiled, lead, "field", paced=True)
    return found.rep is not None and found.rep.number != lead.rep


@pytest.mark.parametrize(("start", "what"), [(begin, next_event), (crowd, crowding)])
@MANY
@given(happenings)
def test_no_rep_is_idle_while_a_lead_that_they_may_have_waits(
    start: Start, what: What, numbers: list[int]
):
    world = start(numbers[0])
    for number in numbers:
        world.feed(what(number, world))
        drain(world)
        turn = looking(world)
        idle = [lead for lead in waiting(world.org) if could_be_placed(turn, lead)]
        opened = [key for key, found in world.org.room.items() if is_open(turn, found)]
        world.org.leads.forget()
        assert idle == [], idle[0]
        assert opened == []


@MANY
@given(happenings)
def test_nobody_is_told_twice_in_a_row_that_a_lead_waits_for_the_same_reason(numbers: list[int]):
    world, last = begin(numbers[0]), dict[str, tuple[object, ...]]()
    for number in numbers:
        world.feed(next_event(number, world))
        drain(world)
    for one in (one for one in world.decided if "shadow" not in one):
        names = ("outcome", "reason", "sales_channel", "pool_id", "account_id", "policy")
        told = (
            *(one.get(name) for name in names),
            plain([one])[plain([one]).find("passed_over") :],
        )
        assert one["outcome"] != "queued" or last.get(one["lead_id"]) != told, one
        last[one["lead_id"]] = told


@pytest.mark.parametrize(("start", "what"), [(begin, next_event), (crowd, crowding)])
@MANY
@given(happenings)
def test_no_new_lead_passes_one_that_waits_for_more_and_could_go_to_the_same_rep(
    start: Start, what: What, numbers: list[int]
):
    world = start(numbers[0])
    for number in numbers:
        event = what(number, world)
        world.keep_changes()
        served = restored_shard(world.changelog)
        decided = world.feed(event)
        if isinstance(event, LeadEvent):
            assert passed(world, served, event.lead_id, decided) == []


def passed(
    world: World, served: Shard, lead_id: str, decided: list[Assignment]
) -> list[tuple[str, str]]:
    """Return those who rank before the lead, wait, and would have got its rep in their turn."""
    lead = world.org.leads.get(lead_id)
    given = [one for one in decided if one["lead_id"] == lead_id and one["outcome"] == "assigned"]
    if lead is None or not given or given[0]["reason"] in {"imported", "asked_again"}:
        return []  # it has its rep already
    by_age = world.org.policy.backlog.order == "age"
    item = 0 if by_age else -lead.value_minor, lead.received_ms, lead_id
    others = [other for other in waiting(world.org) if other.awaits is None]
    before = {other.lead_id for other in others if item_of(other) < item} - {lead_id}
    world.org.leads.forget()
    return [
        (one["lead_id"], one["rep_id"])
        for one in served_now(served, world.shard.now_ms)
        if one["lead_id"] in before
        and one["outcome"] in {"assigned", "handed_off"}
        and one["rep_id"] == given[0]["rep_id"]
    ]
