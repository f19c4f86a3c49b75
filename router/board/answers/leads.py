"""``/api/leads``: finding a lead, and its story in the words of ``explain``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.board.answers.filters import Filter, band_of, pool_of, rep_of
from router.board.projection.projection import Projection
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.slices import Slices
from router.core.explain.explain import People, excluded_reps, headline, standing, tell, why_not
from router.core.handlers.ignored_feedback import in_words
from router.core.model.assignment import Assignment
from router.core.model.timestamps import rfc3339

FOUND_USUAL = 20
FOUND_MAX = 500
"""Leads that nobody has any more."""


def leads(
    projection: Projection, org: OrgProjection, prefix: str, wanted: Filter, limit: int
) -> Slices[dict[str, Any]]:
    """Leads decided in the last day whose id begins so, the last decided first."""
    count = min(limit, FOUND_MAX)
    found = yield from org.stories.newest_with(
        prefix, count, lambda lead_id: wanted.holds(org, lead_id, org.last.get(lead_id))
    )
    return {"leads": [_row(projection, org, lead_id) for lead_id in found]}


def _row(projection: Projection, org: OrgProjection, lead_id: str) -> dict[str, Any]:
    last, standing = org.last.get(lead_id), org.standings.leads.get(lead_id)
    rep_id = rep_of(last)
    return {
        "lead_id": lead_id,
        "outcome": last.outcome if last is not None else None,
        "reason": last.reason if last is not None else None,
        "rep_id": rep_id,
        "name": None if rep_id is None else projection.names.get(rep_id, rep_id),
        "pool_id": pool_of(last, standing),
        "band": band_of(last, standing),
        "source": standing.source if standing is not None else None,
        "decided_at": rfc3339(last.decided_ms) if last is not None else None,
    }


def people_of(projection: Projection, org: OrgProjection) -> People:
    """Return the reps of a sales org with their names."""
    return People(projection.names, org.company.numbers, org.company.by_crm_id)


def story(lead_id: str, decisions: Sequence[Assignment], people: People) -> dict[str, Any]:
    """All decisions about a lead, oldest first."""
    return {
        "lead_id": lead_id,
        "now": standing(decisions[-1], people) if decisions else None,
        "decisions": [_told(each, people) for each in decisions],
    }


def left_out(org: OrgProjection, lead_id: str, decisions: int) -> dict[str, int]:
    """How much of a lead is older than what is kept of it: decisions, and reports of its reps."""
    history = org.histories.get(lead_id)
    return {
        "decisions": decisions,
        "reports": history.reports_left_out if history is not None else 0,
    }


def warnings(org: OrgProjection, lead_id: str) -> list[dict[str, Any]]:
    """Return what intake could not read of the lead's newest record that had such a thing."""
    history = org.histories.get(lead_id)
    return [
        {"field": each.field, "problem": each.problem}
        for _, each in (history.warned if history is not None else ())
    ]


def ignored(org: OrgProjection, lead_id: str) -> dict[str, Any] | None:
    """Return the lead's last report that changed nothing, in words; None if there is none."""
    report = org.company.org.ignored_reports.get(lead_id)
    return None if report is None else {"text": in_words(report), "report": list(report)}


def reports(projection: Projection, org: OrgProjection, lead_id: str) -> list[dict[str, Any]]:
    """Return what was reported of a lead in the last day, oldest first."""
    history = org.histories.get(lead_id)
    return [
        {
            "at": rfc3339(each.at_ms),
            "feedback_type": each.feedback_type,
            "rep_id": each.rep_id,
            "name": None if each.rep_id is None else projection.names.get(each.rep_id, each.rep_id),
            "actor": each.actor,
        }
        for each in (history.heard if history is not None else ())
    ]


def _told(decision: Assignment, people: People) -> dict[str, Any]:
    told = tell(decision, people)
    return {
        "assignment_id": decision["assignment_id"],
        "sequence": decision["sequence"],
        "decided_at": decision["decided_at"],
        "outcome": decision["outcome"],
        "reason": decision["reason"],
        "headline": told.headline,
        "rows": [{"label": line.label, "text": line.text} for line in told.lines],
        "excluded_reps": excluded_reps(decision, people),
        "decision": decision,
    }


def answers_why_not(rep_id: str, decisions: Sequence[Assignment], people: People) -> dict[str, Any]:
    """Why a rep did not get the lead, for each decision about it."""
    return {
        "rep_id": rep_id,
        "name": people.names.get(rep_id, rep_id),
        "answers": [
            {
                "sequence": each["sequence"],
                "decided_at": each["decided_at"],
                "headline": headline(each, people),
                "why": why_not(each, rep_id, people),
            }
            for each in decisions
        ],
    }
