"""Reports that changed nothing: counted, and the last one of a lead remembered with its reason.

Whoever sent it can be told: `explain`, the board and the command `feedback` read it from the state.
An echo of our own writes and a report that comes again say nothing new: they are only counted.
"""

from __future__ import annotations

from typing import Final

from router.core.explain.formatting import moment
from router.core.explain.messages import IGNORED
from router.core.model.assignment import Ignored
from router.core.model.events import Feedback
from router.core.model.timestamps import rfc3339
from router.core.state.context import Context

LEADS_MAX: Final = 256
"""Leads of a sales org whose last ignored report is remembered."""

IgnoredReport = tuple[str, str, str, int]
"""Its event id, its feedback type, why it was ignored (:class:`Ignored`), and when."""


def in_words(report: IgnoredReport) -> str:
    """Return what was reported, when, and why it changed nothing, as a sentence."""
    _, feedback_type, why, at_ms = report
    because = IGNORED.get(why, why)
    at = moment(rfc3339(at_ms))
    return f"The report {feedback_type} of {at} changed nothing: {because}."


_NOTHING_NEW = (Ignored.ECHO, Ignored.REPEATED)


def ignore(context: Context, event: Feedback, why: Ignored) -> None:
    """Count a report that changes nothing, and remember it by its lead."""
    org = context.org
    context.journal.put(org, "feedback_ignored", org.feedback_ignored + 1)
    context.journal.touch("org", org.sales_org, "")
    if why in _NOTHING_NEW or event.feedback_type == "erased":  # which is noted without its lead
        return
    reports, lead_id = org.ignored_reports, event.lead_id
    if lead_id not in reports and len(reports) >= LEADS_MAX:
        _forget(context, min(reports, key=lambda each: (reports[each][3], each)))
    noted = (event.event_id, event.feedback_type, why.value, context.now_ms)
    context.journal.insert(reports, lead_id, noted)
    context.journal.touch("ignored", org.sales_org, lead_id)


def _forget(context: Context, lead_id: str) -> None:
    context.journal.remove(context.org.ignored_reports, lead_id)
    context.journal.touch("ignored", context.org.sales_org, lead_id)
