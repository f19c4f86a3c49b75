"""Reports of a CRM on the leads that it was told of, and its mistakes."""

from __future__ import annotations

from typing import Any

from tests.golden.company import REP_IDS, Company
from tests.golden.core_names import Feedback
from tests.golden.dice import DAY_MS, HOUR_MS, MINUTE_MS, Dice

IN_WORK: tuple[Any, ...] = (
    *["accepted"] * 6, *["contacted"] * 4, "attempted", "meeting_held", "qualified", "qualified",
    "rejected", "rejected", "converted", "won", "lost", "disqualified", "reassign_requested",
)  # fmt: skip
OTHERWISE: tuple[Any, ...] = (
    "handoff_requested", "owner_changed", "owner_changed", "claimed", "claimed", "merged", "merged",
    "erased", "won", "lost", "qualified", "contacted",
)  # fmt: skip


def report(dice: Dice, company: Company, now_ms: int) -> Feedback:
    """A report; most are by the rep who has the lead, of the assignment in force."""
    number = company.next_number()
    lead_id = dice.of(company.lead_ids) if company.lead_ids else "unheard-of"
    kind = dice.of(IN_WORK) if dice.chance(65) else dice.of(OTHERWISE)
    if dice.chance(3):
        lead_id = f"{company.sales_org}-{company.count + dice.below(4)}"  # of one still to come
    named = kind in {"owner_changed", "claimed"}
    found = {"assignment_id": None, "rep_id": None} if named else _subject(dice, company, lead_id)
    if found["rep_id"] is None and (named or dice.chance(20)):
        found["rep_id"] = dice.of((*company.rep_ids(), "nobody", "77", "no id", "0055g00000AbCdE"))
    if kind == "owner_changed" and dice.chance(30):
        found["assignment_id"] = f"{lead_id}.{1 + dice.below(3)}"
    return Feedback(
        f"f{number - dice.below(30)}" if dice.chance(4) else f"f{number}",
        kind,
        lead_id,
        now_ms - dice.of((0, 0, 0, MINUTE_MS, HOUR_MS, DAY_MS)),
        actor="lead-router" if dice.chance(4) else None,
        into_lead_id=dice.of((*company.lead_ids[-30:], f"{company.sales_org}-{number}"))
        if kind == "merged"
        else None,
        **found,
    )


def _subject(dice: Dice, company: Company, lead_id: str) -> dict[str, str | None]:
    """The assignment in force and its rep; or an older one, a wrong one, or none."""
    assigned = company.assigned.get(lead_id)
    if assigned is None or dice.chance(12):
        return {"assignment_id": None, "rep_id": None}
    if dice.chance(75):
        rep_id = assigned.rep_id if dice.below(2) else None
        return {"assignment_id": assigned.assignment_id, "rep_id": rep_id}
    if dice.below(2):
        return {"assignment_id": f"{lead_id}.{dice.of((0, 1, 2, 9, 'x'))}", "rep_id": None}
    return {"assignment_id": None, "rep_id": dice.of((assigned.rep_id, dice.of(REP_IDS)))}
