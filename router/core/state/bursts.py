"""Bursts: what comes of one source beyond its usual number waits for a look, and takes no context.

A form that robots have found sends a thousand leads in a minute; given out, they would fill every
rep's cap and have the good ones of other sources wait. Those up to the policy's number go their
way; the rest is held with a reason, until an operator assigns it or the policy lets it go. What
belongs to somebody without rotation, such as an account's owner, is theirs all the same.
"""

from __future__ import annotations

from typing import Final

from router.core.model.assignment import Reason
from router.core.model.lead import Lead
from router.core.model.policy import Burst, Policy
from router.core.state.context import Context
from router.core.state.waiting_class import reason_in

OTHER: Final = "other"
"""The sources that the policy does not name, each by itself."""

SOURCES_MAX: Final = 500
"""Sources counted by themselves; senders choose their names, and those beyond share a count."""


def count_arrival(context: Context, lead: Lead) -> None:
    """Count a submitted lead for its source; beyond the number it is held."""
    org = context.org
    rule = None if org.policy is None else _rule_of(org.policy, lead)
    if rule is None:
        return
    source = lead.facts.lead_source or ""
    if source not in org.bursts and len(org.bursts) >= SOURCES_MAX:
        source = ""
    from_ms, count = org.bursts.get(source, (context.now_ms, 0))
    if context.now_ms >= from_ms + rule.per_ms:
        from_ms, count = context.now_ms, 0
    context.journal.insert(org.bursts, source, (from_ms, count + 1))
    context.journal.touch("burst", org.sales_org, source)
    if count >= rule.at_most:
        context.beyond_burst = lead.lead_id


def is_beyond_burst(context: Context, policy: Policy, lead: Lead) -> bool:
    """Whether the lead came beyond the number of its source, which the policy still has."""
    if not policy.burst_over:
        return False
    is_beyond = context.beyond_burst == lead.lead_id or (
        lead.needs is not None and reason_in(lead.needs) == Reason.SOURCE_BURST
    )
    return is_beyond and _rule_of(policy, lead) is not None


def _rule_of(policy: Policy, lead: Lead) -> Burst | None:
    if not policy.burst_over:
        return None
    by_source = {rule.source: rule for rule in policy.burst_over}
    return by_source.get(lead.facts.lead_source or "") or by_source.get(OTHER)
