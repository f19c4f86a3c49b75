"""``/api/reps/REP``: one rep, what they work on, and when."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any

from router.board.answers.moment import Moment, optional_time
from router.board.answers.reps import reps
from router.board.projection.projection import Projection
from router.board.projection.sales_org import OrgProjection
from router.board.projection.standing import Standing
from router.board.statistics.slices import Slices
from router.core.model.rep import Rep
from router.core.model.timestamps import rfc3339

LEADS_MAX = 500
_AT_ONCE = 2_000


def rep_page(
    projection: Projection, org: OrgProjection, moment: Moment, rep_id: str
) -> Slices[dict[str, Any]]:
    """Return the row of ``/api/reps``, the roster's words, and open leads, the latest first.

    ``rep`` is None if they have left, and nothing is open with them.
    """
    row = next(
        (each for each in reps(projection, org, moment)["reps"] if each["rep_id"] == rep_id), None
    )
    rep = org.company.org.reps.get(rep_id)
    if row is None or rep is None:
        return {"rep": None, "count": 0, "leads": []}
    yield
    number, mine = rep.number, []
    for place, lead_id in enumerate(list(org.standings.leads), start=1):
        standing = org.standings.leads.get(lead_id)
        if standing is not None and standing.rep == number and not standing.is_waiting:
            mine.append((-standing.assigned_ms, lead_id, standing))
        if place % _AT_ONCE == 0:
            yield
    yield
    found = nsmallest(LEADS_MAX, mine)
    yield
    policy = org.company.org.policy
    currency = policy.currency if policy is not None else None
    return {
        "rep": row | _words(projection, rep),
        "count": len(mine),
        "leads": [_lead(lead_id, standing, currency) for _, lead_id, standing in found],
    }


def _words(projection: Projection, rep: Rep) -> dict[str, Any]:
    written, profile = projection.roster.get(rep.profile.rep_id), rep.profile
    hours = written.hours if written is not None else None
    return {
        "seniority": profile.seniority,
        "territories": profile.territories,
        "languages": profile.languages,
        "skills": profile.skills,
        "hours": ", ".join(map(str, hours)) if isinstance(hours, list) else hours,
        "time_zone": written.time_zone if written is not None else None,
    }


def _lead(lead_id: str, standing: Standing, currency: str | None) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "sales_channel": standing.channel,
        "pool_id": standing.pool_id,
        "territory_id": standing.territory_id,
        "band": standing.band,
        "value_expected_minor": standing.value_minor,
        "value_currency": currency,
        "since": rfc3339(standing.assigned_ms),
        "accept_by": optional_time(standing.accept_by_ms),
        "contact_by": optional_time(standing.contact_by_ms),
    }
