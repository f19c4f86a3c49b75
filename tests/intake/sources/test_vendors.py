"""Vendors' bodies become records of the contract, with ids by which repetitions are known."""

from __future__ import annotations

from typing import Any

import pytest

from router.intake import Admitted, IntakeContext, admit
from router.intake.contract import DeadLetterReason
from router.intake.records.admit import Rejected
from router.intake.sources.found import Arrival, Fetch
from router.intake.sources.source import Reading, SourceRecord, make_source
from router.intake.sources.vendors import VENDORS
from router.intake.wire.codec import encode_json
from router.source_settings import SourceSettings
from tests.intake.sources import vendor_bodies as sent
from tests.intake.sources.vendor_bodies import BODIES, LEAD_ID, RECEIVED_MS, change_event, encoded

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"key")


def read(kind: str, body: Any, **settings: Any) -> list[Reading]:
    source = make_source(kind, SourceSettings(kind=kind, **settings))
    return source.read(Arrival(encoded(body), RECEIVED_MS))


def record(kind: str, body: Any, **settings: Any) -> dict[str, Any]:
    (found,) = read(kind, body, **settings)
    assert isinstance(found, SourceRecord)
    return found.record


def test_every_kind_has_a_body_to_be_tried_with():
    assert {kind for kind, _ in BODIES} | {"mapped"} == set(VENDORS)


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_intake_takes_what_a_source_makes_of_a_documented_body(kind, body):
    found = read(kind, body, currency="USD")
    assert found
    for each in found:
        if isinstance(each, SourceRecord) and each.role != "activity":
            value = encode_json(each.record)
            answer = admit(each.role, None, None, value, (), RECEIVED_MS, CONTEXT)
            assert isinstance(answer, Admitted), answer
            assert answer.warnings == ()
        else:
            assert isinstance(each, SourceRecord | Fetch)


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_what_a_vendor_sends_again_later_has_the_same_ids(kind, body):
    def ids(received_ms: int) -> list[Any]:
        source = make_source(kind, SourceSettings(kind=kind))
        found = source.read(Arrival(encoded(body), received_ms))
        return [
            (each.record.get("event_id", each.record.get("activity_id")), each.record["lead_id"])
            for each in found
            if isinstance(each, SourceRecord)
        ]

    assert ids(RECEIVED_MS) == ids(RECEIVED_MS + 3_600_000)
    assert len(set(ids(RECEIVED_MS))) == len(ids(RECEIVED_MS))


def test_hubspot_names_a_new_contact_and_it_is_fetched():
    (found,) = read("hubspot", [sent.HUBSPOT_CREATION])
    assert found == Fetch("contact", "123", 1_564_113_600_000)


def test_hubspot_says_one_changed_property():
    found = record("hubspot", [sent.HUBSPOT_CHANGE])
    assert found["event_type"] == "updated"
    assert found["location"] == {"country": "Germany"}
    assert found["lead_id"] == "hubspot-62515-123"
    cleared = record("hubspot", [sent.HUBSPOT_CHANGE | {"propertyValue": ""}])
    assert cleared["location"] == {"country": None}


def test_hubspot_in_its_newer_words_says_the_same():
    newer = sent.HUBSPOT_CHANGE | {
        "subscriptionType": "object.propertyChange",
        "objectTypeId": "0-1",
    }
    assert record("hubspot", [newer])["location"] == {"country": "Germany"}
    older = dict(sent.HUBSPOT_CHANGE)
    older["eventType"] = older.pop("subscriptionType")
    assert record("hubspot", [older])["location"] == {"country": "Germany"}
    company = newer | {"objectTypeId": "0-2"}
    (refused,) = read("hubspot", [company])
    assert isinstance(refused, Rejected)
    assert refused.reason is DeadLetterReason.UNKNOWN_EVENT_TYPE


def test_a_property_of_hubspot_that_no_field_takes_is_no_event():
    assert read("hubspot", [sent.HUBSPOT_CHANGE | {"propertyName": "favourite_colour"}]) == []


@pytest.mark.parametrize("attempt", [0, 1, 9])
def test_an_event_of_hubspot_is_the_same_at_each_attempt(attempt):
    again = sent.HUBSPOT_CHANGE | {"attemptNumber": attempt}
    assert (
        record("hubspot", [again])["event_id"]
        == record("hubspot", [sent.HUBSPOT_CHANGE])["event_id"]
    )
    later = sent.HUBSPOT_CHANGE | {"occurredAt": 1_564_113_600_001}
    assert record("hubspot", [later])["event_id"] != record("hubspot", [again])["event_id"]


