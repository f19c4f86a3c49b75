"""Policies: the newest in force decides."""

from __future__ import annotations

from router.core.compiled.compiled_policy import compile_policy
from router.core.model.events import (
    PolicyPublished,
)
from router.core.model.policy import Policy
from router.core.state.context import Context


def on_policy(context: Context, event: PolicyPublished) -> None:
    """A newer version takes effect now, or waits for its time; one that waits is replaced.

    Until the first is in force there is none, and leads wait for it.

    Raises:
        KeyError: it names a field that does not exist; the policy in force stays.
    """
    org, policy = context.org, event.policy
    in_force = org.policy
    if in_force is not None and _is_old(in_force, policy):
        return
    compile_policy(policy, org.rep_numbers)  # raises here, not at the next lead
    if policy.effective_from_ms > context.now_ms:
        context.journal.put(org, "next_policy", policy)
        context.journal.touch("next_policy", org.sales_org, "")
        return
    activate(context, policy)


def _is_old(in_force: Policy, policy: Policy) -> bool:
    return policy.policy_id == in_force.policy_id and policy.version <= in_force.version


def activate(context: Context, policy: Policy) -> None:
    """From now on this policy decides. Rotation credits of its pools are kept."""
    org, journal = context.org, context.journal
    journal.put(org, "policy", policy)
    journal.touch("policy", org.sales_org, "")
    if org.next_policy is not None:
        journal.put(org, "next_policy", None)
        journal.touch("next_policy", org.sales_org, "")
    context.compile_anew()
