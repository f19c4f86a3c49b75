"""``/api/clocks``: what is about to be missed, and what was."""

from __future__ import annotations

from typing import Any, NamedTuple

from router.core.timestamps import rfc3339
from router.streams.board.answers.moment import Moment, optional_time
from router.streams.projection.histories import Decided, History
from router.streams.projection.rows import MISSED
from router.streams.projection.sales_org import OrgProjection

SOON_MS = 30 * 60_000
ROWS_MAX = 500


class Running(NamedTuple):
    """A clock that runs; sorts by when it is due."""

    due_ms: int
    lead_id: str
    kind: str
    rep: int | None


def soon_of(org: OrgProjection, moment: Moment) -> list[Running]:
    """Clocks that are due within half an hour or were already, the earliest first."""
    until_ms = moment.now_ms + SOON_MS
    found = []
    for lead_id, standing in org.standings.clocked.items():
        if standing.accept_by_ms is not None and standing.accept_by_ms <= until_ms:
            found.append(Running(standing.accept_by_ms, lead_id, "accept", standing.rep))
        if standing.contact_by_ms is not None and standing.contact_by_ms <= until_ms:
            found.append(Running(standing.contact_by_ms, lead_id, "contact", standing.rep))
    return sorted(found, key=lambda each: each[:3])


def clocks(org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """The earliest of those that run, the latest of today's missed ones."""
    numbers = org.company.numbers
    soon = [
        {
            "lead_id": each.lead_id,
            "rep_id": numbers.get(each.rep) if each.rep is not None else None,
            "kind": each.kind,
            "due": rfc3339(each.due_ms),
        }
        for each in soon_of(org, moment)[:ROWS_MAX]
    ]
    missed = sorted(
        (
            (each.decided_ms, lead_id, each, history)
            for lead_id, history in org.histories.items()
            for each in history.decisions
            if each.reason in MISSED and each.decided_ms >= moment.day_ms
        ),
        key=lambda row: (-row[0], row[1]),
    )
    rows = [_missed(lead_id, each, history) for _, lead_id, each, history in missed[:ROWS_MAX]]
    return {"soon": soon, "missed": rows}


def _missed(lead_id: str, missed: Decided, history: History) -> dict[str, Any]:
    kind = MISSED[missed.reason]
    before = history.before(missed.sequence)
    due_ms = None
    if before is not None:
        due_ms = before.accept_by_ms if kind == "accept" else before.contact_by_ms
    return {
        "lead_id": lead_id,
        "rep_id": missed.previous_rep_id or missed.rep_id,
        "kind": kind,
        "due": optional_time(due_ms),
        "at": rfc3339(missed.decided_ms),
    }