def test_a_rep_s_work_in_hubspot_is_feedback():
    owner = sent.HUBSPOT_CHANGE | {"propertyName": "hubspot_owner_id", "propertyValue": "4162"}
    (told,) = read("hubspot", [owner])
    assert told.role == "feedback"
    assert (told.record["feedback_type"], told.record["rep_id"]) == ("owner_changed", "4162")
    status = sent.HUBSPOT_CHANGE | {"propertyName": "hs_lead_status", "propertyValue": "CONNECTED"}
    (told,) = read("hubspot", [status])
    assert told.record["feedback_type"] == "contacted"


def test_a_merge_in_hubspot_is_one_for_each_contact_that_is_no_more():
    merged = read("hubspot", [sent.HUBSPOT_MERGE])
    assert [(each.record["lead_id"], each.record["into_lead_id"]) for each in merged] == [
        ("hubspot-62515-1", "hubspot-62515-3"),
        ("hubspot-62515-2", "hubspot-62515-3"),
    ]


def test_a_contact_that_hubspot_deletes_is_withdrawn_and_one_erased_is_forgotten():
    gone = sent.HUBSPOT_CREATION | {"subscriptionType": "contact.deletion"}
    assert record("hubspot", [gone])["event_type"] == "withdrawn"
    erased = sent.HUBSPOT_CREATION | {"subscriptionType": "contact.privacyDeletion"}
    assert record("hubspot", [erased])["feedback_type"] == "erased"


def test_a_workflow_of_hubspot_posts_a_whole_contact():
    found = record("hubspot", sent.HUBSPOT_WORKFLOW, currency="EUR")
    assert found["lead_id"] == "hubspot-62515-151"
    assert found["company"]["employees"] == "51-200"
    assert found["company"]["annual_revenue"] == {"amount": "1200000", "currency": "EUR"}
    assert found["external_ids"] == {"hubspot": "151"}


def test_a_form_of_hubspot_is_a_submission_of_its_own():
    found = record("hubspot", sent.HUBSPOT_FORM)
    assert found["lead_id"] == found["event_id"] == "hubspot-form-c-1"
    assert found["contact"]["email"] == "ada@example.com"
    assert found["occurred_at"] == "2026-11-30T00:36:40.000Z"


def test_a_new_lead_of_salesforce_is_submitted():
    found = record("salesforce", sent.SALESFORCE_CREATE)
    assert (found["event_type"], found["lead_id"]) == ("submitted", LEAD_ID)
    assert found["location"] == {"country": "Germany", "city": "Bonn"}
    assert found["company"]["annual_revenue"] == {"amount": 1_200_000, "currency": "EUR"}


def test_one_change_event_may_be_of_many_leads():
    ids = [f"00Q5e00001kABC{at}EAA" for at in range(3)]
    found = read("salesforce", change_event("UPDATE", Company="A", header={"recordIds": ids}))
    assert [each.record["lead_id"] for each in found] == ids
    assert len({each.record["event_id"] for each in found}) == 3


