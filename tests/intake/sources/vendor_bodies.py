"""Bodies as vendors document them, one or more for each kind of source."""

from __future__ import annotations

import json
from typing import Any

RECEIVED_MS = 1_796_000_000_000  # 2026-11-30
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"  # noqa: S105 - of the published vectors
SIGNED = b'{"example_field":"example_value"}'

HUBSPOT_CREATION = {
    "eventId": 1, "subscriptionId": 12345, "portalId": 62515, "appId": 54321,
    "occurredAt": 1564113600000, "subscriptionType": "contact.creation", "attemptNumber": 0,
    "objectId": 123, "changeSource": "CRM", "changeFlag": "NEW",
}  # fmt: skip
HUBSPOT_CHANGE = HUBSPOT_CREATION | {
    "subscriptionType": "contact.propertyChange", "propertyName": "country",
    "propertyValue": "Germany",
}  # fmt: skip
HUBSPOT_MERGE = {
    "eventId": 3, "portalId": 62515, "occurredAt": 1564113600000, "subscriptionType":
    "contact.merge", "primaryObjectId": 1, "mergedObjectIds": [1, 2], "newObjectId": 3,
}  # fmt: skip
HUBSPOT_WORKFLOW = {
    "vid": 151, "portal-id": 62515, "properties": {
        "email": {"value": "ada@example.com"}, "firstname": {"value": "Ada"},
        "lastmodifieddate": {"value": "1796000000000"}, "numemployees": {"value": "51-200"},
        "createdate": {"value": "1795999000000"}, "annualrevenue": {"value": "1200000"},
    },
}  # fmt: skip
HUBSPOT_CONTACT = {
    "id": "151",
    "properties": {"email": "ada@example.com", "country": "DE", "hs_lead_status": None},
    "createdAt": "2026-11-01T08:00:00Z", "updatedAt": "2026-11-02T08:00:00Z",
}  # fmt: skip
HUBSPOT_FORM = {
    "results": [
        {"conversionId": "c-1", "submittedAt": 1795999000000, "pageUrl": "https://example.com/x",
         "values": [{"name": "email", "value": "ada@example.com"},
                    {"name": "company", "value": "Example"}]},
    ]
}  # fmt: skip
HUBSPOT_SUBMIT = {
    "fields": [{"objectTypeId": "0-1", "name": "email", "value": "ada@example.com"}],
    "submittedAt": "1795999000000", "context": {"hutk": "h", "pageUri": "example.com"},
}  # fmt: skip

LEAD_ID = "00Q5e00001kABCDEAA"


def change_event(change_type: str = "CREATE", **fields: Any) -> dict[str, Any]:
    header = {
        "entityName": "Lead", "recordIds": [LEAD_ID], "changeType": change_type,
        "changeOrigin": "com/salesforce/api/rest/49.0;client=x", "transactionKey": "0002343d",
        "sequenceNumber": 1, "commitTimestamp": 1795999000000, "commitNumber": 108,
        "commitUser": "0055e000001abcd", "changedFields": [],
    }  # fmt: skip
    header |= fields.pop("header", {})
    return {
        "schema": "IeRuaY6cbI",
        "payload": {"ChangeEventHeader": header, **fields},
        "event": {"replayId": 13},
    }


