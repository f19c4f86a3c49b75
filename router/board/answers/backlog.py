"""``/api/backlog``: who waits, why, and since when."""

from __future__ import annotations

from typing import Any

from router.board.answers.filters import ANY, Filter
from router.board.answers.moment import Moment, optional_time
from router.board.projection.backlog import Last
from router.board.projection.sales_org import OrgProjection
from router.board.projection.standing import Standing
from router.board.statistics.slices import Slices
from router.core.model.timestamps import rfc3339

_AGES_S = (900, 3_600, 14_400, 86_400, 259_200)
LEADS_MAX = 1_000
_AT_ONCE = 1_000


def by_reason(org: OrgProjection) -> list[dict[str, Any]]:
    """Waiting leads by reason, the most first."""
    reasons = sorted(org.waiting.by_age.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {"reason": reason, "count": len(aged), "oldest_since": rfc3339(aged.head(1)[0][0])}
        for reason, aged in reasons
    ]


def backlog(
    org: OrgProjection, moment: Moment, limit: int, wanted: Filter = ANY
) -> Slices[dict[str, Any]]:
    """The most valuable first; ages of all, also where only some are wanted."""
    waiting, standings = org.last.waiting, org.standings.leads
    if wanted == ANY:
        shown = [lead_id for _, _, lead_id in org.waiting.by_value.head(min(limit, LEADS_MAX))]
        found = len(waiting)
    else:
        every = yield from _wanted(org, wanted)
        shown, found = every[: min(limit, LEADS_MAX)], len(every)
    currency = org.company.org.policy.currency if org.company.org.policy is not None else None
    return {
        "count": len(waiting),
        "found": found,
        "leads": [
            _row(lead_id, last, standings.get(lead_id), currency)
            for lead_id in shown
            if (last := waiting.get(lead_id)) is not None
        ],
        "ages": _ages(org, moment),
    }


def _wanted(org: OrgProjection, wanted: Filter) -> Slices[list[str]]:
    found = []
    by_value = org.waiting.by_value.head(len(org.last.waiting))
    yield
    for place, (_, _, lead_id) in enumerate(by_value, start=1):
        if wanted.holds(org, lead_id, org.last.waiting.get(lead_id)):
            found.append(lead_id)
        if place % _AT_ONCE == 0:
            yield
    return found


def _value(last: Last, standing: Standing | None) -> int | None:
    """As route knows it now; else as it was decided."""
    return standing.value_minor if standing is not None else last.value_minor


def _row(
    lead_id: str, last: Last, standing: Standing | None, currency: str | None
) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "reason": last.reason,
        "since": rfc3339(last.decided_ms),
        "deadline": optional_time(standing.wait_until_ms) if standing is not None else None,
        "band": standing.band if standing is not None else last.band,
        "score_total": standing.points if standing is not None else last.score_total,
        "value_expected_minor": _value(last, standing),
        "value_currency": last.currency or currency,
        "pool_id": standing.pool_id if standing is not None else last.pool_id,
        "territory_id": standing.territory_id if standing is not None else last.territory_id,
        "source": standing.source if standing is not None else None,
        "policy_version": last.policy_version,
    }


def _ages(org: OrgProjection, moment: Moment) -> list[dict[str, Any]]:
    """How many wait for less than so long, each counted once; ``under_s`` null is longer."""
    rows: list[dict[str, Any]] = []
    counted = 0
    for bound_s in _AGES_S:
        younger = org.waiting.count_after(moment.now_ms - bound_s * 1000)
        rows.append({"under_s": bound_s, "count": younger - counted})
        counted = younger
    return [*rows, {"under_s": None, "count": len(org.last.waiting) - counted}]
