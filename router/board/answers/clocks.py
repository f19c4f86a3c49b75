"""``/api/clocks``: what is about to be missed, and what was."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from router.board.answers.moment import Moment, optional_time
from router.board.projection.projection import Projection
from router.board.projection.rows import MISSED
from router.board.projection.sales_org import KEPT_MS, Missed, OrgProjection
from router.core.model.timestamps import rfc3339

SOON_MS = 30 * 60_000
ROWS_MAX = 500


def soon_of(org: OrgProjection, moment: Moment) -> int:
    """How many clocks are due within half an hour, or were already."""
    return org.standings.due_until(moment.now_ms + SOON_MS)


def clocks(projection: Projection, org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """The earliest of those that run, the latest of today's missed ones."""
    numbers = org.company.numbers
    soon = org.standings.clocks.head(min(soon_of(org, moment), ROWS_MAX))
    first = bisect_left(org.missed, (moment.day_ms,))
    missed = org.missed[max(first, len(org.missed) - ROWS_MAX) :][::-1]
    return {
        "soon": [
            {
                "lead_id": each.lead_id,
                **_rep(projection, numbers.get(each.rep)),
                "kind": each.kind,
                "due": rfc3339(each.due_ms),
            }
            for each in soon
        ],
        "missed": [_missed(projection, org, each, moment) for each in missed],
    }


def _rep(projection: Projection, rep_id: str | None) -> dict[str, Any]:
    return {"rep_id": rep_id, "name": projection.names.get(rep_id or "", rep_id)}


def _missed(
    projection: Projection, org: OrgProjection, missed: Missed, moment: Moment
) -> dict[str, Any]:
    decided, history = missed.decided, org.histories.get(missed.lead_id)
    kind = MISSED[decided.reason]
    before = history.before(decided) if history is not None else None
    due_ms = None
    # A board begun anew would not know what is older, even where it has not been let go of yet.
    if before is not None and before.recorded_ms >= moment.now_ms - KEPT_MS:
        due_ms = before.accept_by_ms if kind == "accept" else before.contact_by_ms
    return {
        "lead_id": missed.lead_id,
        **_rep(projection, decided.previous_rep_id or decided.rep_id),
        "kind": kind,
        "due": optional_time(due_ms),
        "at": rfc3339(missed.at_ms),
    }
