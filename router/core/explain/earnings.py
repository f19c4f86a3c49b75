"""A lead's earnings in each channel, in words and money."""

from __future__ import annotations

from collections.abc import Iterator

from router.core.explain.formatting import money
from router.core.model.assignment import Assignment, Offer

_PERCENT_PPM = 10_000
_WHOLE_PERMILLE = 1_000


def earnings_of(decision: Assignment) -> Iterator[str]:
    """Return a sentence for each channel in which the lead could be worked; the best first.

    ``field: EUR 1,260 = EUR 3,800 (won 30%) less EUR 2,540 of work; a place costs EUR 900, so
    EUR 360 is left``
    """
    value = decision.get("value", {})
    currency = value.get("currency", "")
    for offer in sorted(value.get("offers", []), key=lambda each: -each.get("surplus_minor", 0)):
        yield _said(offer, currency)


def _said(offer: Offer, currency: str) -> str:
    worth, cost = money(offer["worth_minor"], currency), money(offer["cost_minor"], currency)
    earns = money(offer["contribution_minor"], currency)
    text = f"{offer['channel']}: {earns} = {worth} ({_terms(offer)}) less {cost} of work"
    if "price_minor" not in offer:
        return f"{text}; nobody there can have it now"
    price, left = offer["price_minor"], money(offer.get("surplus_minor", 0), currency)
    if not price:
        return f"{text}; a place costs nothing"
    return f"{text}; a place costs {money(price, currency)}, so {left} is left"


def _terms(offer: Offer) -> str:
    terms = [f"won {_percent(offer['close_ppm'], _PERCENT_PPM)}"]
    factor = offer.get("close_permille", _WHOLE_PERMILLE)
    if factor != _WHOLE_PERMILLE:
        terms.append(f"the rep wins {factor / _WHOLE_PERMILLE:g} times as many")
    if "left_ppm" in offer:
        terms.append(f"{_percent(offer['left_ppm'], _PERCENT_PPM)} left after its wait")
    return ", ".join(terms)


def _percent(share: int, unit: int) -> str:
    return f"{share / unit:.3g}%"
