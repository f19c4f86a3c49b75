"""A record of a raw topic to records for the inbox, activity, and reasons: pure, total."""

from __future__ import annotations

from typing import NamedTuple

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.sources.found import Arrival, Fetch
from router.intake.sources.source import Reading, Source
from router.intake.wire.cloudevents import Headers
from router.intake.wire.codec import encode_json
from router.intake.wire.refusal import Rejected

_TRACE = ("traceparent", "tracestate")
_UNNAMED = Rejected(
    DeadLetterReason.UNKNOWN_SOURCE,
    "no source of this name is set up: set LEAD_ROUTER_SOURCES__<NAME>__KIND",
)


class RawActivity(NamedTuple):
    """A record for the topic ``lead.activity``."""

    lead_id: str
    value: bytes


Part = Admitted | RawActivity | Rejected


def admit_raw(
    source: Source | None,
    value: bytes | None,
    headers: Headers,
    timestamp_ms: int,
    context: IntakeContext,
) -> list[Part]:
    """Return what becomes of a record of a raw topic; one may be many, or none.

    Args:
        source: that of the topic; None if the settings name none.
        value: the record's value, in the vendor's shape.
        headers: the content type and the trace count.
        timestamp_ms: the record's time in the log.
        context: as for :func:`router.intake.records.admit.admit`.

    Raises:
        MemoryError, OSError: the machine failed, not the record.
    """
    if source is None:
        return [_UNNAMED]
    if value is None:
        return [Rejected(DeadLetterReason.NULL_VALUE, "the value is null")]
    if len(value) > context.value_bytes_max:
        problem = f"{len(value)} bytes, more than the {context.value_bytes_max} allowed"
        return [Rejected(DeadLetterReason.TOO_LARGE, f"the value has {problem}")]
    named = {name.lower(): text.decode("utf-8", "replace") for name, text in headers}
    trace = [(name, text) for name, text in headers if name in _TRACE]
    readings = source.read(Arrival(value, timestamp_ms, named))
    return [_part(each, trace, timestamp_ms, context) for each in readings]


def refusal_of(parts: list[Part]) -> Rejected | None:
    """Return the reason for a record's dead letter: the first of its parts that cannot be taken.

    A record has one dead letter: what of it was taken is known by its ids when it comes again.
    """
    refused = [each for each in parts if isinstance(each, Rejected)]
    if not refused or len(parts) == 1:
        return refused[0] if refused else None
    reason, detail = refused[0]
    return Rejected(reason, f"{len(refused)} of {len(parts)} in it, the first: {detail}")


def _part(
    reading: Reading, trace: list[tuple[str, bytes]], timestamp_ms: int, context: IntakeContext
) -> Part:
    if isinstance(reading, Rejected):
        return reading
    if isinstance(reading, Fetch):
        detail = f"only the id of a {reading.object_type} was sent, which is to be fetched"
        return Rejected(DeadLetterReason.FETCH_NEEDED, detail)
    value = encode_json(reading.record)
    if reading.role == "activity":
        if len(value) > context.value_bytes_max:  # written anew, a record may grow
            return Rejected(DeadLetterReason.TOO_LARGE, "an activity in it is too large")
        return RawActivity(str(reading.record.get("lead_id", "")), value)
    return admit(reading.role, None, None, value, trace, timestamp_ms, context)