SALESFORCE_CREATE = change_event(
    LastName="Doe", Company="Acme", OwnerId="0055e000001abcd", Name={"LastName": "Doe"},
    Address={"Country": "Germany", "City": "Bonn"}, AnnualRevenue=1.2e6, CurrencyIsoCode="EUR",
)  # fmt: skip
SALESFORCE_CONNECT = {
    "schema": {"type": "struct"},
    "payload": {
        "_ObjectType": "Lead", "_EventType": "created", "ReplayId": "7", "Id": LEAD_ID,
        "Email": "ada@example.com", "AnnualRevenue": "1200000.0", "NumberOfEmployees": 250,
        "Company": "Acme", "Phone": None, "SystemModstamp": 1795999000000,
    },
}  # fmt: skip
SALESFORCE_PUSH_TOPIC = {
    "event": {"createdDate": "2026-11-29T08:00:00.000Z", "replayId": 9, "type": "updated"},
    "sobject": {"Id": LEAD_ID, "Email": "ada@example.com", "Title": None},
}
SALESFORCE_RECORD = {
    "attributes": {"type": "Lead", "url": "/services/data/v62.0/sobjects/Lead/00Q"},
    "Id": LEAD_ID, "LastName": "Doe", "Company": "Acme", "Phone": None,
    "CreatedDate": "2026-11-01T08:00:00.000+0000", "SystemModstamp": "2026-11-02T08:00:00.000+0000",
}  # fmt: skip

GOOGLE_ADS = {
    "lead_id": "TeSter", "form_id": 123, "campaign_id": 9, "adgroup_id": 0, "creative_id": 0,
    "gcl_id": "abc", "api_version": "1.0", "google_key": SECRET, "is_test": True,
    "lead_submit_time": "2026-11-26T12:30:00Z",
    "user_column_data": [
        {"column_id": "WORK_EMAIL", "column_name": "Work email", "string_value": "a@example.com"},
        {"column_id": "COUNTRY", "string_value": "France"},
        {"column_id": "SOMETHING_NEW", "string_value": "x"},
    ],
}  # fmt: skip
META_NAMED = {
    "object": "page",
    "entry": [{"id": "PAGE", "time": 1447342027, "changes": [{"field": "leadgen", "value": {
        "leadgen_id": "5", "form_id": "6", "page_id": "7", "ad_id": "8", "adgroup_id": "8",
        "created_time": 1447342026}}]}],
}  # fmt: skip
META_FETCHED = {
    "id": "5", "created_time": "2026-11-29T08:00:00+0000", "ad_id": "8",
    "field_data": [{"name": "email", "values": ["a@example.com"]},
                   {"name": "full_name", "values": ["Ada L"]}],
}  # fmt: skip
LINKEDIN_NAMED = {
    "type": "LEAD_ACTION", "leadGenFormResponse": "urn:li:leadGenFormResponse:abc-1",
    "leadGenForm": "urn:li:leadGenForm:3", "leadType": "SPONSORED", "leadAction": "CREATED",
    "occurredAt": 1720000000000,
}  # fmt: skip
LINKEDIN_FETCHED = {
    "id": "abc-1", "submittedAt": 1795999000000, "testLead": False,
    "formResponse": {"answers": [
        {"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": "a@example.com"}}},
        {"questionId": 2, "answerDetails": {"textQuestionAnswer": {"answer": "Head of IT"}}}]},
    "form": {"content": {"questions": [{"questionId": 1, "predefinedField": "EMAIL"},
                                       {"questionId": 2, "predefinedField": "JOB_TITLE"}]}},
}  # fmt: skip

IDENTIFY = {
    "type": "identify", "messageId": "m-1", "userId": "u-1", "anonymousId": "a-1",
    "timestamp": "2026-11-29T08:00:00.000Z",
    "traits": {"email": "ada@example.com", "firstName": "Ada", "title": "CTO",
               "company": {"name": "Acme", "industry": "software", "employee_count": "250"}},
}  # fmt: skip
TRACK = {
    "type": "track", "messageId": "m-2", "userId": "u-1", "event": "Demo Requested",
    "timestamp": "2026-11-29T08:00:00.000Z", "properties": {"product": "X"},
    "context": {"traits": {"email": "ada@example.com"}, "campaign": {"source": "news"}},
}  # fmt: skip
GROUP = {
    "type": "group", "messageId": "m-3", "userId": "u-1", "groupId": "g-1",
    "timestamp": "2026-11-29T08:00:00.000Z",
    "traits": {"name": "Acme", "industry": "software", "employees": "329"},
}  # fmt: skip
PAGE = {"type": "page", "messageId": "m-4", "anonymousId": "a-1", "name": "Pricing"}
ALIAS = {"type": "alias", "messageId": "m-5", "previousId": "a-1", "userId": "u-1"}

