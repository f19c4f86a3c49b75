"""Activity records, checked: total for any bytes, and no word of what the sender wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake.contract import DeadLetterReason
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.roles.streams.engagement.activity import LeadActivity, read_activity

NOW_MS = 1_800_000_000_000  # 2027-01-15T08:00:00Z
CONTEXT = IntakeContext(frozenset({"main", "north"}), "main", b"key", value_bytes_max=2_000)
GOOD = {
    "activity_id": "a-1",
    "lead_id": "L-1",
    "activity_type": "demo_request",
    "occurred_at": "2027-01-15T07:00:00Z",
}


def read(body=GOOD, headers=(), timestamp_ms=NOW_MS, **changes):
    value = body if isinstance(body, bytes) else json.dumps({**body, **changes}).encode()
    return read_activity(value, headers, timestamp_ms, CONTEXT)


def test_an_activity_is_read():
    found = read(weight=2.5)
    assert found == LeadActivity(
        "main", "L-1", NOW_MS - 3_600_000, found.digest, "demo_request", 2_500
    )


def test_without_a_weight_it_is_one():
    assert read().weight_milli == read(weight=None).weight_milli == 1_000


def test_ids_differ_in_their_digest_and_equal_ones_do_not():
    assert read().digest == read(lead_id="L-2").digest != read(activity_id="a-2").digest


def test_the_sales_org_may_stand_in_a_header():
    assert read(headers=[("sales_org", b"north")]).sales_org == "north"
    assert read(headers=[("sales_org", b"north")], sales_org="main").sales_org == "main"


def test_what_is_dated_a_little_ahead_counts_from_the_records_own_time():
    assert read(occurred_at="2027-01-15T20:00:00Z").at_ms == NOW_MS


def test_an_activity_may_come_as_a_cloud_event():
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"a-9"),
        ("ce_type", b"com.example.lead.webinar.v1"),
        ("ce_subject", b"L-9"),
        ("ce_time", b"2027-01-15T07:00:00Z"),
    ]
    found = read(b"{}", headers)
    assert (found.lead_id, found.activity_type) == ("L-9", "webinar")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lead_id": None}, DeadLetterReason.WRONG_TYPE),
        ({"lead_id": "jane@example.com"}, DeadLetterReason.PERSONAL_ID),
        ({"activity_id": "jane@example.com"}, DeadLetterReason.PERSONAL_ID),
        ({"activity_type": "jane@example.com"}, DeadLetterReason.PERSONAL_ID),
        ({"lead_id": "L\x001"}, DeadLetterReason.INVALID_FIELD),
        ({"occurred_at": "2027-01-17T08:00:00Z"}, DeadLetterReason.INVALID_FIELD),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, DeadLetterReason.INVALID_FIELD),
        ({"occurred_at": "yesterday, as it were"}, DeadLetterReason.INVALID_FIELD),
        ({"weight": -1}, DeadLetterReason.INVALID_FIELD),
        ({"sales_org": "south"}, DeadLetterReason.UNKNOWN_SALES_ORG),
        ({"note": "x" * 3_000}, DeadLetterReason.TOO_LARGE),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_reason(changes, reason):
    found = read(**changes)
    assert isinstance(found, Rejected)
    assert found.reason == reason
    assert "jane" not in found.detail


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_four_fields_must_be_there(missing):
    body = {name: text for name, text in GOOD.items() if name != missing}
    found = read(body)
    assert (found.reason, missing in found.detail) == (DeadLetterReason.MISSING_FIELD, True)


def test_no_value_is_refused():
    assert read_activity(None, (), NOW_MS, CONTEXT).reason == DeadLetterReason.NULL_VALUE


@given(st.binary(max_size=200), st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9))))
def test_any_bytes_are_answered(value, headers):
    assert isinstance(read_activity(value, headers, NOW_MS, CONTEXT), LeadActivity | Rejected)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "weight", "sales_org"]), json_values))
def test_any_values_in_its_fields_are_answered(changes):
    assert isinstance(read({**GOOD, **changes}), LeadActivity | Rejected)
