"""Every kind of bad input is refused with its reason, and nothing else happens."""

import json

import pytest

from router.intake import Admitted, Rejected
from router.intake import DeadLetterReason as Reason


def _nested(depth):
    return b'{"lead_id":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"hello", Reason.NOT_JSON),
        (b'{"lead_id": "1"', Reason.NOT_JSON),
        (b'{"lead_id": "\\ud800"}', Reason.NOT_JSON),
        (b'{"lead_id": "M\xfcller"}', Reason.BAD_UTF8),
        (b'{"lead_id": "1", "lead_id": "2"}', Reason.DUPLICATE_KEY),
        (b'{"lead_id": "1", "\\u006cead_id": "2"}', Reason.DUPLICATE_KEY),
        (_nested(10_000), Reason.TOO_DEEP),
        (b'{"lead_id": "' + b"x" * 2_000_000 + b'"}', Reason.TOO_LARGE),
        (b"null", Reason.WRONG_TYPE),
        (b"[]", Reason.WRONG_TYPE),
        (b'"text"', Reason.WRONG_TYPE),
        (b"17", Reason.WRONG_TYPE),
        (b"{}", Reason.MISSING_FIELD),
        (None, Reason.NULL_VALUE),
    ],
)
def test_what_is_no_json_object_is_refused(take, value, reason):
    refused = take("leads", value)
    assert isinstance(refused, Rejected)
    assert refused.reason is reason


def test_sixty_thousand_unknown_keys_are_refused_before_they_are_read(take, lead):
    value = json.dumps(lead() | {f"k{n}": n for n in range(60_000)}).encode()
    assert take("leads", value).reason is Reason.TOO_LARGE
    few_bytes = json.dumps(lead() | {f"k{n}": 1 for n in range(20_000)}).encode()
    assert take("leads", few_bytes).reason is Reason.TOO_MANY_FIELDS


def test_a_colon_in_a_text_is_not_taken_for_a_duplicate_key(take, lead):
    value = json.dumps(lead(location={"city": "a:b:c"})).replace("a:b:c", "a\\u003ab:c").encode()
    assert isinstance(take("leads", value), Admitted)


@pytest.mark.parametrize(
    ("fields", "reason", "named"),
    [
        ({"lead_id": 5.5}, Reason.WRONG_TYPE, "lead_id"),
        ({"lead_id": ["5"]}, Reason.WRONG_TYPE, "lead_id"),
        ({"lead_id": "undefined"}, Reason.MISSING_FIELD, "lead_id"),
        ({"lead_id": "[object Object]"}, Reason.MISSING_FIELD, "lead_id"),
        ({"lead_id": 0}, Reason.MISSING_FIELD, "lead_id"),
        ({"event_id": " #N/A "}, Reason.MISSING_FIELD, "event_id"),
        ({"lead_id": ""}, Reason.INVALID_FIELD, "lead_id"),
        ({"lead_id": "x" * 129}, Reason.INVALID_FIELD, "lead_id"),
        ({"lead_id": "a\nb"}, Reason.INVALID_FIELD, "lead_id"),
        ({"lead_id": "ann@example.com"}, Reason.PERSONAL_ID, "lead_id"),
        ({"event_id": "ann@example.com"}, Reason.PERSONAL_ID, "event_id"),
        ({"event_type": "exploded"}, Reason.UNKNOWN_EVENT_TYPE, "event_type"),
        ({"event_type": 3}, Reason.UNKNOWN_EVENT_TYPE, "event_type"),
        ({"sales_org": "mars"}, Reason.UNKNOWN_SALES_ORG, "sales_org"),
        ({"occurred_at": "yesterday, about noon"}, Reason.INVALID_FIELD, "occurred_at"),
        ({"occurred_at": "2026-11-23T11:59:00"}, Reason.INVALID_FIELD, "occurred_at"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, Reason.INVALID_FIELD, "occurred_at"),
        ({"occurred_at": 1795426200000}, Reason.WRONG_TYPE, "occurred_at"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(take, lead, fields, reason, named):
    refused = take("leads", lead(**fields))
    assert isinstance(refused, Rejected), refused
    assert refused.detail.split()[0] == named
    assert refused.reason is reason


def test_several_wrong_fields_are_all_named(take):
    refused = take("roster", {"rep_id": "r", "weight": "x", "channels": 2, "skills": {}})
    assert refused.detail == (
        "channels must be a list; skills must be a list; weight must be a whole number"
    )


def test_a_field_of_several_types_says_all_of_them(take):
    refused = take("roster", {"rep_id": "r", "holidays": 5})
    assert refused.detail == "holidays must be a list or text"


def test_a_source_without_a_field_map_is_refused(take):
    refused = take("raw", {"lead_id": "1"})
    assert refused.reason is Reason.UNKNOWN_SOURCE


def test_text_that_cannot_be_understood_does_not_refuse_a_lead(event_of, lead):
    event = event_of(
        "leads",
        lead(
            contact={"email": "nonsense", "phone": "call me", "time_zone": "Mars/Base"},
            location={"country": "Wakanda"},
            company={"employees": "some", "domain": "localhost"},
        ),
    )
    assert event.facts.email_digest is None
    assert event.facts.phone_digest is None
    assert event.facts.country is None
    assert event.facts.employees is None
    assert [(each.field, each.problem) for each in event.warnings] == [
        ("location.country", "not_understood"),
        ("contact.email", "not_understood"),
        ("contact.phone", "not_understood"),
        ("contact.time_zone", "not_understood"),
        ("company.domain", "not_understood"),
        ("company.employees", "not_understood"),
    ]