@pytest.mark.parametrize("kind", ["GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "UNDELETE"])
def test_a_gap_is_fetched_and_blanks_nothing(kind):
    found = read("salesforce", change_event(kind, Company=None, Email=None))
    assert found == [Fetch("Lead", LEAD_ID, 1_795_999_000_000)]


def test_a_gap_that_overflowed_asks_for_everything():
    event = change_event("GAP_OVERFLOW", header={"recordIds": ["000000000000000AAA"]})
    assert read("salesforce", event) == [Fetch("Lead", None, 1_795_999_000_000)]


def test_an_update_clears_only_what_it_names():
    plain = change_event("UPDATE", Company=None, Phone=None, Email="new@example.com")
    assert record("salesforce", plain)["contact"] == {"email": "new@example.com"}
    assert "company" not in record("salesforce", plain)
    named = change_event(
        "UPDATE",
        Phone=None,
        Email=None,
        header={"changedFields": ["Phone"]},
        nulledFields=["Email"],
    )
    assert record("salesforce", named)["contact"] == {"email": None, "phone": None}


def test_another_owner_in_salesforce_is_feedback_unless_it_is_a_queue_or_our_own_write():
    found = read("salesforce", change_event("UPDATE", OwnerId="0055e000001abcd"))
    assert [each.role for each in found] == ["feedback"]
    assert found[0].record["rep_id"] == "0055e000001abcd"
    assert read("salesforce", change_event("UPDATE", OwnerId="00G5e000001abcd")) == []
    ours = {"changeOrigin": "com/salesforce/api/soap/62.0;client=lead-router"}
    assert read("salesforce", change_event("UPDATE", Company="A", header=ours)) == []


def test_connect_and_push_topics_say_the_same_lead():
    flat = record("salesforce", sent.SALESFORCE_CONNECT, currency="USD")
    assert (flat["event_type"], flat["lead_id"]) == ("submitted", LEAD_ID)
    assert flat["company"] == {
        "name": "Acme",
        "employees": 250,
        "annual_revenue": {"amount": 1_200_000, "currency": "USD"},
    }
    assert "phone" not in flat["contact"]
    pushed = record("salesforce", sent.SALESFORCE_PUSH_TOPIC)
    assert (pushed["event_type"], pushed["contact"]) == ("updated", {"email": "ada@example.com"})


def test_a_record_that_was_fetched_is_its_submission_and_its_present_state():
    first, second = read("salesforce", sent.SALESFORCE_RECORD)
    assert (first.record["event_type"], first.record["occurred_at"]) == (
        "submitted",
        "2026-11-01T08:00:00.000Z",
    )
    assert (second.record["event_type"], second.record["contact"]["phone"]) == ("updated", None)


@pytest.mark.parametrize("given", ["001A0000006Vm9r", "001A0000006Vm9rIAC"])
def test_ids_of_15_and_18_characters_are_one(given):
    found = record("salesforce", change_event("DELETE", header={"recordIds": [given]}))
    assert found["lead_id"] == "001A0000006Vm9rIAC"


def test_a_lead_of_google_ads_is_known_by_its_id_and_a_test_is_one():
    found = record("google_ads", sent.GOOGLE_ADS)
    assert found["lead_id"] == found["event_id"] == "google-ads-TeSter"
    assert found["test"] is True
    assert found["location"] == {"country": "France"}
    assert "test" not in record("google_ads", sent.GOOGLE_ADS | {"is_test": False})


def test_meta_and_linkedin_name_leads_that_are_fetched():
    assert read("meta", sent.META_NAMED) == [Fetch("leadgen", "5", 1_447_342_026_000)]
    assert read("linkedin", sent.LINKEDIN_NAMED) == [
        Fetch("leadFormResponse", "abc-1", 1_720_000_000_000)
    ]
    gone = record("linkedin", sent.LINKEDIN_NAMED | {"leadAction": "DELETED"})
    assert (gone["event_type"], gone["lead_id"]) == ("withdrawn", "linkedin-abc-1")


def test_answers_that_were_fetched_are_leads():
    assert record("meta", sent.META_FETCHED)["contact"]["email"] == "a@example.com"
    found = record("linkedin", sent.LINKEDIN_FETCHED)
    assert found["contact"] == {"email": "a@example.com", "job_title": "Head of IT"}
    assert record("linkedin", sent.LINKEDIN_FETCHED | {"testLead": True})["test"] is True


def test_segment_updates_by_identify_and_submits_by_the_events_that_are_named():
    known, asked, grouped, seen, alias = read(
        "segment", [sent.IDENTIFY, sent.TRACK, sent.GROUP, sent.PAGE, sent.ALIAS]
    )
    assert known.record["event_type"] == "updated"
    assert known.record["company"] == {
        "name": "Acme",
        "industry": "software",
        "employees": "250",
    }
    assert (asked.record["event_type"], asked.record["request"]) == ("submitted", "demo")
    assert asked.record["contact"]["email"] == "ada@example.com"
    assert grouped.record["company"]["employees"] == "329"
    assert (seen.role, seen.record["activity_type"]) == ("activity", "pricing_page")
    assert (alias.record["lead_id"], alias.record["into_lead_id"]) == ("segment-a-1", "segment-u-1")
    (other,) = read("segment", sent.TRACK, submitting_events=["Signed Up"])
    assert (other.role, other.record["activity_type"]) == ("activity", "demo_requested")


def test_the_answers_of_typeform_are_found_by_reference_or_by_kind():
    found = record("typeform", sent.TYPEFORM)
    assert found["contact"] == {"email": "ada@example.com"}
    assert found["company"] == {"name": "Acme", "employees": "51-200"}
    assert (found["event_id"], found["lead_id"]) == ("typeform-e-1", "typeform-t-1")


def test_the_answers_of_jotform_are_found_by_name():
    found = record("jotform", sent.JOTFORM)
    assert found["contact"]["first_name"] == "Ada"
    assert found["contact"]["phone"] == "030 2345871"
    assert found["lead_id"] == "jotform-77"


def test_crms_without_code_are_read_by_their_maps():
    assert record("pipedrive", sent.PIPEDRIVE)["contact"]["email"] == "ada@example.com"
    changed = record("pipedrive", sent.PIPEDRIVE | {"meta": {"action": "change", "entity_id": 5}})
    assert changed["event_type"] == "updated"
    assert record("zoho", sent.ZOHO)["company"]["employees"] == 250
    marketo = record("marketo", sent.MARKETO, currency="USD")
    assert marketo["scores"] == {"marketo": 61}
    assert marketo["lead_source"] == "Web"


def test_leads_without_a_source_are_of_the_settings_or_of_the_name():
    assert record("zoho", sent.ZOHO)["lead_source"] == "zoho"
    assert record("zoho", sent.ZOHO, lead_source="crm")["lead_source"] == "crm"
    assert record("zoho", sent.ZOHO, sales_org="main")["sales_org"] == "main"
