"""The expected deal of a lead, in minor units of the policy's currency."""

from __future__ import annotations

from typing import Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.view import View
from router.core.model.policy import ValueStep

PPM = 1_000_000
MINOR_MAX: Final = 10**16
"""A hundred trillion of most currencies: more is nobody's deal, and sums stay below 64 bits."""


def in_policy_currency(
    compiled: CompiledPolicy, minor: int | None, currency: str | None
) -> int | None:
    """An amount in the policy's currency; None when no rate is known.

    Exchange rates are the policy's own, in millionths, so that a replay finds the same.
    """
    policy = compiled.policy
    if minor is None or currency is None or currency == policy.currency:
        return minor
    rate = policy.exchange_rates_ppm.get(currency)
    return None if rate is None else minor * rate // PPM


def expected_value(compiled: CompiledPolicy, view: View) -> None:
    """The first way to know it that is known: ``view.value`` and ``value_minor``.

    An unknown value is published as 0, but fits no range of a policy: nobody has said that it is
    small.
    """
    known_by, minor = _known(compiled, view)
    view.value_minor = minor
    view.value = {
        "expected_minor": minor or 0,
        "currency": compiled.policy.currency,
        "known_by": known_by,
    }


def _known(compiled: CompiledPolicy, view: View) -> tuple[str, int | None]:
    facts = view.facts
    for step in compiled.policy.value:
        minor: int | None = None
        if step.by == "expected_value":
            minor = facts.expected_value_minor
            if minor is not None and facts.expected_value_currency != compiled.policy.currency:
                minor = in_policy_currency(compiled, minor, facts.expected_value_currency)
        elif step.by == "product_price_times_quantity":
            if facts.product is not None and (price := compiled.products.get(facts.product)):
                minor = price[0] * max(facts.quantity or 1, 1)
        else:
            minor = _by_size(step, view)
        if minor is not None and minor <= MINOR_MAX:
            return step.by, minor
    return "unknown", None


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
