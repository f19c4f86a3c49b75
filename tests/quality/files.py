"""A world written out as leads, roster and policy of the public contract."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.quality.world import (
    HALF_LIFE_H,
    HOLD_DAYS,
    MEDIAN,
    SIGMA,
    TERRITORIES,
    Lead,
    Rep,
    World,
    close_rate,
)

START = datetime(2027, 3, 1, tzinfo=UTC)
BANDS = ("a", "b", "c", "d", "e")
POINTS = (80, 60, 40, 20, 0)
VALUE_STEPS = (0, 2_000, 5_000, 12_000, 30_000, 80_000)
BEST = "channel: best"
_SAMPLE = 60_000
_OF = 10_000


def lines_policy(cut: int) -> str:
    """Return channel lines that send leads from a value on to the field."""
    return f'channel:\n  - {{use: field, when: {{value: "{cut}+"}}}}\n  - {{use: inside}}'


def write_world(of: World, folder: Path, channel: str, *, within: str = "0%") -> None:
    """Write ``leads.jsonl``, ``roster.json`` and ``policy.yaml``; ``channel`` are its lines."""
    lines = [json.dumps(_lead(lead)) for lead in of.leads]
    (folder / "leads.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "roster.json").write_text(json.dumps([_rep(rep) for rep in of.reps]))
    (folder / "policy.yaml").write_text(_policy(of, channel, within))


def _lead(lead: Lead) -> dict[str, Any]:
    at = START + timedelta(hours=lead.at_h)
    return {
        "event_id": f"e-{lead.lead_id}",
        "event_type": "submitted",
        "lead_id": lead.lead_id,
        "occurred_at": at.isoformat(timespec="milliseconds"),
        "expected_value": {"amount": lead.value, "currency": "USD"},
        "location": {"country": TERRITORIES[lead.territory]},
        "custom": {"fits": BANDS[band_of(lead.quality)]},
    }


def _rep(rep: Rep) -> dict[str, Any]:
    in_field = rep.territory is not None
    entry = {
        "rep_id": rep.rep_id,
        "channels": ["field" if in_field else "inside"],
        "role": "field_rep" if in_field else "inside_rep",
        "close_factor": rep.factor,
        "caps": {"field" if in_field else "inside": {"per_day": rep.per_day}},
    }
    if rep.territory is not None:
        entry["territories"] = [TERRITORIES[rep.territory].lower()]
    return entry


def band_of(quality: float) -> int:
    """Return the place of a quality among the bands, the best first."""
    return len(BANDS) - 1 - min(len(BANDS) - 1, int(quality * len(BANDS)))


def _policy(of: World, channel: str, within: str) -> str:
    countries = ", ".join(f'"{code}"' for code in TERRITORIES)
    fit = "\n".join(
        f"    - {{points: {points}, when: {{custom.fits: {band}}}}}"
        for band, points in zip(BANDS, POINTS, strict=True)
    )
    travel = ", ".join(
        f"{code.lower()}: {cost}" for code, cost in zip(TERRITORIES, of.travel, strict=True)
    )
    territories = "\n".join(
        f'  {code.lower()}: {{market: all, when: {{country: "{code}"}}}}' for code in TERRITORIES
    )
    return f"""policy: quality
currency: USD
markets:
  all: {{countries: [{countries}]}}
value: [expected_value]
score:
  fit:
{fit}
  bands: {{a: "80+", b: "60-79", c: "40-59", d: "20-39", e: "under 20"}}
before_rotation:
  - {{if: consent_refused, then: close}}
{channel}
economics:
  inside: {{cost_per_contact: 50, contacts_per_lead: 6}}
  field: {{cost_per_visit: 308, visits_per_lead: 3, travel: {{{travel}}}}}
  worth_halves_after: {HALF_LIFE_H}h
  hold_at_most: {HOLD_DAYS}d
  close_rate:
    field:
{_rates(in_field=True)}
    inside:
{_rates(in_field=False)}
territories:
{territories}
pools:
  field: {{market: all, channel: field, members: {{role: field_rep}}, match: [territory]}}
  inside: {{market: all, channel: inside, members: {{role: inside_rep}}}}
rotation: {{within: {within}}}
backlog: {{at_most: {HOLD_DAYS}d, then: nurture}}
"""


def _rates(*, in_field: bool) -> str:
    return "\n".join(
        f"      - {{won: {round(rate * _OF)} of {_OF}, when: {{band: {band}, value: {step}}}}}"
        for (band, step), rate in coarse_rates(in_field=in_field).items()
    )


@cache
def coarse_rates(*, in_field: bool) -> dict[tuple[str, str], float]:
    """Return close rates by band and value step, as a sales team's own report would have them."""
    chance = random.Random("rates")
    worth: dict[tuple[str, str], float] = {}
    won: dict[tuple[str, str], float] = {}
    for _ in range(_SAMPLE):
        value = MEDIAN * math.exp(chance.gauss(0, SIGMA))
        quality = chance.random()
        cell = BANDS[band_of(quality)], step_of(value)
        worth[cell] = worth.get(cell, 0) + value
        won[cell] = won.get(cell, 0) + value * close_rate(value, quality, in_field=in_field)
    return {cell: won[cell] / worth[cell] for cell in sorted(worth)}


def step_of(value: float) -> str:
    """Return the range of values that a value falls in, as the policy writes it."""
    for low, high in pairwise(VALUE_STEPS):
        if value < high:
            return f'"{low}-{high - 1}"'
    return f'"{VALUE_STEPS[-1]}+"'
