"""CloudEvents 1.0 over Kafka, coming in: binary (``ce_`` headers) and structured mode.

Attributes fill what the body leaves out. The mode is told by the content type, as the Kafka
protocol binding says (cloudevents/spec, kafka-protocol-binding.md, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.wire.refusal import FieldError

TopicRole = Literal[
    "leads",
    "raw",
    "activity",
    "engagement",
    "roster",
    "accounts",
    "policies",
    "feedback",
    "commands",
]
Headers = Iterable[tuple[str, bytes]]

_STRUCTURED = b"application/cloudevents"
_JSON = b"application/cloudevents+json"
_VERSION_SEGMENT = re.compile(r"v\d+")

_FIELDS: dict[str, dict[str, str]] = {
    "leads": {"id": "event_id", "type": "event_type", "subject": "lead_id", "time": "occurred_at"},
    "feedback": {
        "id": "event_id",
        "type": "feedback_type",
        "subject": "lead_id",
        "time": "occurred_at",
    },
    "activity": {
        "id": "activity_id",
        "type": "activity_type",
        "subject": "lead_id",
        "time": "occurred_at",
    },
    "engagement": {"subject": "lead_id", "time": "occurred_at"},
    "roster": {"subject": "rep_id", "time": "updated_at"},
    "accounts": {"subject": "account_id"},
    "policies": {"subject": "policy_id", "time": "published_at"},
    "commands": {
        "id": "command_id",
        "type": "command",
        "subject": "subject",
        "time": "occurred_at",
    },
}
"""For each role, the body's field that an attribute fills."""

_ATTRIBUTE_HEADERS = frozenset({"ce_specversion", "ce_id", "ce_type", "ce_subject", "ce_time"})


def body_of(role: TopicRole, value: dict[str, Any], headers: Headers) -> dict[str, Any]:
    """The message itself, completed by the attributes of the CloudEvent around it, if there is one.

    Raises:
        FieldError: an envelope that cannot be read: another version or format, no JSON object.
    """
    attributes, content_type = _read(headers)
    if content_type.startswith(_STRUCTURED):
        if not content_type.startswith(_JSON):
            raise FieldError("content-type", "must be application/cloudevents+json")
        attributes, value = value, _data(value)
    elif "specversion" not in attributes:
        return value
    version = attributes.get("specversion")
    if not isinstance(version, str) or not version.startswith("1."):
        raise FieldError("ce_specversion", "must be 1.0")
    return _filled(role, value, attributes)


def may_be_event(headers: Headers) -> bool:
    """Whether :func:`body_of` may have something to do or to refuse."""
    for name, text in headers:
        folded = name.lower()
        if folded in _ATTRIBUTE_HEADERS:
            return True
        if folded == "content-type" and (text or b"").strip().lower().startswith(_STRUCTURED):
            return True
    return False


def _read(headers: Headers) -> tuple[dict[str, Any], bytes]:
    attributes: dict[str, Any] = {}
    content_type = b""
    for name, text in headers:
        folded = name.lower()
        if folded in _ATTRIBUTE_HEADERS:
            attributes.setdefault(folded[3:], utf8(text, folded))
        elif folded == "content-type":
            content_type = (text or b"").strip().lower()
    return attributes, content_type


def sales_org_header(headers: Headers, default: str) -> str:
    """The sales org that a record's header names, or the default.

    Raises:
        FieldError: it is not text.
    """
    for name, text in headers:
        if name == "sales_org":
            return utf8(text, "the header sales_org")
    return default


def utf8(text: bytes | None, what: str) -> str:
    """The text of a header or a key; none is empty.

    Raises:
        FieldError: it is not UTF-8.
    """
    try:
        return (text or b"").decode()
    except UnicodeDecodeError:
        raise FieldError(what, "is not UTF-8", DeadLetterReason.BAD_UTF8) from None


def _data(envelope: dict[str, Any]) -> dict[str, Any]:
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise FieldError("data", "must be a JSON object", DeadLetterReason.WRONG_TYPE)
    return data


def _filled(role: TopicRole, value: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    filled = dict(value)
    for attribute, field in _FIELDS[role].items():
        text = attributes.get(attribute)
        if text is not None and filled.get(field) is None:
            filled[field] = _last_segment(text) if attribute == "type" else text
    return filled


def _last_segment(event_type: object) -> object:
    """``com.example.lead.submitted.v1`` → ``submitted``."""
    if not isinstance(event_type, str):
        return event_type
    segments = event_type.split(".")
    if len(segments) > 1 and _VERSION_SEGMENT.fullmatch(segments[-1]):
        segments.pop()
    return segments[-1]
