"""RFC 3339 text to milliseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from router.core.model.events import ReadProblem
from router.intake.normalise.text import clean
from router.intake.wire.findings import Findings
from router.intake.wire.refusal import FieldError

EARLIEST_MS = 946_684_800_000  # 2000-01-01: older stamps are defaults of broken clocks
AHEAD_MAX_MS = 86_400_000
CLOCKS_APART_MS = 60_000
"""Clocks of servers differ by seconds, which is not worth a word."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SEPARATOR = 10  # where the T of 2026-11-23T09:30:00Z stands


def exact_ms(text: str, field: str) -> int:
    """Milliseconds of an RFC 3339 time; finer digits are cut.

    Raises:
        FieldError: not RFC 3339, or without an offset from UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if (mended := clean(text).upper()) != text:  # a space around it, a small z
            return exact_ms(mended, field)
        raise FieldError(field, "must be an RFC 3339 time such as 2026-11-23T09:30:00Z") from None
    if moment.tzinfo is None or text[_SEPARATOR] not in "Tt ":
        raise FieldError(field, "must be RFC 3339 with an offset from UTC, such as a final Z")
    return (moment - _EPOCH) // _MS


def event_ms(text: str, field: str, timestamp_ms: int) -> int:
    """When something happened: not before 2000, at most a day after the record's own time.

    Raises:
        FieldError: not such a time.
    """
    at_ms = exact_ms(text, field)
    if at_ms < EARLIEST_MS:
        raise FieldError(field, "lies before the year 2000")
    if at_ms > timestamp_ms + AHEAD_MAX_MS:
        raise FieldError(field, "lies more than a day ahead of the record's own time")
    return at_ms


def arrived_ms(text: str, timestamp_ms: int, findings: Findings) -> int:
    """Return the time of ``occurred_at``, at the latest when it was told.

    Sender clocks run fast, and local times are sent with a Z: what is told cannot lie ahead.

    Raises:
        FieldError: no time, or one before the year 2000.
    """
    at_ms = exact_ms(text, "occurred_at")
    if at_ms < EARLIEST_MS:
        raise FieldError("occurred_at", "lies before the year 2000")
    if at_ms <= timestamp_ms:
        return at_ms
    if at_ms > timestamp_ms + CLOCKS_APART_MS:
        findings.note("occurred_at", ReadProblem.AHEAD)
    return timestamp_ms


def local_day(text: str, field: str) -> date:
    """A local date such as ``2026-12-24``.

    Raises:
        FieldError: not a date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FieldError(field, "must be a date such as 2026-12-24") from None
