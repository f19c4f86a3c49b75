"""What people who use today's routers complain about most, each a test."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from auditor import everything
from world import ACCOUNT, DAY_MS, HOUR_MS, MINUTE_MS, POLICY, World, excluded, with_rep

from router.core.model.events import Account
from router.core.model.policy import BacklogRule, Cap
from tests.core.compiled.test_rotation import FREE, credits_of, give, team


def test_absent_reps_keep_receiving_leads():
    now = World().now_ms
    world = World(FREE, with_rep("ida", time_off=[(now, now + 10 * DAY_MS)]))
    assert give(world, 40)["ida"] == 0
    assert world.one("found", sourced_by_rep_id="ida", employees=10)["rep_id"] != "ida"
    assert world.one("customer", company_domain="acme.example")["rep_id"] != "ida"
    assert world.open_of("ida") == 0


def test_a_returning_rep_is_flooded_to_catch_up():
    world = World(FREE, team(6))
    give(world, 12)
    world.command("rep_away", "r00", from_ms=world.now_ms, until_ms=world.now_ms + 30 * DAY_MS)
    give(world, 600)
    world.now_ms += 30 * DAY_MS
    order = [world.one(employees=10)["rep_id"] for _ in range(18)]
    assert order.count("r00") == 3
    assert all(pair != ("r00", "r00") for pair in pairwise(order))


def test_leavers_stay_in_rotation():
    world = World(FREE)
    world.roster("ida", leaves_ms=world.now_ms + HOUR_MS)
    assert give(world, 3)["ida"] == 1
    world.wait(HOUR_MS)
    assert give(world, 30)["ida"] == 0
    assert world.open_of("ida") == 0


def test_a_bulk_import_lands_on_one_rep():
    """A list to be routed, as `import leads FILE --as submitted` brings it in."""
    policy = replace(FREE, caps={"inside": Cap(per_day_from=(("import", 10),))})
    world = World(policy, team(5))
    for _ in range(80):
        world.lead(employees=10, lead_source="import")
    assert [world.open_of(f"r{n:02}") for n in range(5)] == [10] * 5
    assert sum(lead.status == "waiting" for lead in world.org.leads.values()) == 30
    assert max(give(world, 5).values()) <= 2  # other leads go on, in turn
    world.wait(DAY_MS)
    assert sum(lead.status == "waiting" for lead in world.org.leads.values()) == 0


def test_an_imported_history_floods_nobody_and_keeps_new_leads_from_who_is_full():
    """Leads known with their owner: they stay where they are, and count in what is open."""
    caps = {"inside": Cap(per_day=9, open=20, per_day_from=(("import", 1),))}
    world = World(replace(FREE, caps=caps), team(5))
    for n in range(30):
        world.lead(event_type="imported", owner_rep_id="r00", lead_source="import")
        world.lead(f"history-{n}", "imported", owner_rep_id="r01") if n < 19 else None
    assert (world.open_of("r00"), world.open_of("r01")) == (30, 19)
    got = give(world, 8)
    assert (got["r00"], got["r01"]) == (0, 1)


def test_the_backlog_starves_while_new_leads_go_first():
    world = World(replace(FREE, caps={"inside": Cap(open=1)}), team(2))
    for n in range(40):
        world.lead(f"L{n:02}", employees=10)
        world.now_ms += 1
    served = []
    for n in range(100, 140):
        carrying = next(lead for lead in world.org.leads.values() if lead.status == "assigned")
        served += world.feedback("lost", carrying.lead_id)
        served += world.lead(f"L{n}", employees=10)
        world.now_ms += 1
    order = [one["lead_id"] for one in served if one["outcome"] == "assigned"]
    assert order == [f"L{n:02}" for n in range(2, 40)] + ["L100", "L101"]


def test_everyone_is_full_and_nobody_is_told():
    rule = BacklogRule(at_most_ms=HOUR_MS, then="manager", crm_queue="unassigned")
    world = World(replace(FREE, caps={"inside": Cap(open=1)}, backlog=rule))
    give(world, 3)
    decision = world.one("L", employees=10)
    assert (decision["outcome"], decision["reason"]) == ("queued", "all_at_cap")
    assert (decision["crm_queue"], "wait_until" in decision) == ("unassigned", True)
    assert excluded(decision, world) == {"open_cap": ["ida", "ike", "iva"]}
    assert [one["notify_rep_id"] for one in world.wait(HOUR_MS)] == ["mia"]


def test_racing_writers_assign_twice():
    world = World()
    world.one("L", employees=10, email_digest=3)
    assert world.lead("L", employees=10, email_digest=3) == []
    assert world.lead("L-again", employees=10, email_digest=3)[0]["outcome"] == "merged"
    assert sum(world.open_of(rep) for rep in ("ida", "ike", "iva")) == 1


def test_caps_are_exceeded_under_concurrency():
    world = World(replace(POLICY, caps={"inside": Cap(3, 2)}))
    for n in range(30):
        world.lead(f"L{n}", employees=10)
        world.feedback("rejected", f"L{n // 2}")
        for rep in ("ida", "ike", "iva"):
            load = world.org.reps[rep].loads.get("inside")
            assert load is None or (load.open <= 2 and load.day_count <= 3)


def test_nobody_can_say_why_a_rep_got_a_lead():
    world = World(reps=with_rep("ike", time_off=[(0, 1 << 50)]))
    world.one(employees=10)
    decision = world.one(employees=10, language="fr", industry="software")
    assert (decision["rep_id"], decision["reason"], decision["pool_id"]) == (
        "iva",
        "rotation",
        "emea-inside",
    )
    assert decision["channel_rule"] == "everything else"
    assert decision["value"]["known_by"] == "by_employees"
    assert decision["score"]["terms"] == [{"rule": "industry software", "points": 15}]
    assert excluded(decision, world) == {"language": ["ida"], "time_off": ["ike"]}
    assert (decision["candidates"]["considered"], decision["candidates"]["eligible"]) == (3, 1)
    assert decision["policy"] == {"id": "test", "version": 1}
    assert decision["inbox"] == {"partition": 0, "offset": len(world.log) - 1}


def test_the_shown_reason_is_wrong():
    world = World()
    world.one("first", employees=10, email_digest=3)
    world.one("L", employees=10)
    world.lead("L", "updated", email_digest=3)
    merged, _ = world.feedback("rejected", "L", rep_id="ike")
    assert (merged["outcome"], merged["reason"]) == ("merged", "same_person")
    world = World(replace(POLICY, nobody_free={"inside": ("nurture",)}))
    world.one("L", employees=10, language="fr")
    (nurtured,) = world.feedback("rejected", "L", rep_id="iva")
    assert (nurtured["outcome"], nurtured["reason"]) == ("nurtured", "nobody_eligible")


@pytest.mark.plain_core
def test_routing_bugs_are_silent(monkeypatch: pytest.MonkeyPatch):
    world = World()
    world.one("L", employees=10)
    before = everything(world.shard)

    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("router.core.assign.apply.publish", bug)
        with pytest.raises(ZeroDivisionError):
            world.lead("M", employees=10)
    assert everything(world.shard) == before
    assert world.one("M", employees=10)["rep_id"] == "ike"


def test_editing_a_pool_resets_fairness():
    world = World(FREE)
    give(world, 4)
    before = credits_of(world)
    world.roster("iva", languages=["en", "fr", "it"])
    world.roster("fin", channels=["field", "inside"], role="inside_rep", languages=["en"])
    assert {name: credit for name, credit in credits_of(world).items() if name in before} == before
    assert give(world, 4) == {"fin": 1, "ida": 1, "ike": 1, "iva": 1}


def test_one_shared_backup_absorbs_all_absentees():
    away = {"time_off": [(0, 1 << 50)], "backup_rep_id": "fin"}
    reps = with_rep("fay", **away)
    accounts = tuple(
        Account(f"a{n}", domains=[f"a{n}.example"], owner_rep_id="fay") for n in range(12)
    )
    world = World(replace(POLICY, caps={"field": Cap(open=4)}), reps, (ACCOUNT, *accounts))
    got = Counter(
        world.one(company_domain=f"a{n}.example", expected_value_minor=900_000)["rep_id"]
        for n in range(12)
    )
    assert got == {"fin": 4, "ida": 3, "ike": 3, "iva": 2}


def test_batch_routing_takes_minutes():
    world = World()
    for _ in range(20):
        decision = world.one(employees=10)
        assert (decision["outcome"], decision["decided_at"]) == (
            "assigned",
            decision["occurred_at"],
        )
        world.now_ms += 1


def test_reports_disagree_with_routing():
    world = World()
    for n in range(30):
        world.lead(f"L{n}", employees=10, email_digest=n % 20)
        world.now_ms += MINUTE_MS // 2
        world.feedback(("accepted", "rejected", "won")[n % 3], f"L{n // 2}")
        world.tick()
    owner: dict[str, str | None] = {}
    for one in world.decided:
        live = one["outcome"] not in {"closed", "merged", "nurtured", "queued"}
        owner[one["lead_id"]] = one["rep_id"] if live else None
    reported = Counter(rep for rep in owner.values() if rep is not None)
    carried = {rep: world.open_of(rep) for rep in world.org.reps}
    assert reported == {rep: count for rep, count in carried.items() if count}
