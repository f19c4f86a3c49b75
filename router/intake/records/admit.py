"""Any record in, an inbox record or a reason out: pure, and total for any bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from router.core.model.events import ReadProblem, ReadWarning
from router.intake.contract import (
    Account,
    Command,
    DeadLetterReason,
    EngagementRecord,
    Feedback,
    LeadEvent,
    PolicyDocument,
    RosterEntry,
)
from router.intake.normalise.text import is_no_id, visible
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
from router.intake.wire.findings import Findings
from router.intake.wire.lead_reader import LEAD_CONTRACT, lead_of, plain_lead
from router.intake.wire.mend import mended
from router.intake.wire.parse import parse, parse_forgiving
from router.intake.wire.refusal import FieldError, Rejected, rejected_by
from router.intake.wire.trace import traced

Record = dict[str, Any]


class Admitted(NamedTuple):
    """A record for the inbox: its key, its value, and the headers that go on with it.

    ``warnings`` name what of it could not be read, ``source`` is the ``lead_source`` of a lead;
    ``facts`` are the names of those that a submitted lead has.
    """

    sales_org: str
    value: bytes
    headers: list[tuple[str, bytes]]
    warnings: tuple[ReadWarning, ...] = ()
    source: str | None = None
    facts: tuple[str, ...] | None = None


_new_admitted = partial(tuple.__new__, Admitted)
"""Takes a tuple of the six; in half the time that calling the class takes."""


class _Reading(NamedTuple):
    """How the records of one role are checked and turned into inbox records.

    ``ids`` are of those whose optional fields count as not given when they cannot be read.
    """

    adapter: TypeAdapter[Any]
    record: Callable[[Any, int, IntakeContext, Findings], Record]
    message: type | None = None
    ids: tuple[str, ...] = ()

    def check(self, body: Record, findings: Findings) -> Any:
        """The message in a parsed record; what cannot be read is named, or refuses it."""
        if self.message is not None:
            body = mended(self.message, body, findings)
        return self.adapter.validator.validate_python(body)


_READINGS: dict[TopicRole, _Reading] = {
    "leads": _Reading(LEAD_CONTRACT, lead_record, LeadEvent, ("event_id", "lead_id")),
    "engagement": _Reading(
        TypeAdapter(EngagementRecord), lambda body, now_ms, *_: engagement_record(body, now_ms)
    ),
    "roster": _Reading(TypeAdapter(RosterEntry), lambda body, now_ms, *_: rep_record(body, now_ms)),
    "accounts": _Reading(
        TypeAdapter(Account),
        lambda body, _, context, findings: account_record(body, context, findings),
        Account,
        ("account_id",),
    ),
    "policies": _Reading(TypeAdapter(PolicyDocument), lambda body, *_: policy_record(body)),
    "feedback": _Reading(
        TypeAdapter(Feedback),
        lambda body, now_ms, _, findings: feedback_record(body, now_ms, findings),
        Feedback,
        ("event_id", "lead_id"),
    ),
    "commands": _Reading(
        TypeAdapter(Command), lambda body, now_ms, *_: command_record(body, now_ms)
    ),
}
_WITH_WARNINGS: frozenset[TopicRole] = frozenset({"leads", "feedback"})
"""Roles whose inbox records name what could not be read."""
_UNKNOWN_SALES_ORG = Rejected(
    DeadLetterReason.UNKNOWN_SALES_ORG, "sales_org is none of those in the settings"
)
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
            return _no_single_record(source)
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


def _no_single_record(source: str | None) -> Rejected:
    """One record of a vendor may be many: see :mod:`router.intake.sources.admit`."""
    topic = f"leads.raw.{source or '*'}"
    problem = "no source reads this shape; send canonical leads to the topic leads"
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
    findings = Findings()
    checked = _checked(role, value, headers, context, findings)
    if isinstance(checked, Rejected):
        return checked
    own = checked.sales_org if role == "leads" else checked.get("sales_org")
    sales_org = own or (
        sales_org_header(headers, context.default_sales_org)
        if headers
        else context.default_sales_org
    )
    if sales_org not in context.sales_orgs:
        if role not in _WITH_WARNINGS or len(context.sales_orgs) > 1:
            return _UNKNOWN_SALES_ORG
        findings.note("sales_org", ReadProblem.UNKNOWN_SALES_ORG)
        sales_org = context.default_sales_org
    record = _READINGS[role].record(checked, timestamp_ms, context, findings)
    encoded = encode_json(record)
    if role != "policies" and looks_suspicious(encoded):
        record = looked_over(record, findings)
        encoded = encode_json(record)
    warnings: tuple[ReadWarning, ...] = ()
    if findings:
        warnings = findings.warnings()
        if role in _WITH_WARNINGS:
            encoded = encode_json({**record, "warnings": warnings})
    carried = traced(headers) if headers else []
    if role != "leads":
        return _new_admitted((sales_org, encoded, carried, warnings, None, None))
    facts = record["facts"]
    names = tuple(facts) if record["event_type"] == "submitted" else None
    source = facts.get("lead_source")
    return _new_admitted((sales_org, encoded, carried, warnings, source, names))


def _checked(
    role: TopicRole, value: bytes, headers: Headers, context: IntakeContext, findings: Findings
) -> Any:
    """The record as its contract says, or Rejected."""
    enveloped = headers and may_be_event(headers)
    if role == "leads" and not enveloped:
        lead = plain_lead(value, context.value_bytes_max)
        if lead is not None:
            return lead
    reading = _READINGS[role]
    if reading.message is None:
        body = parse(value, context.value_bytes_max)
    else:
        body = parse_forgiving(value, context.value_bytes_max, reading.ids)
    if isinstance(body, Rejected):
        return body
    if enveloped:
        body = body_of(role, body, headers)
    _read_ids(body, reading.ids)
    return lead_of(body, findings) if role == "leads" else reading.check(body, findings)


def _read_ids(body: Record, names: tuple[str, ...]) -> None:
    """Write ids as texts; whole numbers and what nobody sees in them are mended.

    Raises:
        FieldError: one of them is a placeholder.
    """
    for name in names:
        given = body.get(name)
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, bool) or not isinstance(given, str | int):
            continue
        body[name] = text = visible(str(given))
        if is_no_id(text.strip()):
            raise FieldError(name, "is a placeholder, no id", DeadLetterReason.MISSING_FIELD)


def _removal(
    role: TopicRole, key: bytes | None, headers: Headers, context: IntakeContext
) -> Admitted | Rejected:
    """A null value removes what the key names, in the compacted topics of reps and accounts."""
    if role not in _REMOVABLE:
        return Rejected(DeadLetterReason.NULL_VALUE, "the value is null")
    kind, field = _REMOVABLE[role]
    sales_org = sales_org_header(headers, context.default_sales_org)
    if sales_org not in context.sales_orgs:
        return _UNKNOWN_SALES_ORG
    checked = _READINGS[role].check({field: utf8(key, "the key")}, Findings())
    record = looked_over({"kind": kind, field: checked[field], "removed": True}, Findings())
    return Admitted(sales_org, encode_json(record), traced(headers))


@cache
def _names(role: TopicRole) -> frozenset[str]:
    """Every field name in the contract of ``role``."""
    schema = _READINGS[role].adapter.json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", ()))
