"""Leads that wait: in order, with a reason and a deadline, offered again, never starved."""

from __future__ import annotations

from dataclasses import replace

from auditor import everything
from world import DAY_MS, HOUR_MS, POLICY, World, values, with_rep

from router.core.model.events import PolicyPublished
from router.core.model.policy import BacklogRule, Cap, ChannelLine

ONE_EACH = replace(POLICY, caps={"inside": Cap(open=1)}, sla={})


def full(policy=ONE_EACH) -> World:
    world = World(policy)
    for n in range(3):
        world.one(f"held-{n}", employees=10)
    return world


def test_a_lead_that_waits_says_why_until_when_and_in_which_queue_of_the_crm():
    rule = BacklogRule(crm_queue="unassigned")
    decision = full(replace(ONE_EACH, backlog=rule)).one("L", employees=10)
    assert (decision["outcome"], decision["reason"]) == ("queued", "all_at_cap")
    assert decision["wait_until"] == "2025-11-15T12:00:00.000Z"
    assert decision["crm_queue"] == "unassigned"
    assert decision["candidates"]["eligible"] == 0
    assert "rep_id" not in decision


def test_the_most_valuable_goes_first():
    world = full()
    for name, value in (("small", 100_000), ("large", 900_000), ("middle", 500_000)):
        world.one(name, expected_value_minor=value)
        world.now_ms += 1
    for n in range(2):
        world.feedback("lost", f"held-{n}")
    assert [one["lead_id"] for one in world.wait(1000)] == ["large", "middle"]
    assert world.status("small") == "waiting"


def test_by_age_the_first_that_came_goes_first():
    world = full(replace(ONE_EACH, backlog=BacklogRule("age")))
    for name, value in (("b", 100_000), ("a", 900_000)):
        world.one(name, expected_value_minor=value)
        world.now_ms += 1
    world.feedback("lost", "held-0")
    assert [one["lead_id"] for one in world.wait(1000)] == ["b"]


def test_of_equal_value_the_first_that_came_goes_first():
    world = full()
    for name in ("z", "a"):
        world.one(name, employees=10)
        world.now_ms += 1
    world.feedback("lost", "held-0")
    assert [one["lead_id"] for one in world.wait(1000)] == ["z"]


def test_what_is_learned_while_waiting_moves_a_lead_forward_without_an_event():
    world = full()
    world.one("a", expected_value_minor=300_000)
    world.one("b", expected_value_minor=200_000)
    assert world.lead("b", "updated", expected_value_minor=800_000) == []
    world.feedback("lost", "held-0")
    assert [one["lead_id"] for one in world.wait(1000)] == ["b"]


def test_a_policy_that_orders_otherwise_reorders_what_waits():
    world = full()
    world.one("cheap", expected_value_minor=100_000)
    world.now_ms += 1
    world.one("dear", expected_value_minor=900_000)
    world.feed(PolicyPublished(replace(ONE_EACH, version=2, backlog=BacklogRule("age"))))
    world.wait(1000)
    world.feedback("lost", "held-0")
    assert [one["lead_id"] for one in world.wait(1000)] == ["cheap"]


def test_a_waiting_lead_is_offered_when_a_place_is_free():
    world = full()
    world.one("L", employees=10)
    assert world.wait(HOUR_MS) == []
    world.feedback("lost", "held-1")
    (decision,) = world.wait(0)
    assert (decision["outcome"], decision["reason"]) == ("assigned", "backlog_offered")
    assert decision["rep_id"] == "ike"
    assert "wait_until" not in decision


def test_a_waiting_lead_is_offered_in_the_morning():
    world = World(now_ms=World().now_ms + 8 * HOUR_MS)
    world.one("L", employees=10)
    decisions = world.wait(13 * HOUR_MS)
    assert (decisions[0]["reason"], decisions[0]["decided_at"]) == (
        "backlog_offered",
        "2025-11-11T08:00:00.000Z",
    )


def test_a_new_lead_does_not_go_before_those_that_wait():
    world = full()
    world.one("waits", employees=10)
    world.feedback("lost", "held-0")
    world.now_ms += 1
    late = world.lead("late", employees=10)
    assert [one["lead_id"] for one in late] == ["waits", "late"]
    assert (world.status("waits"), world.status("late")) == ("assigned", "waiting")


def test_a_new_lead_worth_more_goes_before_those_that_wait():
    world = full()
    world.one("waits", employees=10)
    world.feedback("lost", "held-0")
    (decision,) = world.lead("late", expected_value_minor=900_000)
    assert decision["outcome"] == "assigned"
    assert world.status("waits") == "waiting"


def test_news_of_a_waiting_lead_does_not_let_it_jump_the_queue():
    world = full()
    world.one("first", expected_value_minor=900_000)
    world.one("second", employees=10)
    world.feedback("lost", "held-0")
    assert [one["lead_id"] for one in world.engage("second", 10)] == ["first"]
    assert world.status("second") == "waiting"


