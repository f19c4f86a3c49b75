"""The expected deal of a lead, in minor units of the policy's currency."""

from __future__ import annotations

from router.core.condition import View
from router.core.decision import Value
from router.core.policy import ValueStep
from router.core.tables import Tables

PPM = 1_000_000


def in_policy_currency(tables: Tables, minor: int | None, currency: str | None) -> int | None:
    """An amount in the policy's currency; None when no rate is known.

    Exchange rates are the policy's own, in millionths, so that a replay finds the same.
    """
    policy = tables.policy
    if minor is None or currency is None or currency == policy.currency:
        return minor
    rate = policy.exchange_rates_ppm.get(currency)
    return None if rate is None else minor * rate // PPM


def expected_value(tables: Tables, view: View) -> Value:
    """The first way to know it that is known; sets ``view.value_minor``. Unknown is 0."""
    for step in tables.policy.value:
        minor = _by(tables, view, step)
        if minor is not None:
            view.value_minor = minor
            return {
                "expected_minor": minor,
                "currency": tables.policy.currency,
                "known_by": step.by,
            }
    view.value_minor = 0
    return {"expected_minor": 0, "currency": tables.policy.currency, "known_by": "unknown"}


def _by(tables: Tables, view: View, step: ValueStep) -> int | None:
    facts = view.facts
    if step.by == "expected_value":
        if facts.expected_value_minor is None:
            return None
        return in_policy_currency(tables, facts.expected_value_minor, facts.expected_value_currency)
    if step.by == "product_price_times_quantity":
        price = tables.products.get(facts.product or "")
        return None if price is None else price[0] * max(facts.quantity or 1, 1)
    return _by_size(step, view)


def _by_size(step: ValueStep, view: View) -> int | None:
    employees = view.facts.employees
    if employees is None and view.account is not None:
        employees = view.account.employees
    if employees is None:
        return None
    for low, high, minor in step.sizes:
        if (low is None or employees >= low) and (high is None or employees <= high):
            return minor
    return None
