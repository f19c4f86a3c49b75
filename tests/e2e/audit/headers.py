"""What a consumer reads beside the value: the key, CloudEvents 1.0 in binary mode, the trace.

All of it is said again by the decision itself or by the inbox record that caused it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import History, Place, Record

DECISIONS = ("lead.assignments", "routing.shadow")
"""Topics that hold decisions."""
TRACE = "traceparent"


def check_headers(history: History) -> Iterator[Finding]:
    """Each decision is under its lead's key, with the headers that it implies and no others."""
    traces = {
        record.place: trace
        for record in history.records("routing.inbox")
        if (trace := record.header(TRACE)) is not None
    }
    for topic in DECISIONS:
        for record in history.records(topic):
            body = json.loads(record.value or b"{}")
            name = f"{record} of {body['assignment_id']}"
            if (record.key or b"").decode() != body["lead_id"]:
                yield Finding("key", name, "its key is not its lead")
            if complaint := _wrong_attributes(record, body):
                yield Finding("headers", name, complaint)
            if complaint := _wrong_trace(record, body, traces):
                yield Finding("trace", name, complaint)


def attributes(body: dict[str, Any]) -> dict[str, str]:
    """The headers of a decision, apart from its trace."""
    return {
        "ce_specversion": "1.0",
        "ce_id": body["assignment_id"],
        "ce_source": f"/lead-router/{body['sales_org']}",
        "ce_type": f"lead-router.assignment.{body['outcome']}",
        "content-type": "application/json",
    }


def _wrong_attributes(record: Record, body: dict[str, Any]) -> str | None:
    found = sorted((name, text) for name, text in record.headers if name != TRACE)
    expected = sorted((name, text.encode()) for name, text in attributes(body).items())
    return None if found == expected else f"{found} is not {expected}"


def _wrong_trace(record: Record, body: dict[str, Any], traces: dict[Place, str]) -> str | None:
    """A trace goes on under its own id; the span in it may be a new one."""
    cause = traces.get((body["inbox"]["partition"], body["inbox"]["offset"]))
    found, expected = _trace_id(record.header(TRACE)), _trace_id(cause)
    return None if found == expected else f"{found} is not {expected}, the trace of its cause"


def _trace_id(traceparent: str | None) -> str | None:
    return None if traceparent is None else traceparent.split("-")[1]
