"""Policies of the golden record: together they use every key and every step of a policy."""

from __future__ import annotations

from dataclasses import replace

from tests.golden.core_names import (
    AtMost,
    BacklogRule,
    Band,
    Cap,
    ChannelEconomics,
    ChannelLine,
    CloseLine,
    Economics,
    EngagementLine,
    ExitLine,
    FitLine,
    Handoff,
    Hours,
    Market,
    NewRep,
    Policy,
    Pool,
    Product,
    Rotation,
    ScoreLine,
    Sla,
    Territory,
    Test,
    ValueStep,
)
from tests.golden.dice import DAY_MS, HOUR_MS, MINUTE_MS


def values(field: str, *accepted: str) -> Test:
    return Test(field, values=accepted)


def at_least(field: str, low: int) -> Test:
    return Test(field, ranges=((low, None),))


def below(field: str, high: int) -> Test:
    return Test(field, ranges=((None, high - 1),))


OFFICE = Hours(tuple((day, 8 * 60, 18 * 60) for day in range(5)))
SMALL_TO_PARTNER = ExitLine(
    "account_has_owner", "owners_inside_partner", (below("value", 500_000),), "small: the partner"
)
TO_OWNER = ExitLine("account_has_owner", "owner", (), "account has owner")
TOO_SMALL = ExitLine(
    "too_small", "nurture", (below("value", 50_000), values("band", "cold")), "too small"
)

BASE = Policy(
    policy_id="base",
    version=1,
    effective_from_ms=0,
    currency="EUR",
    markets=(Market("emea", ("DE", "FR")), Market("amer", ("US",))),
    default_market_id="emea",
    value=(
        ValueStep("expected_value"),
        ValueStep("by_employees", ((1, 49, 150_000), (250, None, 3_000_000))),
    ),
    fit=(
        FitLine(20, (at_least("employees", 250),), "employees 250+"),
        FitLine(15, (values("industry", "software"),), "industry software"),
    ),
    engagement=(EngagementLine("demo_request", 40, 7 * DAY_MS),),
    bands=(Band("hot", 70), Band("warm", 30), Band("cold", None)),
    before_rotation=(
        ExitLine("consent_refused", "close", (), "consent refused"),
        ExitLine("same_person", "same_rep", (), "same person", within_ms=180 * DAY_MS),
        ExitLine("found_by_rep", "that_rep", (), "found by rep"),
        SMALL_TO_PARTNER,
        TO_OWNER,
        TOO_SMALL,
    ),
    channel=(
        ChannelLine("field", (at_least("value", 5_000_000),), "value 50000+"),
        ChannelLine("inside_then_field", (at_least("value", 1_500_000),), "value 15000+"),
        ChannelLine("inside", (), "everything else"),
    ),
    territories=(
        Territory("de-south", "emea", (values("country", "de"), Test("postal_code", (), ("8",)))),
        Territory("emea-rest", "emea", ()),
    ),
    pools=(
        Pool("emea-field", "emea", "field", (values("role", "field_rep"),), ("territory",)),
        Pool("emea-inside", "emea", "inside", (values("role", "inside_rep"),), ("language",)),
    ),
    caps={"field": Cap(2, 20), "inside": Cap(40, 120, (("trade_show", 3),))},
    hours={"inside": OFFICE},
    sla={
        "inside": Sla(5 * MINUTE_MS, 15 * MINUTE_MS, None, "next_rep", 2, "manager", "duty"),
        "field": Sla(4 * HOUR_MS, 2 * DAY_MS, None, "tell_manager", 1, "stay", "working_days"),
    },
    handoffs=(
        Handoff("inside", "field", (at_least("value", 1_500_000),), "qualified", "qualified"),
        Handoff("inside", "field", (values("band", "hot"),), "hot goes to the field", rises=True),
    ),
    nobody_free={"field": ("next_territory", "backlog")},
)

TIGHT = replace(
    BASE,
    policy_id="tight",
    caps={"field": Cap(1, 2), "inside": Cap(3, 4, (("trade_show", 1), ("web", 2)))},
    new_rep=NewRep(90 * DAY_MS, 500, (below("value", 1_500_000),)),
)

BY_VALUE = replace(
    TIGHT,
    policy_id="by-value",
    rotation=Rotation("value", (("senior", 2),)),
    backlog=BacklogRule("age", 2 * DAY_MS, "close", "unassigned"),
    caps={**TIGHT.caps, "inside": Cap(3, 4, (("web", 2),), per_week=2)},
    nobody_free={
        "field": ("next_territory", "other_channel", "backlog"),
        "inside": ("any_language", "nurture"),
    },
    hours={"inside": replace(OFFICE, prefer_customer_daytime=True), "field": Hours(None)},
    sla={**BASE.sla, "inside": replace(BASE.sla["inside"], basis="working_days")},
)

