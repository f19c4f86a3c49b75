"""The bytes of an activity record, checked: what a lead did, or why nobody can say."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from router.intake.contract import Activity, DeadLetterReason
from router.intake.records.context import IntakeContext
from router.intake.records.personal_data_filter import looked_over
from router.intake.time.timestamps import event_ms
from router.intake.wire.cloudevents import Headers, body_of, may_be_event, sales_org_header
from router.intake.wire.parse import parse
from router.intake.wire.refusal import FieldError, Rejected, rejected_by

_ADAPTER: TypeAdapter[Activity] = TypeAdapter(Activity)
_check = _ADAPTER.validator.validate_python


class LeadActivity(NamedTuple):
    """What a lead did; ``digest`` stands for the activity's id, 64 bits of it."""

    sales_org: str
    lead_id: str
    at_ms: int
    digest: int
    activity_type: str
    weight_milli: int


def read_activity(
    value: bytes | None, headers: Headers, timestamp_ms: int, context: IntakeContext
) -> LeadActivity | Rejected:
    """The activity in a record's value, total for any bytes.

    One that is dated ahead of the log, by up to a day, counts from the record's own time: clocks
    go wrong and zones are mistaken. Further ahead, or before 2000, is a dead letter.

    Args:
        value: the record's value.
        headers: name and bytes; CloudEvents attributes and ``sales_org`` are read.
        timestamp_ms: the record's time in the log.
        context: sales orgs and byte cap.

    Raises:
        MemoryError, OSError: the machine failed, not the record.
    """
    try:
        return _read(value, headers, timestamp_ms, context)
    except FieldError as error:
        return error.rejected
    except ValidationError as error:
        return rejected_by(error, _names())
    except RecursionError:
        return Rejected(DeadLetterReason.TOO_DEEP, "objects or lists are nested too deeply")
    except (MemoryError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - one record must not stop those behind it
        return Rejected(DeadLetterReason.UNEXPECTED_ERROR, f"{type(error).__name__} in engagement")


def _read(
    value: bytes | None, headers: Headers, timestamp_ms: int, context: IntakeContext
) -> LeadActivity | Rejected:
    if value is None:
        return Rejected(DeadLetterReason.NULL_VALUE, "the value is null")
    body = parse(value, context.value_bytes_max)
    if isinstance(body, Rejected):
        return body
    if headers and may_be_event(headers):
        body = body_of("activity", body, headers)
    activity: dict[str, Any] = _check(body)
    sales_org = activity.get("sales_org") or sales_org_header(headers, context.default_sales_org)
    if sales_org not in context.sales_orgs:
        return Rejected(
            DeadLetterReason.UNKNOWN_SALES_ORG, "sales_org is none of those in the settings"
        )
    lead_id, activity_id = activity["lead_id"], activity["activity_id"]
    activity_type = activity["activity_type"]
    if _is_suspicious(lead_id) or _is_suspicious(activity_id) or _is_suspicious(activity_type):
        looked_over({"lead_id": lead_id, "activity_id": activity_id, "type_id": activity_type})
    weight = activity.get("weight")
    return LeadActivity(
        sales_org,
        lead_id,
        min(event_ms(activity["occurred_at"], "occurred_at", timestamp_ms), timestamp_ms),
        int.from_bytes(blake2b(activity_id.encode(), digest_size=8).digest(), "little"),
        activity_type,
        1_000 if weight is None else round(1_000 * weight),
    )


def _is_suspicious(text: str) -> bool:
    return "@" in text or not text.isprintable()


@cache
def _names() -> frozenset[str]:
    """Every field name in the contract of an activity."""
    return frozenset(_ADAPTER.json_schema()["properties"])
