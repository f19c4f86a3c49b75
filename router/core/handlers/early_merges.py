"""Merges that were reported before one of their leads came: feedback may overtake a lead."""

from __future__ import annotations

from typing import Final

from router.core.handlers.merge import merge
from router.core.handlers.refusals import is_erased
from router.core.model.assignment import Reason
from router.core.model.lead import Lead
from router.core.state.context import Context
from router.core.state.persons import after_merges

EARLY_MERGES_MAX: Final = 256
"""The latest are remembered: a report and its lead are seconds apart."""


def remember_merge(context: Context, lead_id: str, into_lead_id: str) -> None:
    """Merge the two when both are known."""
    pair = lead_id, into_lead_id
    early = context.org.early_merges
    if pair not in early:
        _put(context, (*early[1 - EARLY_MERGES_MAX :], pair))


def merge_early(context: Context, lead: Lead) -> None:
    """The lead has come: do what was reported of it before."""
    org = context.org
    due = [pair for pair in org.early_merges if lead.lead_id in pair]
    for pair in due:
        found = [after_merges(org, one) for each in pair if (one := org.leads.get(each))]
        if len(found) == len(pair):
            _put(context, tuple(each for each in org.early_merges if each != pair))
            _merge(context, *found)


def _merge(context: Context, lead: Lead | None, into: Lead | None) -> None:
    if lead is None or into is None or lead is into or is_erased(lead) or is_erased(into):
        return
    merge(context, lead, into, Reason.MERGED_IN_CRM)


def _put(context: Context, early: tuple[tuple[str, str], ...]) -> None:
    context.journal.put(context.org, "early_merges", early)
    context.journal.touch("early_merges", context.org.sales_org, "")
