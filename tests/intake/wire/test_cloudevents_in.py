"""CloudEvents in both modes: attributes fill what the body leaves out, and never replace it."""

import pytest

from router.intake import DeadLetterReason as Reason

BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e-9"),
    ("ce_source", b"/shop"),
    ("ce_type", b"com.example.lead.submitted"),
    ("ce_subject", b"l-9"),
    ("ce_time", b"2026-11-23T11:00:00Z"),
    ("content-type", b"application/json"),
]
STRUCTURED = [("Content-Type", b"Application/CloudEvents+JSON; charset=UTF-8")]
ENVELOPE = {
    "specversion": "1.0",
    "id": "e-9",
    "source": "/shop",
    "type": "lead.withdrawn.v1",
    "subject": "l-9",
    "time": "2026-11-23T11:00:00Z",
    "data": {"request": "demo"},
}
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_binary_attributes_fill_missing_fields(event_of):
    event = event_of("leads", {"request": "demo"}, headers=BINARY)
    assert (event.event_id, event.event_type, event.lead_id) == ("e-9", "submitted", "l-9")
    assert event.facts.request == "demo"


def test_the_body_wins_over_attributes(event_of, lead):
    event = event_of("leads", lead(), headers=BINARY)
    assert (event.event_id, event.lead_id) == ("e-1", "l-1")


def test_a_structured_envelope_is_opened(event_of):
    event = event_of("leads", ENVELOPE, headers=STRUCTURED)
    assert (event.event_id, event.event_type, event.lead_id) == ("e-9", "withdrawn", "l-9")


def test_feedback_takes_its_own_fields_from_the_attributes(event_of):
    headers = [("ce_type", b"crm.feedback.accepted"), *BINARY]
    event = event_of("feedback", {}, headers=headers)
    assert (event.feedback_type, event.lead_id) == ("accepted", "l-9")


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (ENVELOPE | {"data": "text"}, STRUCTURED, Reason.WRONG_TYPE),
        (ENVELOPE | {"specversion": "0.3"}, STRUCTURED, Reason.INVALID_FIELD),
        ({}, [("ce_specversion", b"0.3")], Reason.INVALID_FIELD),
        (ENVELOPE, [("content-type", b"application/cloudevents+avro")], Reason.INVALID_FIELD),
        ({}, [("ce_specversion", b"1.0"), ("ce_type", b"x.exploded")], Reason.MISSING_FIELD),
    ],
)
def test_an_envelope_that_cannot_be_read_is_refused(take, value, headers, reason):
    assert take("leads", value, headers=headers).reason is reason


def test_an_unknown_type_in_the_attributes_is_refused(take):
    headers = [("ce_type", b"com.example.lead.exploded"), *BINARY]
    assert take("leads", {}, headers=headers).reason is Reason.UNKNOWN_EVENT_TYPE


def test_the_first_valid_traceparent_goes_on_alone(take, lead):
    headers = [("x", b"1"), ("traceparent", b"bad"), ("traceparent", TRACE), ("traceparent", TRACE)]
    assert take("leads", lead(), headers=headers).headers == [("traceparent", TRACE)]
    assert take("leads", lead()).headers == []


def test_headers_without_a_value_are_harmless(take, lead):
    headers = [("ce_type", None), ("traceparent", None), ("content-type", None)]
    assert take("leads", lead(), headers=headers).sales_org == "main"