IMPATIENT = replace(
    TIGHT,
    policy_id="impatient",
    sla={
        "inside": Sla(5 * MINUTE_MS, 4 * MINUTE_MS, MINUTE_MS, "next_rep", 1, "manager", "duty"),
        "field": Sla(4 * HOUR_MS, 2 * DAY_MS, None, "next_rep", 1, "backlog", "duty"),
    },
    handoffs=(
        Handoff("field", "inside", (), "won returns", feedback="won", after_ms=40 * DAY_MS),
        Handoff("inside", "field", (), "met", feedback="meeting_held"),
        Handoff("inside", "field", (values("band", "warm", "hot"),), "rises"),
        Handoff("field", "inside", (values("band", "cold"),), "cools"),
    ),
    hours={"inside": Hours(tuple((day, 0, 1440) for day in range(7)))},
    backlog=BacklogRule("value", 12 * HOUR_MS, "manager"),
    caps={"field": Cap(1, 2, per_week=1), "inside": Cap(3, 4, per_hour=1, per_week=3)},
    before_rotation=(replace(TO_OWNER, away_use="wait"), *BASE.before_rotation[1:]),
)

BY_PRODUCT = replace(
    BASE,
    policy_id="by-product",
    currency="USD",
    exchange_rates_ppm={"EUR": 1_080_000},
    products=(Product("solar", 200_000, 400), Product("heat", 900_000)),
    value=(
        ValueStep("product_price_times_quantity"),
        ValueStep("expected_value"),
        ValueStep("by_employees", ((None, 9, 20_000), (10, 999, 300_000))),
    ),
    scores=(ScoreLine("fit", 2_500, 30), ScoreLine("intent", 500, 10)),
    fit=(
        FitLine(20, (values("custom.a", "1"),), "custom a"),
        FitLine(9, (values("account.tier", "strategic"),), "strategic account"),
        FitLine(7, (values("consent.email", "granted"), below("annual_revenue", 9_000)), "small"),
        FitLine(5, (values("sla.missed", "1", "2"), values("account.known", "true")), "missed"),
        FitLine(-3, (Test("campaign.source", (), ("goo",)),), "search"),
        FitLine(1, (values("band", "cold"),), "never of the score itself"),
    ),
    bands=(Band("hot", 40), Band("cold", None)),
    before_rotation=(
        BASE.before_rotation[1],
        replace(TO_OWNER, away_use="pool", away_over_ms=2 * HOUR_MS),
        TOO_SMALL,
    ),
    channel=(ChannelLine("field", (at_least("score", 40),), "score 40+"),),
    pools=(
        Pool("b2b-inside", None, "inside", (values("channel", "inside"),), ("skill",),
             (values("segment", "b2b"),)),
        Pool("senior-inside", None, "inside", (), ("seniority", "language"),
             at_most=AtMost(per_hour=1, per_day=2)),
        Pool("us-field", "amer", "field", (values("territory", "us"),), ("territory",)),
        Pool("emea-field", "emea", "field", (values("language", "en", "de"),)),
        Pool("ike-alone", "emea", "inside", (values("rep_id", "ike"),)),
    ),
    territories=(Territory("us", "amer", ()), *BASE.territories),
    rotation=Rotation("turns", (("senior", 3), ("junior", 0))),
    caps={"inside": Cap(6, 9)},
    nobody_free={"inside": ("pool:ike-alone", "pool:none", "other_channel", "backlog")},
    backlog=BacklogRule("value", 3 * DAY_MS, "nurture", "unassigned", unaccepted=2),
    hours={"inside": OFFICE, "field": replace(OFFICE, holidays=False)},
    handoffs=(
        Handoff("inside", "field", (values("feedback", "contacted"),), "on contact", "contacted"),
    ),
)  # fmt: skip

WITHOUT_CLOCKS = replace(
    BASE,
    policy_id="without-clocks",
    sla={},
    handoffs=(),
    urgent_requests=(),
    caps={"inside": Cap(9, 20, per_hour=1, per_week=2)},
)

BY_EARNINGS = replace(
    TIGHT,
    policy_id="by-earnings",
    channel=(ChannelLine("field", (values("account.tier", "strategic"),), "strategic"),
             ChannelLine("best", (), "best")),
    products=(Product("solar", 200_000, 400),),
    economics=Economics(
        (
            ChannelEconomics(
                "field", 92_400,
                (CloseLine(40, 100, (values("band", "hot"),), "hot"), CloseLine(20, 100, (), "")),
                (("de-south", 12_000), ("emea-rest", 40_000)),
            ),
            ChannelEconomics("inside", 30_000, (CloseLine(12, 100, (), ""),)),
        ),
        worth_halves_after_ms=2 * DAY_MS,
        worth_halves_by_source=(("web", 4 * HOUR_MS),),
    ),
    rotation=Rotation(within_permille=50),
    nobody_free={"field": ("next_territory", "backlog")},
)  # fmt: skip

SERIOUS = (BASE, TIGHT, BY_PRODUCT, BY_EARNINGS)
POLICIES = (BASE, TIGHT, BY_VALUE, IMPATIENT, BY_PRODUCT, WITHOUT_CLOCKS, BY_EARNINGS)