def test_waiting_leads_whose_language_nobody_speaks_do_not_block_the_others():
    world = full()
    for n in range(30):
        world.one(f"pl-{n}", expected_value_minor=900_000, language="pl")
    world.one("en", employees=10, language="en")
    world.feedback("lost", "held-0")
    assert [one["lead_id"] for one in world.wait(1000)] == ["en"]


def test_a_lead_that_waited_too_long_is_nurtured():
    world = full()
    world.one("L", employees=10)
    assert world.wait(5 * DAY_MS - 1) == []
    (decision,) = world.wait(1)
    assert (decision["outcome"], decision["reason"]) == ("nurtured", "waited_too_long")


def test_a_lead_that_waited_too_long_is_closed_where_the_policy_says_so():
    world = full(replace(ONE_EACH, backlog=BacklogRule(at_most_ms=HOUR_MS, then="close")))
    world.one("L", employees=10)
    (decision,) = world.wait(HOUR_MS)
    assert (decision["outcome"], decision["reason"]) == ("closed", "waited_too_long")


def test_a_manager_is_told_of_a_lead_that_waited_too_long_and_it_waits_on():
    world = full(replace(ONE_EACH, backlog=BacklogRule(at_most_ms=HOUR_MS, then="manager")))
    world.one("L", employees=10)
    (told,) = world.wait(DAY_MS)
    assert (told["outcome"], told["reason"]) == ("escalated", "waited_too_long")
    assert told["notify_rep_id"] == "mia"
    world.feedback("lost", "held-0")
    assert [one["outcome"] for one in world.wait(1000)] == ["assigned"]


def test_without_a_manager_sales_operations_are_told_and_it_waits_on():
    policy = replace(ONE_EACH, backlog=BacklogRule(at_most_ms=HOUR_MS, then="manager"))
    world = World(policy, reps=())
    world.one("L", employees=10)
    (told,) = world.wait(DAY_MS)
    assert (told["outcome"], told["notify"]) == ("escalated", "sales_ops")
    assert world.status("L") == "waiting"


def test_moving_to_another_queue_does_not_lengthen_the_wait():
    world = World(replace(ONE_EACH, backlog=BacklogRule(at_most_ms=HOUR_MS)), reps=())
    first = world.one("L", employees=10)
    world.now_ms += HOUR_MS // 2
    moved = world.one("L", "updated", expected_value_minor=9_000_000)
    assert moved["outcome"] == "queued"
    assert moved["wait_until"] == first["wait_until"]


def test_an_account_with_a_new_owner_lets_its_waiting_leads_go_to_them():
    world = World(replace(POLICY, caps={"field": Cap(open=1)}))
    for name in ("held", "L"):
        world.one(name, company_domain="acme.example", expected_value_minor=900_000)
    assert world.status("L") == "waiting"
    world.feed(replace(world.org.accounts["acme"], owner_rep_id="fin"))
    (decision,) = world.wait(1000)
    assert (decision["reason"], decision["rep_id"]) == ("account_owner", "fin")


def test_a_rep_back_from_leave_is_offered_what_waits():
    now = World().now_ms
    reps = with_rep("iva", time_off=[(now - 1, now + 20 * HOUR_MS)])
    world = World(POLICY, reps)
    world.one("L", employees=10, language="fr")
    decisions = world.wait(21 * HOUR_MS)
    assert (decisions[0]["lead_id"], decisions[0]["rep_id"]) == ("L", "iva")


def test_everyone_full_costs_nothing_while_nothing_changes():
    world = full()
    for n in range(50):
        world.one(f"L{n}", employees=10)
    world.wait(1000)
    ticks = len(world.log)
    world.wait(11 * HOUR_MS)
    assert len(world.log) - ticks <= 3


def test_the_operator_may_ask_for_another_offer():
    world = full()
    world.one("L", employees=10)
    world.wait(1000)
    world.command("reoffer_backlog", "")
    assert world.shard.next_due_ms() == world.now_ms
    assert world.wait(0) == []


def test_a_queue_that_was_emptied_is_as_one_that_never_was():
    hot = ChannelLine("field", (values("band", "hot"),), "hot")
    caps = {"inside": Cap(open=1), "field": Cap(open=0)}
    lines, patient = (hot, *POLICY.channel), BacklogRule(at_most_ms=30 * DAY_MS)
    policy = replace(ONE_EACH, caps=caps, channel=lines, handoffs=(), backlog=patient)
    kept, restarted = full(policy), full(policy)
    for world in (kept, restarted):
        world.one("first", employees=10)
        world.feedback("lost", "first")  # the inside queue is there, and empty
        world.engage("L", 90)
        world.one("L", employees=10)
        world.tick()
        world.now_ms += 7 * DAY_MS
        world.command("reoffer_backlog", "")
    restarted.restart()
    for world in (kept, restarted):
        assert [one["pool_id"] for one in world.tick()] == ["emea-inside"]
    assert everything(kept.shard) == everything(restarted.shard)
