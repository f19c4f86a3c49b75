"""Dead letters: the original bytes as value, everything else in headers."""

from __future__ import annotations

from enum import StrEnum
from typing import TypedDict


class DeadLetterReason(StrEnum):
    """Why a record could not be understood or applied."""

    NOT_JSON = "not_json"
    BAD_UTF8 = "bad_utf8"
    NOT_FINITE = "not_finite"  # NaN, Infinity, or a number that no float holds
    DUPLICATE_KEY = "duplicate_key"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    TOO_MANY_FIELDS = "too_many_fields"
    NULL_VALUE = "null_value"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    UNKNOWN_EVENT_TYPE = "unknown_event_type"
    PERSONAL_ID = "personal_id"  # an e-mail address where an id belongs
    UNKNOWN_SALES_ORG = "unknown_sales_org"
    UNKNOWN_SOURCE = "unknown_source"
    FETCH_NEEDED = "fetch_needed"  # only an id was sent; the record is still at the vendor
    UNEXPECTED_ERROR = "unexpected_error"  # a defect of ours; the record is kept


class DeadLetterHeaders(TypedDict, total=False):
    """Headers of a record in ``dead-letters``, UTF-8; the key and value are the original's.

    ``detail`` names fields, never what they held. ``step`` is ``intake``, ``route`` or
    ``engagement``. ``topic``, ``partition``, ``offset`` and ``timestamp_ms`` tell where the record
    was read.
    """

    reason: str
    detail: str
    step: str
    topic: str
    partition: str
    offset: str
    timestamp_ms: str
    traceparent: str
