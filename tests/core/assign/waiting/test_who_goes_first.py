"""Which of all that wait goes first when somebody has a place, and what holds nobody up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import msgspec
import pytest
from world import DAY_MS, HOUR_MS, MINUTE_MS, OFFICE, POLICY, REPS, World, below, values, with_rep

from router.core.model.events import PolicyPublished, RosterEntry
from router.core.model.policy import BacklogRule, Cap, ChannelLine, Hours, NewRep, Pool, Sla

QUIET = replace(POLICY, sla={})
ONE_EACH = replace(QUIET, caps={"field": Cap(open=1), "inside": Cap(open=1)})
BIG = {"expected_value_minor": 9_000_000}
KEY_ACCOUNT = {"company_domain": "acme.example", "expected_value_minor": 50_000_000}


def told(decisions):
    return [(one["lead_id"], one["outcome"]) for one in decisions]


def test_reps_of_another_territory_are_not_idle_behind_leads_of_a_full_one():
    reps = with_rep("fin", territories=["de-south"])
    world = World(replace(QUIET, caps={"field": Cap(open=1)}, nobody_free={}), reps)
    for name in ("fay-has", "fin-has"):
        world.one(name, country="DE", postal_code="80331", **BIG)
    for n in range(3_000):
        world.lead(f"south-{n}", country="DE", postal_code="80331", **BIG)
    world.roster("fin", territories=["emea-rest"])
    world.one("rest", country="DE", postal_code="10115", expected_value_minor=6_000_000)
    world.feedback("lost", "fin-has")
    assert told(world.wait(0)) == [("rest", "assigned")]


def test_a_customers_lead_that_waits_for_its_owner_goes_before_a_cheap_one_of_the_pool():
    world = World(ONE_EACH)
    for name in ("fay-has", "fin-has"):
        world.one(name, **BIG)
    assert world.one("KEY", **KEY_ACCOUNT)["reason"] == "owner_at_cap"
    world.one("cheap", **BIG)
    world.feedback("lost", "fay-has")
    assert told(world.wait(0)) == [("KEY", "assigned")]
    assert world.owner("KEY") == "fay"


def test_of_two_pools_of_a_rep_the_more_valuable_lead_is_served_and_not_the_first_in_the_alphabet():
    pools = (
        Pool("a-pool", "emea", "inside", (), when=(values("country", "de"),)),
        Pool("z-pool", "emea", "inside", ()),
    )
    world = World(replace(ONE_EACH, pools=pools), REPS[2:3])
    world.one("has", country="DE", employees=10)
    world.one("cheap", country="DE", expected_value_minor=100_000)
    world.one("dear", country="FR", expected_value_minor=900_000)
    world.feedback("lost", "has")
    assert told(world.wait(0)) == [("dear", "assigned")]
    assert world.org.leads["dear"].pool_id == "z-pool"


def full_field() -> World:
    """Two field reps are at their cap, and a qualified lead waits for the field."""
    world = World(replace(ONE_EACH, caps={"field": Cap(open=1)}))
    for name in ("fay-has", "fin-has"):
        world.one(name, **BIG)
    world.one("Q", expected_value_minor=2_000_000)
    world.feedback("qualified", "Q")
    return world


def test_a_qualified_lead_gets_the_place_that_comes_free_in_the_field():
    world = full_field()
    world.feedback("lost", "fay-has")
    assert told(world.wait(0)) == [("Q", "handed_off")]


def test_a_new_lead_does_not_overtake_a_qualified_one_that_is_worth_more():
    world = full_field()
    world.lead("Q", "updated", expected_value_minor=90_000_000)
    world.wait(0)
    world.feedback("lost", "fay-has")
    assert told(world.lead("new", **BIG)) == [("Q", "handed_off"), ("new", "queued")]


def test_a_new_lead_that_is_worth_more_goes_before_one_that_waits_for_the_field():
    world = full_field()
    world.feedback("lost", "fay-has")
    assert told(world.lead("new", **BIG)) == [("new", "assigned")]
    assert world.wait(0) == []


def test_a_rejected_lead_does_not_pass_one_that_waits_for_more():
    world = World(ONE_EACH)
    for rep in ("ida", "ike", "iva"):
        world.one(f"{rep}-has", employees=10)
    world.one("dear", expected_value_minor=900_000)
    world.feedback("lost", "iva-has")
    decisions = world.feedback("rejected", "ida-has")
    assert told(decisions)[0] == ("dear", "assigned")


def test_no_number_of_new_leads_holds_back_what_has_waited_by_age():
    world = World(replace(ONE_EACH, backlog=BacklogRule("age")), REPS[2:3])
    world.one("first", employees=10)
    world.one("old", employees=10)
    for n in range(20):
        world.now_ms += 1
        world.one(f"new-{n:02}", expected_value_minor=900_000)
    world.feedback("lost", "first")
    world.now_ms += 1
    assert told(world.lead("newest", expected_value_minor=900_000)) == [
        ("old", "assigned"),
        ("newest", "queued"),
    ]


def test_what_a_joiner_is_owed_comes_before_what_they_may_get():
    world = World(replace(ONE_EACH, caps={"inside": Cap(open=1)}), reps=())
    world.one("pool", expected_value_minor=900_000, language="en")
    world.one("theirs", "imported", owner_rep_id="zoe")
    world.feed(RosterEntry("zoe", ["inside"], "inside_rep", languages=["en"]))
    assert told(world.wait(0)) == [("theirs", "assigned"), ("pool", "queued")]
    assert world.decided[-1]["reason"] == "all_at_cap"


def test_a_paused_pools_leads_wait_in_it_whatever_else_the_policy_would_try():
    pools = (*POLICY.pools, Pool("helpers", None, "field", ()))
    world = World(replace(QUIET, pools=pools, nobody_free={"inside": ("pool:helpers", "backlog")}))
    world.command("pause_pool", "emea-inside")
    assert world.one("L", employees=10)["reason"] == "pool_paused"
    assert world.wait(DAY_MS) == []
    world.command("resume_pool", "emea-inside")
    assert told(world.wait(0)) == [("L", "assigned")]


def test_a_lead_that_waits_goes_to_whom_it_would_have_gone_by_name_when_they_have_room():
    world = World(ONE_EACH, with_rep("ida", languages=["fr"]))
    world.one("has", language="fr")
    world.one("has-too", language="fr")
    waits = world.one("L", sourced_by_rep_id="ida", employees=10, language="pl")
    assert waits["outcome"] == "queued"
    world.feedback("lost", "has" if world.owner("has") == "ida" else "has-too")
    (decision,) = world.wait(0)
    assert (decision["reason"], decision["rep_id"]) == ("found_by_rep", "ida")


def test_points_that_fade_below_a_band_let_a_lead_go_to_the_other_channel():
    lines, began_ms = (ChannelLine("field", (values("band", "hot"),), "hot"),), World().now_ms
    world = World(replace(QUIET, channel=lines, handoffs=(), nobody_free={}), REPS[2:])
    world.engage("L", 80, half_life_ms=4 * HOUR_MS)
    assert world.one("L", employees=10)["sales_channel"] == "field"
    decisions = world.wait(HOUR_MS)
    assert [one["sales_channel"] for one in decisions] == ["inside"]
    # 80 points are 70 after 0.193 half-lives of four hours.
    assert 46 * MINUTE_MS < world.org.leads["L"].assigned_at_ms - began_ms < 47 * MINUTE_MS


def test_another_policy_has_all_that_waits_looked_at_a_bounded_number_at_a_time():
    world = World(ONE_EACH, reps=())
    for n in range(1_200):
        world.lead(f"L{n:04}", expected_value_minor=6_000_000)
    world.wait(0)
    world.feed(RosterEntry("ida", ["inside"], "inside_rep"))
    world.wait(0)
    everything_inside = replace(ONE_EACH, version=2, channel=(), caps={})
    world.feed(PolicyPublished(everything_inside))
    placed = []
    while (due := world.shard.next_due_ms()) is not None and due <= world.now_ms:
        placed.append(Counter(one["outcome"] for one in world.tick())["assigned"])
    assert placed[:3] == [500, 500, 200]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_review_goes_on_where_it_stopped(*, restarts: bool):
    world = World(ONE_EACH, reps=())
    for n in range(1_100):
        world.lead(f"L{n:04}", expected_value_minor=6_000_000 + n)
    world.wait(0)
    world.feed(PolicyPublished(replace(ONE_EACH, version=2)))
    world.tick()
    if restarts:
        world.restart()
    assert world.org.review_from == (-6_000_600, world.now_ms, "L0600")
    world.wait(0)
    assert world.org.review_from is None
    assert world.shard.next_due_ms() > world.now_ms


def test_the_reason_that_is_told_is_that_of_now():
    world = World(replace(ONE_EACH, hours={"inside": OFFICE}), now_ms=World().now_ms + 8 * HOUR_MS)
    for n in range(4):
        world.one(f"night-{n}", expected_value_minor=900_000 - n)
    morning = world.wait(13 * HOUR_MS)
    assert [(one["lead_id"], one["reason"]) for one in morning] == [
        ("night-0", "backlog_offered"),
        ("night-1", "backlog_offered"),
        ("night-2", "backlog_offered"),
        ("night-3", "all_at_cap"),
    ]
    assert world.wait(3 * DAY_MS) == [], "that duty ends in the evening is no news"


def test_who_claims_a_lead_by_what_was_told_before_gets_it():
    world = World(replace(ONE_EACH, hours={"inside": OFFICE}), now_ms=World().now_ms + 8 * HOUR_MS)
    for n in range(4):
        world.one(f"night-{n}", expected_value_minor=900_000 - n)
    assert world.wait(13 * HOUR_MS)[-1]["assignment_id"] == "night-3.2"
    world.feedback("lost", "night-0")
    taker = world.owner("night-0")
    (decision,) = world.feedback("claimed", "night-3", rep_id=taker, assignment_id="night-3.1")
    assert decision["reason"] == "claimed"


def test_a_wait_that_ends_says_who_was_looked_at_then():
    rule = BacklogRule(at_most_ms=HOUR_MS)
    world = World(replace(ONE_EACH, nobody_free={}, backlog=rule), REPS[2:3])
    world.one("has", employees=10)
    world.one("L", employees=10)
    (ended,) = world.wait(HOUR_MS)
    assert (ended["lead_id"], ended["reason"]) == ("L", "waited_too_long")
    assert list(ended["candidates"]["excluded"]) == ["open_cap"]


def weekend(leads: int, **rule: int) -> World:
    """Leads of a weekend, on Monday half past eight; three reps who make contact in two minutes."""
    inside = Sla(5 * MINUTE_MS, 15 * MINUTE_MS, None, "next_rep", 2, "manager", "duty")
    hours = {"inside": Hours(tuple((day, 510, 1_080) for day in range(5)))}
    policy = replace(
        POLICY, sla={"inside": inside}, hours=hours, caps={}, backlog=BacklogRule(**rule)
    )
    world = World(policy, now_ms=World().now_ms - 2 * DAY_MS)
    for n in range(leads):
        world.one(f"L{n:02}", expected_value_minor=900_000 - n)
    world.wait(2 * DAY_MS - 3 * HOUR_MS - 31 * MINUTE_MS)
    return world


def test_a_weekends_leads_do_not_end_with_the_manager():
    world = weekend(60)
    working: dict[str, int] = {}
    outcomes: Counter[tuple[str, str]] = Counter()
    for _ in range(45):
        decisions = world.wait(MINUTE_MS)
        outcomes += Counter((one["outcome"], one["reason"]) for one in decisions)
        for rep in ("ida", "ike", "iva"):
            mine = [lead for lead in world.org.leads.values() if lead.status == "assigned"
                    and world.org.rep_numbers[lead.rep].profile.rep_id == rep]  # fmt: skip
            assert len(mine) <= 1
            working[rep] = working.get(rep, 0) + 1
            if mine and working[rep] >= 2:
                world.feedback("contacted", mine[0].lead_id, rep_id=rep)
                working[rep] = 0
    assert outcomes["assigned", "backlog_offered"] > 50
    assert not [each for each in outcomes if each[0] in {"reassigned", "escalated"}]


def test_a_policy_may_give_more_at_a_time():
    decisions = weekend(10, unaccepted=2).wait(MINUTE_MS)
    assert Counter(one["outcome"] for one in decisions)["assigned"] == 6


def test_a_new_lead_goes_behind_those_that_only_the_pace_holds_back():
    world = weekend(4)
    world.wait(MINUTE_MS)
    assert world.status("L03") == "waiting"
    assert told(world.lead("new", expected_value_minor=800_000)) == [("new", "queued")]
    assert told(world.lead("better", expected_value_minor=990_000)) == [("better", "assigned")]


def test_a_lead_by_name_is_not_held_back_where_nobody_waits():
    world = World()
    for name in ("a", "b"):
        assert world.one(name, sourced_by_rep_id="ida", employees=10)["rep_id"] == "ida"


def test_who_waits_for_an_owner_on_leave_waits_from_their_return_on():
    lines = (replace(POLICY.before_rotation[4], away_use="wait"),)
    back_ms = World().now_ms + 12 * DAY_MS
    reps = with_rep("fay", time_off=[(0, back_ms)])
    world = World(replace(QUIET, before_rotation=lines), reps)
    assert world.one("KEY", **KEY_ACCOUNT)["reason"] == "owner_away"
    (decision,) = world.wait(20 * DAY_MS)
    assert (decision["reason"], decision["rep_id"]) == ("account_owner", "fay")
    assert world.org.leads["KEY"].assigned_at_ms == back_ms - DAY_MS  # short leaves do not count


def of_version_3(world: World) -> None:
    """Make the changelog what core version 3 would have written of the same."""
    for key, value in list(world.changelog.items()):
        if key.startswith("lead/"):
            facts, values = msgspec.json.decode(value)
            at = VERSION_3_FIELDS.index("queue")
            if len(values) > at and values[at] is not None:
                waits = values[VERSION_3_FIELDS.index("status")] == "waiting"
                pool = values[VERSION_3_FIELDS.index("pool_id")]
                values[at] = (f"pool:{pool}" if pool else "rep:fay") if waits else None
            world.changelog[key] = msgspec.json.encode([facts, values[: len(VERSION_3_FIELDS)]])
        elif key.startswith("org/"):
            org = msgspec.json.decode(value)
            old = {
                name: org[name] for name in ("roster_version", "feedback_ignored", "boundary_ms")
            }
            world.changelog[key] = msgspec.json.encode({**old, "openings": 7, "offered": {}})
        elif key.startswith("load/"):
            loads = {name: load[:4] for name, load in msgspec.json.decode(value).items()}
            world.changelog[key] = msgspec.json.encode(loads)


VERSION_3_FIELDS = (
    "lead_id", "occurred_at_ms", "received_ms", "last_event_ms", "event_ids", "status",
    "sequence", "rep", "partner", "charged", "channel", "hand_over", "pool_id", "territory_id",
    "account_id", "value_minor", "points", "band", "assigned_at_ms", "accept_by_ms",
    "contact_by_ms", "wait_until_ms", "handoff_at_ms", "declined", "missed", "queue", "rank",
    "engagement_milli", "engagement_at_ms", "engagement_half_life_ms", "stake", "owned_from",
    "field_times", "merged_into", "quiet_until_ms", "closed_as", "awaits", "outside_rep_id",
)  # fmt: skip


def test_state_of_the_version_before_is_read_and_nothing_that_waits_is_told_anew():
    world = full_field()
    world.one("KEY", **KEY_ACCOUNT)
    world.one("pool", **BIG)
    world.one("theirs", "imported", owner_rep_id="zoe")
    world.keep_changes()
    of_version_3(world)
    kept = dict(world.changelog)
    world.restart()
    assert world.shard.next_due_ms() <= world.now_ms
    assert world.wait(HOUR_MS) == []
    world.feedback("lost", "fay-has")
    assert told(world.wait(0)) == [("KEY", "assigned")]
    world.feedback("lost", "fin-has")
    assert told(world.wait(0)) == [("pool", "assigned")]
    world.feedback("lost", "pool")
    assert told(world.wait(0)) == [("Q", "handed_off")]
    world.changelog = kept
    world.restart()
    world.keep_changes()


def test_a_lead_source_that_a_cap_counts_does_not_hold_up_other_sources():
    caps = {"inside": Cap(open=5, per_day_from=(("trade_show", 1),))}
    world = World(replace(QUIET, caps=caps), REPS[2:3])
    world.one("show-1", lead_source="trade_show", expected_value_minor=900_000)
    world.one("show-2", lead_source="trade_show", expected_value_minor=900_000)
    assert world.status("show-2") == "waiting"
    assert world.one("web", lead_source="web", employees=10)["outcome"] == "assigned"
    assert told(world.wait(DAY_MS)) == [("show-2", "assigned")]


def test_new_reps_leave_what_is_too_large_for_them_to_others():
    new = replace(REPS[2], rep_id="new", starts_ms=World().now_ms - DAY_MS)
    rule = NewRep(90 * DAY_MS, 1_000, (below("value", 500_000),))
    world = World(replace(QUIET, new_rep=rule, caps={"inside": Cap(open=1)}), (new,))
    assert world.one("large", expected_value_minor=900_000)["outcome"] == "queued"
    assert world.one("small", expected_value_minor=90_000)["outcome"] == "assigned"
    world.feedback("lost", "small")
    assert world.wait(0) == []
    world.feed(replace(REPS[2]))
    assert told(world.wait(0)) == [("large", "assigned")]
