"""Baselines that know what the policy knows: greedy by what a lead earns now."""

from __future__ import annotations

from tests.quality.files import BANDS, band_of, coarse_rates, step_of
from tests.quality.world import (
    DAY_H,
    FIELD_COST,
    HALF_LIFE_H,
    HOLD_DAYS,
    INSIDE_COST,
    WARM_DAYS,
    Lead,
    Rep,
    World,
    contribution,
)


def greedy(of: World) -> float:
    """Return what leads earn if each goes at once to the free rep with whom it earns most.

    Who finds nobody waits for the next day, the most valuable first.
    """
    earned, waiting, coming = 0.0, list[Lead](), iter(of.leads)
    lead = next(coming, None)
    for day in range(int(of.leads[-1].at_h // DAY_H) + 1):
        places = {rep.rep_id: rep.per_day for rep in of.reps}
        now = sorted(waiting, key=lambda one: -one.value)
        waiting = []
        while lead is not None and lead.at_h < (day + 1) * DAY_H:
            now.append(lead)
            lead = next(coming, None)
        for one in now:
            at_h = max(one.at_h, day * DAY_H)
            rep = _best(of, one, at_h, places)
            if rep is not None:
                places[rep.rep_id] -= 1
                if one.at_h >= WARM_DAYS * DAY_H:
                    earned += contribution(of, one, rep, at_h) or 0.0
            elif (day + 1) * DAY_H - one.at_h <= HOLD_DAYS * DAY_H:
                waiting.append(one)
    return earned


def _best(of: World, lead: Lead, at_h: float, places: dict[str, int]) -> Rep | None:
    free = [rep for rep in of.reps if places[rep.rep_id] > 0]
    seen = [(known_contribution(of, lead, rep, at_h), rep) for rep in free]
    best = max(seen, key=lambda one: one[0], default=(0.0, None))
    return best[1] if best[0] > 0 else None


def known_contribution(of: World, lead: Lead, rep: Rep, at_h: float) -> float:
    """Return what a lead earns with a rep as far as a policy can say it."""
    in_field = rep.territory is not None
    if in_field and rep.territory != lead.territory:
        return 0.0
    cell = BANDS[band_of(lead.quality)], step_of(lead.value)
    left = 2 ** (-max(0.0, at_h - lead.at_h) / HALF_LIFE_H)
    earns = coarse_rates(in_field=in_field)[cell] * rep.factor * lead.value * left
    return earns - (FIELD_COST + of.travel[lead.territory] if in_field else INSIDE_COST)
