"""Merges that were reported before one of their leads came: feedback may overtake a lead."""

from __future__ import annotations

from typing import Final

from router.core.decision import Reason
from router.core.person.endings import is_erased
from router.core.person.merge import merge
from router.core.persons import after_merges
from router.core.state import Lead
from router.core.turn import Turn

EARLY_MERGES_MAX: Final = 256
"""The latest are remembered: a report and its lead are seconds apart."""


def remember_merge(turn: Turn, lead_id: str, into_lead_id: str) -> None:
    """Merge the two when both are known."""
    pair = lead_id, into_lead_id
    early = turn.org.early_merges
    if pair not in early:
        _put(turn, (*early[1 - EARLY_MERGES_MAX :], pair))


def merge_early(turn: Turn, lead: Lead) -> None:
    """The lead has come: do what was reported of it before."""
    org = turn.org
    due = [pair for pair in org.early_merges if lead.lead_id in pair]
    for pair in due:
        found = [after_merges(org, one) for each in pair if (one := org.leads.get(each))]
        if len(found) == len(pair):
            _put(turn, tuple(each for each in org.early_merges if each != pair))
            _merge(turn, *found)


def _merge(turn: Turn, lead: Lead | None, into: Lead | None) -> None:
    if lead is None or into is None or lead is into or is_erased(lead) or is_erased(into):
        return
    merge(turn, lead, into, Reason.MERGED_IN_CRM)


def _put(turn: Turn, early: tuple[tuple[str, str], ...]) -> None:
    turn.journal.put(turn.org, "early_merges", early)
    turn.journal.touch("early_merges", turn.org.sales_org, "")