TYPEFORM = {
    "event_id": "e-1", "event_type": "form_response",
    "form_response": {
        "form_id": "f", "token": "t-1", "submitted_at": "2026-11-29T08:00:00Z",
        "hidden": {"utm_source": "news"},
        "answers": [
            {"type": "email", "email": "ada@example.com", "field": {"id": "q1", "ref": "mail"}},
            {"type": "text", "text": "Acme", "field": {"id": "q2", "ref": "company"}},
            {"type": "choice", "choice": {"label": "51-200"}, "field": {"ref": "company_size"}},
        ],
    },
}  # fmt: skip
JOTFORM_ANSWERS = {"q3_name": {"first": "Ada", "last": "L"}, "q4_email": "ada@example.com",
                   "q5_phoneNumber": {"area": "030", "phone": "2345871"},
                   "q6_country": "Germany"}  # fmt: skip
JOTFORM = (
    b'--XyZ\r\nContent-Disposition: form-data; name="formID"\r\n\r\n9\r\n'
    b'--XyZ\r\nContent-Disposition: form-data; name="submissionID"\r\n\r\n77\r\n'
    b'--XyZ\r\nContent-Disposition: form-data; name="rawRequest"\r\n\r\n'
    + json.dumps(JOTFORM_ANSWERS).encode() + b"\r\n--XyZ--\r\n"
)  # fmt: skip
MARKETO = {"id": 42, "email": "ada@example.com", "company": "Acme", "numberOfEmployees": "250",
           "leadScore": 61, "leadSource": "Web", "annualRevenue": 1200000}  # fmt: skip
PIPEDRIVE = {
    "meta": {"action": "create", "id": "abc", "entity_id": 5, "timestamp": "2026-11-29T08:00:00Z"},
    "data": {"id": 5, "emails": [{"value": "old@example.com", "primary": False},
                                 {"value": "ada@example.com", "primary": True}]},
}  # fmt: skip
ZOHO = {"id": "4876", "Email": "ada@example.com", "Last_Name": "L", "No_of_Employees": 250,
        "Created_Time": "2026-11-29T08:00:00+01:00"}  # fmt: skip
CANONICAL = {"event_id": "e", "event_type": "submitted", "lead_id": "l",
             "occurred_at": "2026-11-29T08:00:00Z"}  # fmt: skip

BODIES: list[tuple[str, Any]] = [
    ("hubspot", [HUBSPOT_CREATION, HUBSPOT_CHANGE, HUBSPOT_MERGE]),
    ("hubspot", HUBSPOT_WORKFLOW),
    ("hubspot", HUBSPOT_CONTACT),
    ("hubspot", HUBSPOT_FORM),
    ("hubspot", HUBSPOT_SUBMIT),
    ("salesforce", SALESFORCE_CREATE),
    ("salesforce", SALESFORCE_CONNECT),
    ("salesforce", SALESFORCE_PUSH_TOPIC),
    ("salesforce", SALESFORCE_RECORD),
    ("google_ads", GOOGLE_ADS),
    ("meta", META_NAMED),
    ("meta", META_FETCHED),
    ("linkedin", LINKEDIN_NAMED),
    ("linkedin", LINKEDIN_FETCHED),
    ("segment", [IDENTIFY, TRACK, GROUP, PAGE, ALIAS]),
    ("rudderstack", IDENTIFY),
    ("typeform", TYPEFORM),
    ("jotform", JOTFORM),
    ("marketo", MARKETO),
    ("pipedrive", PIPEDRIVE),
    ("zoho", ZOHO),
    ("canonical", CANONICAL),
]
"""Every kind's documented shapes."""


def encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
