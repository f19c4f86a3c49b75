"""The decision, from the top: ``decide(turn, event)`` changes the state and says what was decided.

The order in which a lead is looked at, each exit with its own reason:

1. an event seen before is ignored; a test or do-not-route lead is decided as a shadow only;
2. withdrawn, or every way to reach the person refused → closed            (:mod:`arrivals`);
3. no policy yet → held, and decided when it comes                         (:mod:`search`);
4. expected value and score                                  (:mod:`value`, :mod:`score`);
5. the policy's questions before rotation, in its order: the same person again, found by a rep,
   the account's owner or the owner's inside partner, too small            (:mod:`exits`);
6. channel: field, inside, or inside first                                 (:mod:`search`);
7. territory and pool                                                      (:mod:`pools`);
8. who of the pool may have it, and why the others may not           (:mod:`eligibility`);
9. the fair pick                                                        (:mod:`rotation`);
10. capacity taken, clocks started, published      (:mod:`settle`, :mod:`clocks`, :mod:`emit`);
11. nobody → the policy's fallback steps, then the backlog with a reason and a deadline, or
    nurture                                               (:mod:`pools`, :mod:`backlog`).

Feedback, roster, accounts, policies, commands and engagement are the other events; what they
change is in :mod:`feedback` and :mod:`directory`. A tick is for all sales orgs of a shard at once
(:func:`router.core.ticks.on_tick`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router.core.arrivals import decide_again, on_lead
from router.core.availability import NO_LOAD, note_load
from router.core.directory import (
    on_account,
    on_command,
    on_engagement,
    on_policy,
    on_roster,
)
from router.core.events import Event, LeadEvent
from router.core.feedback import on_feedback
from router.core.tables import CHANNELS
from router.core.turn import Turn


def decide(turn: Turn, event: Event) -> None:
    """Apply one event to the sales org of ``turn``; decisions are in ``turn.out``."""
    kind = event.kind
    if kind == "lead":  # nearly always
        _on_lead(turn, event)
    else:
        _STEPS[kind](turn, event)
    if turn.again:
        decide_again(turn)


def _on_lead(turn: Turn, event: Any) -> None:
    if _is_shadow(turn, event):
        _decide_shadow(turn, event)
    else:
        on_lead(turn, event)


def _is_shadow(turn: Turn, event: LeadEvent) -> bool:
    """A lead that says of itself that it is not to be routed, and never was."""
    unrouted = event.facts.test or event.facts.do_not_route
    return unrouted and event.lead_id not in turn.org.leads


def _decide_shadow(turn: Turn, event: LeadEvent) -> None:
    """Decide as if it were real, then take everything back but the decision."""
    on_lead(turn, event)
    own = ("load", turn.org.sales_org)  # the journal also holds other sales orgs of this shard
    changed_reps = [key[2] for key in turn.journal.changed if key[:2] == own]
    turn.journal.unwind()
    turn.out[:] = [decision for decision in turn.out if decision["lead_id"] == event.lead_id]
    for decision in turn.out:
        decision["shadow"] = True
    tables, org = turn.org.tables, turn.org
    if tables is None or tables.availability is None:
        return
    for rep_id in changed_reps:
        rep = org.reps[rep_id]
        for channel in CHANNELS:
            note_load(tables.availability, rep, channel, rep.loads.get(channel) or NO_LOAD)


_STEPS: dict[str, Callable[[Turn, Any], None]] = {
    "feedback": on_feedback,
    "engagement": on_engagement,
    "rep": on_roster,
    "account": on_account,
    "policy": on_policy,
    "command": on_command,
}
