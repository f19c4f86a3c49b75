"""Worlds of leads and reps in which the best assignment can be computed.

Twenty days of leads, one of them with twice as many, unannounced; before them five in which prices
may settle. Values are lognormal (median 8,000, sigma 1.3). Six territories, fifteen field reps with
one new lead a day (three visits), nine inside reps with 46 contacts a day (six a lead). A contact
costs 50, a visit 308, and travel is on top by territory. A deal loses half of its worth in 48 hours
and is gone after two days. Field reps win more, and more so of large deals; reps differ by 12 %.

Method: the worlds B (overload) and C (field-scarce) of the decision method's benchmark.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["overload", "field_scarce"]
DAY_H = 24
WARM_DAYS, DAYS = 5, 20
HALF_LIFE_H = 48
HOLD_DAYS = 2
MEDIAN, SIGMA = 8_000, 1.3
INSIDE_COST, FIELD_COST = 6 * 50, 3 * 308
TRAVEL_MAX = 600
TERRITORIES = ("DE", "FR", "IT", "ES", "PL", "NL")
FIELD_REPS = 15
LEADS_A_DAY: dict[Kind, int] = {"overload": 100, "field_scarce": 150}
INSIDE_REPS: dict[Kind, int] = {"overload": 9, "field_scarce": 18}
SKILL_SPREAD = 0.12


@dataclass(frozen=True, slots=True)
class Lead:
    """``at_h`` are hours from the start; ``quality`` from 0 to 1 is what the score tells."""

    lead_id: str
    at_h: float
    value: float
    quality: float
    territory: int


@dataclass(frozen=True, slots=True)
class Rep:
    """``territory`` is None inside; ``factor`` is how many of the same leads they win."""

    rep_id: str
    territory: int | None
    factor: float
    per_day: int


@dataclass(frozen=True, slots=True)
class World:
    """Leads by time, reps, and what a trip costs in each territory."""

    kind: Kind
    leads: list[Lead]
    reps: list[Rep]
    travel: list[int]


def world(kind: Kind, seed: int) -> World:
    """Return the world of a kind that a seed gives; the same on every machine."""
    chance = random.Random(f"{kind}/{seed}")
    travel = [round(chance.uniform(0, TRAVEL_MAX)) for _ in TERRITORIES]
    reps = [
        Rep(f"field-{number}", number % len(TERRITORIES), _skill(chance), 1)
        for number in range(FIELD_REPS)
    ]
    reps += [
        Rep(f"inside-{number}", None, _skill(chance), 8 if number % 3 else 7)
        for number in range(INSIDE_REPS[kind])
    ]
    return World(kind, _leads(chance, kind), reps, travel)


def _skill(chance: random.Random) -> float:
    return round(max(0.6, chance.gauss(1, SKILL_SPREAD)), 2)


def _leads(chance: random.Random, kind: Kind) -> list[Lead]:
    double = WARM_DAYS + chance.randrange(DAYS // 4, 3 * DAYS // 4)
    leads = []
    for hour in range((WARM_DAYS + DAYS) * DAY_H):
        mean = LEADS_A_DAY[kind] / DAY_H * (2 if hour // DAY_H == double else 1)
        for at_h in sorted(hour + chance.random() for _ in range(_poisson(chance, mean))):
            value = round(MEDIAN * math.exp(chance.gauss(0, SIGMA)), 2)
            territory = chance.randrange(len(TERRITORIES))
            leads.append(Lead(f"l{len(leads):05}", at_h, value, chance.random(), territory))
    return leads


def _poisson(chance: random.Random, mean: float) -> int:
    count, product, least = 0, chance.random(), math.exp(-mean)
    while product > least:
        count += 1
        product *= chance.random()
    return count


def close_rate(value: float, quality: float, *, in_field: bool) -> float:
    """Return the share of such leads that are won, in the field or inside."""
    if in_field:
        return min(0.7, (0.06 + 0.34 * quality) * (value / MEDIAN) ** -0.06)
    return min(0.6, (0.03 + 0.22 * quality) * (value / MEDIAN) ** -0.22)


def contribution(of: World, lead: Lead, rep: Rep, at_h: float) -> float | None:
    """Return what a lead truly earns with a rep at an hour; None where it is not theirs to have."""
    if rep.territory is not None and rep.territory != lead.territory:
        return None
    in_field = rep.territory is not None
    left = 2 ** (-max(0.0, at_h - lead.at_h) / HALF_LIFE_H)
    earns = close_rate(lead.value, lead.quality, in_field=in_field) * rep.factor * lead.value * left
    return earns - (FIELD_COST + of.travel[lead.territory] if in_field else INSIDE_COST)
