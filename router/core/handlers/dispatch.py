"""Which handler an event goes to. A tick is for all sales orgs at once: :mod:`router.core.ticks`.

A test or do-not-route lead that was never routed is a shadow: it is decided as if it were real, by
the very same code, and everything but the decision is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router.core.handlers.accounts import on_account
from router.core.handlers.commands import on_command
from router.core.handlers.engagement import on_engagement
from router.core.handlers.feedback import on_feedback
from router.core.handlers.lead_events import decide_again, on_lead
from router.core.handlers.policies import on_policy
from router.core.handlers.roster import on_roster
from router.core.model.channels import CHANNELS
from router.core.model.events import Event, LeadEvent
from router.core.state.availability import NO_LOAD, note_load
from router.core.state.context import Context


def handle(context: Context, event: Event) -> None:
    """Apply one event to the sales org of ``turn``; decisions are in ``turn.out``."""
    kind = event.kind
    if kind == "lead":  # nearly always
        _on_lead(context, event)
    else:
        _HANDLERS[kind](context, event)
    if context.again:
        decide_again(context)


def _on_lead(context: Context, event: Any) -> None:
    if _is_shadow(context, event):
        _decide_shadow(context, event)
    else:
        on_lead(context, event)


def _is_shadow(context: Context, event: LeadEvent) -> bool:
    """A lead that says of itself that it is not to be routed, and never was."""
    unrouted = event.facts.test or event.facts.do_not_route
    return unrouted and event.lead_id not in context.org.leads


def _decide_shadow(context: Context, event: LeadEvent) -> None:
    """Decide as if it were real, then take everything back but the decision."""
    on_lead(context, event)
    own = ("load", context.org.sales_org)  # the journal also holds other sales orgs of this shard
    changed_reps = [key[2] for key in context.journal.changed if key[:2] == own]
    context.journal.unwind()
    context.out[:] = [decision for decision in context.out if decision["lead_id"] == event.lead_id]
    for decision in context.out:
        decision["shadow"] = True
    compiled, org = context.org.compiled, context.org
    if compiled is None or compiled.availability is None:
        return
    for rep_id in changed_reps:
        rep = org.reps[rep_id]
        for channel in CHANNELS:
            note_load(compiled.availability, rep, channel, rep.loads.get(channel) or NO_LOAD)


_HANDLERS: dict[str, Callable[[Context, Any], None]] = {
    "feedback": on_feedback,
    "engagement": on_engagement,
    "rep": on_roster,
    "account": on_account,
    "policy": on_policy,
    "command": on_command,
}
