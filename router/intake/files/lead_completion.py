"""Facts that a lead's columns state together: consent by channel, amounts with currencies."""

from __future__ import annotations

from typing import Any

from router.intake.files.lead_columns import CONSENTS, OPT_OUTS

AMOUNTS = (("expected_value",), ("company", "annual_revenue"))


def complete_consent(record: dict[str, Any]) -> None:
    """Put the word of opt-out columns over everything that the line says otherwise."""
    said = record.pop(OPT_OUTS, {})
    every = said.pop("all", None)
    for channel in CONSENTS:
        if word := said.get(channel) or every:
            record.setdefault("consent", {})[channel] = word


def inside(record: dict[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value at ``path``, None for nothing."""
    at: Any = record
    for part in path:
        at = at.get(part) if isinstance(at, dict) else None
    return at


def complete_amounts(record: dict[str, Any], currency: str | None) -> None:
    """A sum needs its currency; a currency without a sum says nothing."""
    for *outer, name in AMOUNTS:
        at = inside(record, tuple(outer))
        amount = at.get(name) if isinstance(at, dict) else None
        if not isinstance(amount, dict):
            continue
        if "amount" not in amount:
            del at[name]
        elif amount["amount"] is None:
            at[name] = None  # cleared
        elif currency:
            amount.setdefault("currency", currency)
