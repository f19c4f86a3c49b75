"""Values out of vendors' JSON, which may hold anything anywhere."""

from __future__ import annotations

import re
from typing import Any

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.field_map.apply import moment_of
from router.intake.sources.found import Found
from router.intake.wire.refusal import Rejected

_NOT_SLUG = re.compile(r"[^0-9a-z]+")
_SLUG_MAX = 64
_ID_MAX = 128


def text_of(value: Any) -> str | None:
    """A text or a whole number as text; None for anything else, and for nothing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def object_of(value: Any) -> dict[str, Any]:
    """An object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """A list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def whole_of(value: Any) -> int | None:
    """A whole number, also in text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
    return int(value) if is_digits and len(value) <= 18 else None  # noqa: PLR2004 - of 64 bits


def by_name(entries: Any, name: str, value: str) -> dict[str, Any]:
    """``[{"name": "email", "value": "…"}]`` as an object; the first of a name counts."""
    found: dict[str, Any] = {}
    for entry in list_of(entries):
        key = text_of(object_of(entry).get(name))
        if key is not None:
            found.setdefault(key, entry.get(value))
    return found


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    """A record less what is said again in another form."""
    return {name: value for name, value in record.items() if name not in names}


def time_of(at_ms: int | None, received_ms: int) -> str:
    """A vendor's time in RFC 3339; when it was received, where there is none."""
    return str(moment_of(received_ms if at_ms is None else at_ms))


def slug(text: str) -> str:
    """``Demo Requested`` as ``demo_requested``."""
    return _NOT_SLUG.sub("_", text.lower()).strip("_")[:_SLUG_MAX]


def feedback(feedback_type: str, named: dict[str, Any], **more: Any) -> Found:
    """Return a rep's act as feedback; its id differs from that of the lead event beside it."""
    event_id = f"{named['event_id']}-{feedback_type}"[-_ID_MAX:]
    return Found(
        "feedback", {**named, **more, "feedback_type": feedback_type, "event_id": event_id}
    )


def missing(name: str) -> Rejected:
    """A record that lacks what it cannot do without."""
    return Rejected(DeadLetterReason.MISSING_FIELD, f"{name} is missing")


def unknown(what: str) -> Rejected:
    """A record of a kind that says nothing of leads."""
    return Rejected(DeadLetterReason.UNKNOWN_EVENT_TYPE, what)
