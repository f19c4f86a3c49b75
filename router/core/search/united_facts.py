"""Facts of one lead out of two sources, each with its time: the later value of each stands."""

from __future__ import annotations

from dataclasses import fields

from router.core.model.events import Facts, LeadEvent
from router.core.model.lead import Lead
from router.core.search.consent import keeps_refusal

_FACT_NAMES = tuple(field.name for field in fields(Facts))
_OWN = ("test", "do_not_route", "external_ids")
"""Facts of one lead alone, whatever is merged into it."""


def patched(lead: Lead, event: LeadEvent) -> tuple[Facts, dict[str, int]]:
    """The lead's facts after an event, and the times of those changed since its first.

    A merge patch: of each fact, the value with the latest ``occurred_at`` stands.
    """
    times = dict(lead.field_times or {})
    at_ms, patch = event.occurred_at_ms, event.facts
    after = copy_of(lead.facts)
    for name in _FACT_NAMES:
        value, before = getattr(patch, name), getattr(after, name)
        if name not in event.cleared and _is_unset(value):
            continue
        if keeps_refusal(name, before, value):
            continue
        # What was never set has no time: a late first report of it still counts.
        since_ms = times.get(name, at_ms if _is_unset(before) else lead.occurred_at_ms)
        if at_ms >= since_ms or (before == "unknown" and value == "denied"):
            setattr(after, name, _merged(name, before, value))
            times[name] = at_ms
        elif isinstance(before, dict) and isinstance(value, dict):
            setattr(after, name, {**value, **before})
    for name in event.cleared:
        if at_ms >= times.get(name.partition(".")[0], lead.occurred_at_ms):
            _clear_entry(after, name)
    return after, times


def united(lead: Lead, other: Lead) -> tuple[Facts, dict[str, int]]:
    """The lead's facts, with those of ``other`` where its own are missing or older.

    Of scores that both have, the higher stands.
    """
    times, theirs = dict(lead.field_times or {}), other.field_times or {}
    after = copy_of(lead.facts)
    for name in _FACT_NAMES:
        value, before = getattr(other.facts, name), getattr(after, name)
        if _is_unset(value) or (name in _OWN and before is not None):
            continue
        at_ms = theirs.get(name, other.occurred_at_ms)
        since_ms = times.get(name, lead.occurred_at_ms)
        if isinstance(before, dict):
            first, second = (value, before) if at_ms < since_ms else (before, value)
            setattr(after, name, _highest(before, value) if name == "scores" else first | second)
        elif _is_unset(before) or (at_ms > since_ms and not keeps_refusal(name, before, value)):
            setattr(after, name, value)
            times[name] = at_ms
    return after, times


def _highest(one: dict[str, int | float], other: dict[str, int | float]) -> dict[str, int | float]:
    both = {**one, **other}
    return {name: max(one.get(name, both[name]), other.get(name, both[name])) for name in both}


def copy_of(facts: Facts) -> Facts:
    """Return a copy of the facts, to be changed."""
    return Facts(*(getattr(facts, name) for name in _FACT_NAMES))


def _is_unset(value: object) -> bool:
    return value is None or value is False


def _clear_entry(facts: Facts, name: str) -> None:
    """``custom.NAME``: one entry of a map goes, the others stay."""
    map_name, dot, key = name.partition(".")
    held = getattr(facts, map_name, None) if dot else None
    if isinstance(held, dict) and key in held:
        rest = {other: value for other, value in held.items() if other != key}
        setattr(facts, map_name, rest or None)


def _merged(name: str, before: object, value: object) -> object:
    """Maps (custom, scores, external ids) merge key by key; everything else is replaced."""
    if isinstance(before, dict) and isinstance(value, dict):
        return {**before, **value}
    if value is None and name in {"test", "do_not_route"}:
        return False
    return value
