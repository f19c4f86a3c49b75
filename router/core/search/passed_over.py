"""Whom a question before rotation chose and who could not have the lead: noted, never silent.

Who brings a lead, or owns its account, asks why somebody else has it. The answer is in the event.
"""

from __future__ import annotations

from router.core.compiled.rep_masks import Availability
from router.core.compiled.view import View
from router.core.model.assignment import Exclusion, PassedOver, Reason
from router.core.model.lead import Lead
from router.core.model.rep import Rep
from router.core.state.waiting_class import PRESENT

_NOT_BY_ROOM = (Exclusion.LEFT, Exclusion.DECLINED_IT, Exclusion.MISSED_IT)


def note(
    view: View,
    reason: Reason,
    rep: Rep | None,
    why: Exclusion,
    channel: str | None = None,
    how: int = PRESENT,
    name: str | None = None,
) -> None:
    """Remember that the question of ``reason`` chose ``rep``, who could not have the lead.

    Without one it is somebody whom the roster does not know, or knows as several, by ``name``: that
    is repeated if it can be an id. One with a space may be a person's, which belongs into no event.
    With a ``channel`` they would have it there as soon as nothing stands against it (``how``); but
    who has left, rejected or missed it is not waited for.
    """
    if rep is not None and channel is not None and why not in _NOT_BY_ROOM:
        view.named = [*(view.named or []), (rep.number, channel, how)]
    found: PassedOver = {"reason": reason, "why": why}
    if rep is not None:
        found["rep_id"] = rep.profile.rep_id
    elif name is not None and not any(letter.isspace() for letter in name):
        found["outside_rep_id"] = name
    before = view.passed_over or []
    if found not in before:
        view.passed_over = [*before, found]


def absence(masks: Availability, rep: Rep) -> Exclusion | None:
    """Why the rep is not there at all; None if they are."""
    if masks.left >> rep.number & 1:
        return Exclusion.LEFT
    if masks.not_started >> rep.number & 1:
        return Exclusion.NOT_STARTED
    return Exclusion.TIME_OFF if masks.time_off >> rep.number & 1 else None


def full(
    masks: Availability, rep: Rep, channel: str, lead: Lead, *, paced: bool = False
) -> Exclusion | None:
    """Return the first of the rep's limits in ``channel`` that bars the lead; None without one."""
    return masks.limit_reached(rep.number, channel, lead.facts.lead_source, paced=paced)


def bar(masks: Availability, rep: Rep, channel: str, lead: Lead, view: View) -> Exclusion | None:
    """Why the rep cannot have the lead, whoever chose them; None if they can."""
    gone = absence(masks, rep)
    if gone is not None:
        return gone
    said_no = refusal(rep, lead, view)
    return full(masks, rep, channel, lead, paced=view.paced) if said_no is None else said_no


def refusal(rep: Rep, lead: Lead, view: View) -> Exclusion | None:
    """Whether the rep has rejected the lead, or missed it a short while ago."""
    if lead.declined >> rep.number & 1:
        return Exclusion.DECLINED_IT
    return Exclusion.MISSED_IT if view.missing >> rep.number & 1 else None
