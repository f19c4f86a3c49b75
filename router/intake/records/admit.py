"""Any record in, an inbox record or a reason out: pure, and total for any bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from router.intake.contract import (
    Account,
    Command,
    DeadLetterReason,
    EngagementRecord,
    Feedback,
    PolicyDocument,
    RosterEntry,
)
from router.intake.records.account import account_record
from router.intake.records.command import command_record
from router.intake.records.context import IntakeContext
from router.intake.records.engagement import engagement_record
from router.intake.records.feedback import feedback_record
from router.intake.records.lead import lead_record
from router.intake.records.personal_data_filter import looked_over, looks_suspicious
from router.intake.records.published import policy_record
from router.intake.records.roster import rep_record
from router.intake.wire.cloudevents import (
    Headers,
    TopicRole,
    body_of,
    may_be_event,
    sales_org_header,
    utf8,
)
from router.intake.wire.codec import encode_json
from router.intake.wire.lead_reader import LEAD_CONTRACT, lead_of, plain_lead
from router.intake.wire.parse import parse
from router.intake.wire.refusal import FieldError, Rejected, rejected_by
from router.intake.wire.trace import traced

Record = dict[str, Any]


class Admitted(NamedTuple):
    """A record for the inbox: its key, its value, and the headers that go on with it."""

    sales_org: str
    value: bytes
    headers: list[tuple[str, bytes]]


_new_admitted = partial(tuple.__new__, Admitted)
"""Takes a tuple of the three; in half the time that calling the class takes."""


class _Reading(NamedTuple):
    """How the records of one role are checked and turned into inbox records."""

    adapter: TypeAdapter[Any]
    record: Callable[[Any, int, IntakeContext], Record]


_READINGS: dict[TopicRole, _Reading] = {
    "leads": _Reading(LEAD_CONTRACT, lead_record),
    "engagement": _Reading(
        TypeAdapter(EngagementRecord), lambda body, now_ms, _: engagement_record(body, now_ms)
    ),
    "roster": _Reading(TypeAdapter(RosterEntry), lambda body, now_ms, _: rep_record(body, now_ms)),
    "accounts": _Reading(TypeAdapter(Account), lambda body, _now, _: account_record(body)),
    "policies": _Reading(TypeAdapter(PolicyDocument), lambda body, _now, _: policy_record(body)),
    "feedback": _Reading(
        TypeAdapter(Feedback), lambda body, now_ms, _: feedback_record(body, now_ms)
    ),
    "commands": _Reading(
        TypeAdapter(Command), lambda body, now_ms, _: command_record(body, now_ms)
    ),
}
_CHECKS: dict[TopicRole, Callable[[Record], Any]] = {
    role: reading.adapter.validator.validate_python for role, reading in _READINGS.items()
} | {"leads": lead_of}
_REMOVABLE: dict[TopicRole, tuple[str, str]] = {
    "roster": ("rep", "rep_id"),
    "accounts": ("account", "account_id"),
}


def admit(
    role: TopicRole,
    source: str | None,
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    timestamp_ms: int,
    context: IntakeContext,
) -> Admitted | Rejected:
    """The inbox record of a record of an input topic, or why there is none.

    Args:
        role: what the topic carries.
        source: the ``<source>`` of a topic ``leads.raw.<source>``.
        key: the record's key; it matters where a null value removes what the key names.
        value: the record's value.
        headers: name and bytes; CloudEvents attributes and ``traceparent`` are read.
        timestamp_ms: the record's time in the log.
        context: sales orgs, digest key and byte cap.

    Raises:
        MemoryError, OSError: the machine failed, not the record.
    """
    try:
        if role == "raw":
            return _no_field_map(source)
        return _admit(role, key, value, headers, timestamp_ms, context)
    except FieldError as error:
        return error.rejected
    except ValidationError as error:
        return rejected_by(error, _names(role))
    except RecursionError:
        return Rejected(DeadLetterReason.TOO_DEEP, "objects or lists are nested too deeply")
    except (MemoryError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - one record must not stop those behind it
        return Rejected(DeadLetterReason.UNEXPECTED_ERROR, f"{type(error).__name__} in intake")


def _no_field_map(source: str | None) -> Rejected:
    topic = f"leads.raw.{source or '*'}"
    problem = "no field map knows this shape; send canonical leads to the topic leads"
    return Rejected(DeadLetterReason.UNKNOWN_SOURCE, f"{topic}: {problem}")


def _admit(
    role: TopicRole,
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    timestamp_ms: int,
    context: IntakeContext,
) -> Admitted | Rejected:
    if value is None:
        return _removal(role, key, headers, context)
    checked = _checked(role, value, headers, context)
    if isinstance(checked, Rejected):
        return checked
    own = checked.sales_org if role == "leads" else checked.get("sales_org")
    sales_org = own or (
        sales_org_header(headers, context.default_sales_org)
        if headers
        else context.default_sales_org
    )
    if sales_org not in context.sales_orgs:
        return Rejected(
            DeadLetterReason.UNKNOWN_SALES_ORG, "sales_org is none of those in the settings"
        )
    record = _READINGS[role].record(checked, timestamp_ms, context)
    encoded = encode_json(record)
    if role != "policies" and looks_suspicious(encoded):
        encoded = encode_json(looked_over(record))
    return _new_admitted((sales_org, encoded, traced(headers) if headers else []))


def _checked(role: TopicRole, value: bytes, headers: Headers, context: IntakeContext) -> Any:
    """The record as its contract says, or Rejected."""
    enveloped = headers and may_be_event(headers)
    if role == "leads" and not enveloped:
        lead = plain_lead(value, context.value_bytes_max)
        if lead is not None:
            return lead
    body = parse(value, context.value_bytes_max)
    if isinstance(body, Rejected):
        return body
    return _CHECKS[role](body_of(role, body, headers) if enveloped else body)


def _removal(
    role: TopicRole, key: bytes | None, headers: Headers, context: IntakeContext
) -> Admitted | Rejected:
    """A null value removes what the key names, in the compacted topics of reps and accounts."""
    if role not in _REMOVABLE:
        return Rejected(DeadLetterReason.NULL_VALUE, "the value is null")
    kind, field = _REMOVABLE[role]
    sales_org = sales_org_header(headers, context.default_sales_org)
    if sales_org not in context.sales_orgs:
        return Rejected(
            DeadLetterReason.UNKNOWN_SALES_ORG, "sales_org is none of those in the settings"
        )
    checked = _CHECKS[role]({field: utf8(key, "the key")})
    record = looked_over({"kind": kind, field: checked[field], "removed": True})
    return Admitted(sales_org, encode_json(record), traced(headers))


@cache
def _names(role: TopicRole) -> frozenset[str]:
    """Every field name in the contract of ``role``."""
    schema = _READINGS[role].adapter.json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", ()))
