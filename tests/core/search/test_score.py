"""Points, engagement that fades, and the expected deal: whole numbers, the same everywhere."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import DAY_MS, POLICY, World

from router.core.model.policy import Product, ScoreLine, ValueStep
from router.core.search.score import decayed


@given(st.integers(0, 10**9), st.integers(0, 10**12), st.integers(1, 10**11))
def test_decay_is_two_to_the_minus_age_over_half_life_within_a_step(points, age_ms, half_life_ms):
    steps = age_ms * 1024 // half_life_ms
    with localcontext() as exact:
        exact.prec = 60
        expected = points * Decimal(2) ** (Decimal(-steps) / 1024)
    assert abs(decayed(points, age_ms, half_life_ms) - expected) <= 1


@given(st.integers(0, 10**9), st.integers(0, 10**11), st.integers(0, 10**9), st.integers(1, 10**10))
def test_engagement_never_grows_with_age(points, age_ms, more_ms, half_life_ms):
    assert decayed(points, age_ms + more_ms, half_life_ms) <= decayed(points, age_ms, half_life_ms)


def test_half_is_left_after_one_half_life_and_all_before_any_time():
    assert decayed(40_000, 7 * DAY_MS, 7 * DAY_MS) == 20_000
    assert decayed(40_000, 0, 7 * DAY_MS) == 40_000
    assert decayed(40_000, -5, 7 * DAY_MS) == 40_000
    assert decayed(40_000, 5, 0) == 40_000
    assert decayed(40_000, 10**15, 1) == 0


def test_every_line_that_matches_counts_and_is_shown():
    score = World().one(employees=300, industry="Software")["score"]
    assert score == {
        "total": 35, "fit": 35, "engagement": 0, "band": "warm",
        "terms": [
            {"rule": "employees 250+", "points": 20},
            {"rule": "industry software", "points": 15},
        ],
    }  # fmt: skip


def test_engagement_fades_until_the_lead_comes():
    world = World()
    world.engage("L", 40)
    world.now_ms += 7 * DAY_MS
    assert world.one("L", employees=10)["score"]["engagement"] == 20


def test_a_junior_contact_does_not_lower_a_score():
    scores = [
        World().one(employees=300, role=role)["score"]["total"] for role in ("staff", "c_level")
    ]
    assert scores[0] == scores[1]


def test_a_marketing_systems_own_score_counts_as_the_policy_weighs_it():
    policy = replace(POLICY, scores=(ScoreLine("grade", 500, 30),))
    score = World(policy).one(employees=10, scores={"grade": 41.9, "other": 7})["score"]
    assert (score["fit"], score["terms"]) == (20, [{"rule": "scores.grade", "points": 20}])
    assert World(policy).one(employees=10, scores={"grade": 999})["score"]["fit"] == 30


def priced(*steps: ValueStep) -> World:
    products = (Product("team", 120_000, 800),)
    return World(
        replace(POLICY, products=products, value=steps, exchange_rates_ppm={"USD": 900_000})
    )


def test_the_first_way_to_know_the_value_counts():
    steps = (ValueStep("expected_value"), ValueStep("product_price_times_quantity"))
    world = priced(*steps, ValueStep("by_employees", ((1, 49, 70_000),)))
    asked = {"product": "team", "quantity": 3, "employees": 10}
    known = [
        world.one(**asked, expected_value_minor=99_000),
        world.one(**asked),
        world.one(employees=10),
        world.one("unknown"),
    ]
    assert [(one["value"]["expected_minor"], one["value"]["known_by"]) for one in known] == [
        (99_000, "expected_value"),
        (360_000, "product_price_times_quantity"),
        (70_000, "by_employees"),
        (0, "unknown"),
    ]
    assert {one["value"]["currency"] for one in known} == {"EUR"}


@pytest.mark.parametrize(
    ("currency", "minor"), [("EUR", 100_000), ("USD", 90_000), (None, 100_000)]
)
def test_amounts_are_in_the_policys_currency_by_its_own_rates(currency: str | None, minor: int):
    world = priced(ValueStep("expected_value"))
    decision = world.one(expected_value_minor=100_000, expected_value_currency=currency)
    assert decision["value"]["expected_minor"] == minor


def test_an_amount_in_a_currency_without_a_rate_is_not_known():
    world = priced(ValueStep("expected_value"), ValueStep("by_employees", ((1, 49, 70_000),)))
    decision = world.one(expected_value_minor=1, expected_value_currency="JPY", employees=10)
    assert decision["value"]["known_by"] == "by_employees"


def test_a_lead_of_unknown_value_is_not_taken_for_a_small_one():
    assert World().one()["outcome"] == "assigned"
