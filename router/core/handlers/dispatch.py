"""Which handler an event goes to. A tick is for all sales orgs at once: :mod:`router.core.ticks`.

A test or do-not-route lead that was never routed is a shadow: it is decided as if it were real, by
the very same code, and everything but the decision is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router.core.compiled.limits import NO_LOAD
from router.core.handlers.accounts import on_account
from router.core.handlers.commands import on_command
from router.core.handlers.engagement import on_engagement
from router.core.handlers.feedback import on_feedback
from router.core.handlers.lead_events import decide_again, on_lead
from router.core.handlers.policies import on_policy
from router.core.handlers.roster import on_roster
from router.core.model.assignment import ShadowReason
from router.core.model.channels import CHANNELS
from router.core.model.events import Event, LeadEvent
from router.core.model.policy import Policy
from router.core.state.availability import note_load
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
    why = _why_shadow(context, event)
    if why is not None:
        _decide_shadow(context, event, why)
    else:
        on_lead(context, event)


def _why_shadow(context: Context, event: LeadEvent) -> ShadowReason | None:
    """Why a lead is not to be routed, by what it says of itself, if it never was."""
    facts, policy = event.facts, context.org.policy
    why: ShadowReason | None = None
    if facts.test:
        why = ShadowReason.TEST
    elif facts.do_not_route:
        why = ShadowReason.DO_NOT_ROUTE
    elif facts.email_kind == "no_reply":
        why = ShadowReason.NO_REPLY
    elif policy is not None and policy.own_domains and _is_own(policy, facts.email_domain or ""):
        why = ShadowReason.INTERNAL
    return None if why is None or event.lead_id in context.org.leads else why


def _is_own(policy: Policy, domain: str) -> bool:
    return any(domain == own or domain.endswith(f".{own}") for own in policy.own_domains)


def _decide_shadow(context: Context, event: LeadEvent, why: ShadowReason) -> None:
    """Decide as if it were real, then take everything back but the decision."""
    on_lead(context, event)
    own = ("load", context.org.sales_org)  # the journal also holds other sales orgs of this shard
    changed_reps = [key[2] for key in context.journal.changed if key[:2] == own]
    context.journal.unwind()
    context.out[:] = [decision for decision in context.out if decision["lead_id"] == event.lead_id]
    for decision in context.out:
        decision["shadow"] = True
        decision["shadow_reason"] = why
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
