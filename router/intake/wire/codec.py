"""Inbox records as bytes, and back: JSON whose first key is ``kind``, which picks the decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

import msgspec
from msgspec.structs import astuple

from router.core.model.events import (
    Account,
    Command,
    Engagement,
    Event,
    Facts,
    Feedback,
    LeadEvent,
    PolicyPublished,
    RosterEntry,
    Tick,
)
from router.core.state.records import fact_values

_START = b'{"kind":"'
_encode = msgspec.json.Encoder().encode
encode_json: Callable[[object], bytes] = _encode
"""Compact JSON; of an inbox record ``kind`` must be the first key."""


def encode_event(event: Event) -> bytes:
    """The inbox record of ``event``, fields at their defaults left out."""
    return _encode({"kind": event.kind} | _changed(event, _CLASSES[event.kind]))


def decode_event(value: bytes) -> Event:
    """The event in an inbox record.

    Raises:
        ValueError: not an inbox record; the message holds none of it.
    """
    start = len(_START)
    decode = _DECODERS.get(value[start : value.find(b'"', start)])
    if decode is None or not value.startswith(_START):
        raise ValueError("not an inbox record: it must begin with a known kind")
    try:
        return decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise ValueError("not an inbox record: its fields are not those of its kind") from None


def _struct_twin(of: type, **instead: Any) -> Any:
    """A msgspec struct with the fields of a dataclass, to decode into in its place.

    msgspec sets every field of a slotted dataclass through its descriptor, 0.1 µs each, and facts
    have forty: 6.2 µs a lead, against 1.3 µs with a struct. The core reads attributes and never
    asks for the class.
    """
    hints = get_type_hints(of) | instead
    made: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for field in fields(of):
        if field.default is not MISSING:
            made.append((field.name, hints[field.name], field.default))
        elif field.default_factory is not MISSING:
            factory = msgspec.field(default_factory=field.default_factory)
            made.append((field.name, hints[field.name], factory))
        else:
            made.append((field.name, hints[field.name]))
    return msgspec.defstruct(of.__name__, made, gc=False)


_CLASSES: dict[str, type[Event]] = {
    "lead": LeadEvent,
    "feedback": Feedback,
    "engagement": Engagement,
    "rep": RosterEntry,
    "account": Account,
    "policy": PolicyPublished,
    "command": Command,
    "tick": Tick,
}
_FACTS_TWIN = _struct_twin(Facts)
_INSTEAD: dict[str, Any] = {"lead": _struct_twin(LeadEvent, facts=_FACTS_TWIN)}
_DECODERS: dict[bytes, Callable[[bytes], Event]] = {
    kind.encode(): msgspec.json.Decoder(_INSTEAD.get(kind, event_class)).decode
    for kind, event_class in _CLASSES.items()
}


def values_of_facts(facts: Any) -> tuple[Any, ...]:
    """All fields of :class:`Facts` or of its twin, in their order; 0.2 µs for a twin."""
    return astuple(facts) if facts.__class__ is _FACTS_TWIN else fact_values(facts)


def _changed(thing: Any, of: type) -> dict[str, Any]:
    """Fields of ``thing``, an ``of`` or its twin, that differ from their defaults."""
    changed: dict[str, Any] = {}
    for field in fields(of):
        value = getattr(thing, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if value != default:
            changed[field.name] = _changed(value, Facts) if field.name == "facts" else value
    return changed
