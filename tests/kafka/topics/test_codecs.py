"""What route writes, as bytes."""

import json

from router.core.model.events import Tick
from router.intake.contract import LeadOwner
from router.intake.wire.codec import decode_event
from router.kafka.topics.codecs import EventHeaders, encode, rep_record, tick_value, traceparent_of
from router.kafka.topics.owners import owner_of

ASSIGNMENT = {
    "assignment_id": "lead-1.2",
    "event_id": "event-1",
    "lead_id": "lead-1",
    "sales_org": "main",
    "sequence": 2,
    "outcome": "reassigned",
    "reason": "accept_missed",
    "core_version": "1",
    "occurred_at": "2026-01-01T00:00:00.000Z",
    "decided_at": "2026-01-01T00:00:01.000Z",
    "inbox": {"partition": 0, "offset": 7},
}


def test_a_tick_is_an_inbox_record():
    assert decode_event(tick_value(1_700_000_000_123)) == Tick(1_700_000_000_123)


def test_cloudevents_headers_differ_in_the_id_only():
    headers = EventHeaders()
    first = dict(headers.of(ASSIGNMENT, None))
    second = dict(headers.of({**ASSIGNMENT, "assignment_id": "lead-2.1"}, b"00-trace"))
    assert first.pop("ce_id") == b"lead-1.2"
    assert second.pop("ce_id") == b"lead-2.1"
    assert second.pop("traceparent") == b"00-trace"
    assert first == second
    assert first["ce_type"] == b"lead-router.assignment.reassigned"


def test_the_trace_is_found_among_other_headers():
    assert traceparent_of((("a", b"1"), ("traceparent", b"t"))) == b"t"
    assert traceparent_of((("a", b"1"),)) is None


def row_of(assignment):
    return json.loads(encode(owner_of(assignment)))


def test_an_owner_has_every_field_and_only_primitives():
    bare = row_of(ASSIGNMENT)
    assert list(bare) == list(LeadOwner.__annotations__)
    assert bare["rep_id"] is None
    full = row_of(
        {
            **ASSIGNMENT,
            "rep_id": "rep-1",
            "owner_crm_ids": {"hubspot": "77", "salesforce": "88"},
            "score": {"total": 9, "fit": 9, "engagement": 0, "band": "a", "terms": []},
            "value": {"expected_minor": 500, "currency": "EUR"},
            "policy": {"id": "p", "version": 3},
        }
    )
    assert (full["rep_id"], full["owner_crm_id"]) == ("rep-1", "77")
    assert (full["score_total"], full["score_band"]) == (9, "a")
    assert (full["value_expected_minor"], full["value_currency"]) == (500, "EUR")
    assert (full["policy_id"], full["policy_version"]) == ("p", 3)
    assert all(isinstance(value, str | int | None) for value in full.values())
    assert (full["lead_id"], full["sequence"], full["outcome"]) == ("lead-1", 2, "reassigned")
    assert (full["reason"], full["assignment_id"]) == ("accept_missed", "lead-1.2")
    assert (full["sales_org"], full["decided_at"]) == ("main", "2026-01-01T00:00:01.000Z")


def test_a_reps_number_is_found_by_org_and_number():
    key, value = rep_record("main", 4, "rep-9")
    assert key == b"main/4"
    assert json.loads(value) == {"sales_org": "main", "number": 4, "rep_id": "rep-9"}
