"""Points of a lead: fit by the policy's lines, engagement that fades by half-lives.

Whole points, integer arithmetic only. 2^-x comes from a table made by integer square roots, so
that every machine has the same one.
"""

from __future__ import annotations

from bisect import bisect_right

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.decay import decayed
from router.core.compiled.view import View
from router.core.model.assignment import Term
from router.core.model.lead import Lead

POINTS_MAX = 10**12
"""So many points less than nothing are as bad as it gets, within 64 bits."""
_FADED_HALVES = 64
"""After so many half-lives nothing is left of any points."""


def engagement_points(lead: Lead, now_ms: int) -> int:
    """The lead's engagement now, in whole points, rounded down."""
    if not lead.engagement_milli:
        return 0
    age_ms = now_ms - lead.engagement_at_ms
    return decayed(lead.engagement_milli, age_ms, lead.engagement_half_life_ms) // 1000


def fades_at_ms(compiled: CompiledPolicy, lead: Lead, points: int, now_ms: int) -> int | None:
    """Return when a lead's points, ``points`` now, fall below the next step of the policy."""
    if not lead.engagement_milli or lead.engagement_half_life_ms <= 0:
        return None
    step = bisect_right(compiled.point_steps, points) - 1
    if step < 0:
        return None
    fit = points - engagement_points(lead, now_ms)
    least = (compiled.point_steps[step] - fit) * 1_000
    if least <= 0:
        return None
    begins_ms, half_life_ms = lead.engagement_at_ms, lead.engagement_half_life_ms
    still, faded = now_ms - begins_ms, now_ms - begins_ms + _FADED_HALVES * half_life_ms
    while faded - still > 1:
        age_ms = (still + faded) // 2
        if decayed(lead.engagement_milli, age_ms, half_life_ms) < least:
            faded = age_ms
        else:
            still = age_ms
    return begins_ms + faded


def score(compiled: CompiledPolicy, lead: Lead, view: View, holding: int, now_ms: int) -> None:
    """All points of a lead, with the lines that gave them: ``view.score``, ``points``, ``band``.

    ``holding`` are the conditions of the policy that hold before points are known.
    """
    fit, terms = compiled.fit_of(holding)
    if compiled.policy.scores and lead.facts.scores:
        terms = terms.copy()
        fit += _given_scores(compiled, lead.facts.scores, terms)
    engagement = engagement_points(lead, now_ms)
    total = fit + engagement
    band = band_of(compiled, total)
    view.points, view.band = total, band
    view.score = {
        "total": total,
        "fit": fit,
        "engagement": engagement,
        "band": band,
        "terms": terms,
    }


def _given_scores(
    compiled: CompiledPolicy, given: dict[str, int | float], terms: list[Term]
) -> int:
    """A marketing system's own scores, whole units of it, as the policy weighs them."""
    total = 0
    for line in compiled.policy.scores:
        units = given.get(line.name)
        if units is not None:
            points = int(units) * line.points_permille // 1000
            points = max(min(line.at_most, points), -POINTS_MAX)
            total += points
            terms.append({"rule": f"scores.{line.name}", "points": points})
    return total


def band_of(compiled: CompiledPolicy, points: int) -> str:
    """The name of the band that ``points`` fall in."""
    for low, name in compiled.bands:
        if points >= low:
            return name
    return compiled.bands[-1][1]
