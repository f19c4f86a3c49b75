"""Channel, territory, pool, and the steps that follow when nobody is free."""

from __future__ import annotations

from dataclasses import replace

from world import POLICY, World, excluded, values, with_rep

from router.core.model.policy import Cap, ChannelLine, Pool

SOUTH = {"country": "DE", "postal_code": "80331"}


def test_the_first_channel_line_that_holds_decides():
    world = World()
    assert world.one(expected_value_minor=9_000_000)["sales_channel"] == "field"
    decision = world.one(expected_value_minor=2_000_000)
    assert (decision["sales_channel"], decision["channel_rule"]) == ("inside", "value 15000+")
    assert world.one(expected_value_minor=200_000)["channel_rule"] == "everything else"


def test_without_a_channel_line_that_holds_a_lead_is_for_inside():
    decision = World(replace(POLICY, channel=())).one()
    assert decision["sales_channel"] == "inside"
    assert decision["channel_rule"]


def test_the_most_specific_territory_wins():
    world = World()
    decision = world.one(expected_value_minor=9_000_000, **SOUTH)
    assert (decision["territory_id"], decision["rep_id"]) == ("de-south", "fay")
    decision = world.one(expected_value_minor=9_000_000, country="DE", postal_code="10115")
    assert decision["territory_id"] == "emea-rest"


def test_a_lead_without_a_country_goes_to_the_default_market():
    decision = World().one(expected_value_minor=9_000_000)
    assert (decision["pool_id"], decision["territory_id"]) == ("emea-field", "emea-rest")


def test_a_lead_without_a_country_takes_its_accounts_market():
    world = World(
        accounts=(replace(World().org.accounts["acme"], country="US", owner_rep_id=None),)
    )
    decision = world.one(company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["outcome"], decision["reason"]) == ("queued", "no_pool")


BIG = 900_000


def test_a_market_without_a_pool_keeps_the_lead_waiting_and_says_so():
    decision = World().one("L", country="US", employees=10)
    assert (decision["outcome"], decision["reason"]) == ("queued", "no_pool")


def test_an_empty_pool_says_so():
    assert World(reps=()).one(employees=10)["reason"] == "pool_empty"


def test_next_territory_is_tried_when_nobody_of_the_first_is_free():
    reps = with_rep("fay", time_off=[(0, 1 << 50)])
    decision = World(reps=reps).one(expected_value_minor=9_000_000, **SOUTH)
    assert (decision["reason"], decision["rule"]) == ("fallback", "next_territory")
    assert (decision["rep_id"], decision["territory_id"]) == ("fin", "emea-rest")


def _inside_falls_back(*steps: str) -> World:
    policy = replace(
        POLICY,
        nobody_free={"inside": steps},
        pools=(*POLICY.pools, Pool("spare", "amer", "inside", (values("rep_id", "mia"),))),
    )
    return World(policy)


def test_any_language_is_tried():
    decision = _inside_falls_back("any_language").one(employees=10, language="pl")
    assert (decision["reason"], decision["rule"]) == ("fallback", "any_language")


def test_the_other_channel_is_tried():
    decision = _inside_falls_back("other_channel").one(employees=10, language="pl")
    assert (decision["rule"], decision["sales_channel"]) == ("other_channel", "field")


def test_a_named_pool_is_tried():
    decision = _inside_falls_back("pool:spare").one(employees=10, language="pl")
    assert (decision["rule"], decision["rep_id"]) == ("pool:spare", "mia")


def test_steps_are_tried_in_their_order_and_backlog_ends_them():
    world = _inside_falls_back("next_territory", "backlog", "any_language")
    assert world.one("L", employees=10, language="pl")["outcome"] == "queued"


def test_nurture_ends_the_steps():
    decision = _inside_falls_back("nurture").one(employees=10, language="pl")
    assert (decision["outcome"], decision["reason"]) == ("nurtured", "nobody_eligible")


def test_a_lead_that_finds_nobody_shows_the_reasons_of_its_own_pool():
    world = _inside_falls_back("other_channel", "backlog")
    for name in ("fay", "fin"):
        world.roster(name, time_off=[(0, 1 << 50)])
    decision = world.one("L", employees=10, language="pl")
    assert decision["pool_id"] == "emea-inside"
    assert excluded(decision, world) == {"language": ["ida", "ike", "iva"]}


def test_the_reason_for_waiting_is_what_the_last_reps_who_fitted_lacked():
    world = World(replace(POLICY, caps={"inside": Cap(None, 1)}))
    for _ in range(3):
        world.one(employees=10)
    assert world.one("full", employees=10)["reason"] == "all_at_cap"
    world = World(now_ms=World().now_ms + 10 * 3_600_000)
    assert world.one("night", employees=10)["reason"] == "all_off_duty"
    assert World().one("pl", employees=10, language="pl")["reason"] == "nobody_eligible"


def test_a_paused_pool_gives_no_leads_until_it_is_resumed():
    world = World()
    world.command("pause_pool", "emea-inside")
    decision = world.one("L", employees=10)
    assert (decision["outcome"], decision["reason"]) == ("queued", "pool_paused")
    assert world.wait(1000) == []
    world.command("resume_pool", "emea-inside")
    (decision,) = world.wait(1000)
    assert decision["reason"] == "backlog_offered"


def test_the_first_pool_that_fits_takes_the_lead():
    demo = Pool(
        "demos", "emea", "inside", (values("rep_id", "iva"),), when=(values("request", "demo"),)
    )
    world = World(replace(POLICY, pools=(demo, *POLICY.pools)))
    assert world.one(request="demo")["pool_id"] == "demos"
    assert world.one(request="quote")["pool_id"] == "emea-inside"


def test_a_rep_of_several_channels_serves_in_each():
    lines = (
        ChannelLine("field", (values("request", "visit"),), "visit"),
        ChannelLine("inside", (), "rest"),
    )
    reps = with_rep("fay", channels=["field", "inside"])
    pools = (
        Pool("f", None, "field", (values("rep_id", "fay"),)),
        Pool("i", None, "inside", (values("rep_id", "fay"),)),
    )
    world = World(replace(POLICY, channel=lines, pools=pools), reps)
    assert world.one(request="visit")["sales_channel"] == "field"
    assert world.one(request="quote")["sales_channel"] == "inside"
    assert {channel: load.open for channel, load in world.org.reps["fay"].loads.items()} == {
        "field": 1,
        "inside": 1,
    }
