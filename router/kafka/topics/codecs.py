"""What route writes, as bytes: assignment events with their CloudEvents headers, reps, ticks."""

from __future__ import annotations

from typing import Any

import msgspec

from router.core.model.assignment import Assignment
from router.core.model.events import Tick
from router.core.model.policy import Policy
from router.intake.contract import RepNumber
from router.intake.wire.codec import encode_event

Headers = list[tuple[str, bytes]]

encode = msgspec.json.Encoder().encode
"""Anything JSON-ready as UTF-8 bytes."""

decode: Any = msgspec.json.Decoder().decode
"""UTF-8 bytes as plain JSON."""


def read_policy(plain: object) -> Policy:
    """The policy of a changelog record.

    Raises:
        msgspec.ValidationError: it is not one.
    """
    return msgspec.convert(plain, Policy)


class EventHeaders:
    """CloudEvents 1.0 attributes in binary mode; only the id differs from event to event."""

    def __init__(self) -> None:
        """Start with nothing cached."""
        self._fixed: dict[tuple[str, str], Headers] = {}

    def of(self, assignment: Assignment, traceparent: bytes | None) -> Headers:
        """The headers of an assignment event, with the trace of the record that caused it."""
        kind = (assignment["sales_org"], assignment["outcome"])
        fixed = self._fixed.get(kind)
        if fixed is None:
            fixed = self._fixed[kind] = _fixed_headers(*kind)
        headers = [("ce_id", assignment["assignment_id"].encode()), *fixed]
        if traceparent is not None:
            headers.append(("traceparent", traceparent))
        return headers


def _fixed_headers(sales_org: str, outcome: str) -> Headers:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/lead-router/{sales_org}".encode()),
        ("ce_type", f"lead-router.assignment.{outcome}".encode()),
        ("content-type", b"application/json"),
    ]


def traceparent_of(headers: tuple[tuple[str, bytes], ...]) -> bytes | None:
    """The W3C trace context of an inbox record, which intake has checked."""
    for name, text in headers:
        if name == "traceparent":
            return text
    return None


def rep_record(sales_org: str, number: int, rep_id: str) -> tuple[bytes, bytes]:
    """Key and value of a record of ``routing.reps``."""
    value: RepNumber = {"sales_org": sales_org, "number": number, "rep_id": rep_id}
    return f"{sales_org}/{number}".encode(), encode(value)


def tick_value(due_ms: int, until_ms: int | None = None, unlived_ms: int = 0) -> bytes:
    """Return the inbox value of a tick."""
    return encode_event(Tick(due_ms, until_ms, unlived_ms))
