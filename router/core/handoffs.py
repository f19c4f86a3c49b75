"""A lead moves between field and inside when the policy says so; both reps stay on it."""

from __future__ import annotations

from typing import Final

from router.core.clocks import watch
from router.core.condition import View
from router.core.decision import Outcome, Reason
from router.core.emit import emit
from router.core.placing import HandOff, hand_off
from router.core.policy import Handoff
from router.core.search import view_of
from router.core.state import Lead
from router.core.tables import Tables
from router.core.turn import Turn

RETRY_MS: Final = 3_600_000
"""How long a lead waits before the field is asked again."""

_REASONS = {"qualified": Reason.QUALIFIED, "won": Reason.DEAL_WON}


def hand_off_if_due(turn: Turn, lead: Lead, *, feedback: str | None) -> bool:
    """Hand the lead over at once if a handoff line fits; whether it was.

    ``feedback`` is the type that has just come in; None for any other change of the lead.
    """
    tables = turn.tables
    if tables is None or not any(line.feedback == feedback for line, _ in tables.handoffs):
        return False
    view = rescore(turn, tables, lead)
    line = handoff_for(tables, lead, view, feedback)
    if line is None or line.after_ms:
        return False
    reason = Reason.SCORE_ROSE if feedback is None else _REASONS.get(feedback, Reason.HANDOFF_RULE)
    return hand_off_or_wait(turn, lead, line.to_channel, reason, line.label)


def hand_off_or_wait(
    turn: Turn, lead: Lead, to_channel: str, cause: Reason, rule: str | None = None
) -> bool:
    """Hand the lead over at once; whether it was.

    When nobody in the field can take it, its rep keeps it, their manager is told once, and it is
    tried again every hour: a full field must not swallow what inside sales has qualified.
    """
    done = hand_off(turn, lead, to_channel, cause, rule)
    if done is HandOff.NOBODY and to_channel == "field" and lead.channel == "inside":
        _await_field(turn, lead, rule)
    return done is HandOff.DONE


def _await_field(turn: Turn, lead: Lead, rule: str | None) -> None:
    if lead.handoff_at_ms is not None:
        return
    rep = turn.rep(lead.rep)
    manager = rep.profile.manager_rep_id if rep else None
    event = emit(turn, lead, Outcome.ESCALATED, Reason.HANDOFF_WAITS, notify=manager)
    if rule is not None:
        event["rule"] = rule
    turn.journal.put(lead, "hand_over", True)
    _try_again_later(turn, lead)


def _try_again_later(turn: Turn, lead: Lead) -> None:
    turn.journal.put(lead, "handoff_at_ms", turn.now_ms + RETRY_MS)
    watch(turn.org, lead)


def hand_over_late(turn: Turn, lead: Lead) -> None:
    """The hour is over: see whether somebody in the field can take the lead by now."""
    turn.journal.put(lead, "handoff_at_ms", None)
    done = HandOff.SAME_REP
    if lead.channel == "inside":
        done = hand_off(turn, lead, "field", Reason.HANDOFF_WAITED)
    if done is HandOff.NOBODY:
        _try_again_later(turn, lead)
    elif done is HandOff.SAME_REP:
        watch(turn.org, lead)


def rescore(turn: Turn, tables: Tables, lead: Lead) -> View:
    """Value and score as they are now, remembered on the lead."""
    view = view_of(turn, tables, lead)
    turn.journal.edit(lead)
    lead.value_minor, lead.points, lead.band = view.value_minor or 0, view.points, view.band
    return view


def handoff_for(tables: Tables, lead: Lead, view: View, feedback: str | None) -> Handoff | None:
    """The first handoff line that fits the lead's channel and what has happened."""
    view.feedback = feedback
    for line, holds in tables.handoffs:
        if line.from_channel == lead.channel and line.feedback == feedback and holds(view):
            return line
    return None
