from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from router.destination_settings import HubspotSettings
from router.kafka.sink.answer import Verdict
from router.roles.delivery.destinations.hubspot import Hubspot
from router.roles.delivery.destinations.webhook import Webhook, signature
from router.roles.delivery.sender import meaning, retry_after_s
from tests.roles.delivery.conftest import SECRET, assignment_of, webhook

OTHER = "whsec_" + base64.b64encode(b"another secret, of 32 bytes size").decode()


def test_the_signature_is_that_of_standard_webhooks():
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_replaced_both_sign():
    made = Webhook(webhook("https://a.example", secrets=[SECRET, OTHER])).render(
        assignment_of("L1", 1), "L1.1.crm", 1614265330
    )
    alone = Webhook(webhook("https://a.example", secrets=[OTHER])).render(
        assignment_of("L1", 1), "L1.1.crm", 1614265330
    )
    assert alone.headers["webhook-signature"] not in ("", made.headers["webhook-signature"])
    assert len(made.headers["webhook-signature"].split()) == 2
    assert made.headers["webhook-id"] == "L1.1.crm"


def test_a_webhook_is_called_at_its_address_to_the_letter():
    made = Webhook(webhook("https://a.example/hook/")).render(assignment_of("L1", 1), "k", 0)
    assert made.url == "https://a.example/hook/"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "http://crm.example.com"}, "must begin with https"),
        ({"url": "crm.example.com"}, "must be a web address"),
        ({"secrets": ["whsec_c2hvcnQ="]}, "24 to 64 bytes"),
        ({"secrets": []}, "at least 1"),
        ({"since": "2026-01-01"}, "timezone"),
    ],
)
def test_what_is_wrong_with_a_destination_is_told_before_the_first_lead(options, told):
    with pytest.raises(ValidationError, match=told):
        webhook(**{"url": "https://a.example", **options})


def test_hubspot_is_told_the_owner_of_a_contact_and_nothing_where_it_has_none():
    url = "https://api.hubapi.com/"
    settings = {"kind": "hubspot", "token": "t", "since": "2026-01-01T00:00:00Z", "url": url}
    hubspot = Hubspot(HubspotSettings(**settings))
    known = assignment_of(
        "L1", 1, external_ids={"hubspot": "12/3"}, owner_crm_ids={"hubspot": "41629779"}
    )
    request = hubspot.render(known, "k", 0)
    assert (request.method, request.url) == (
        "PATCH",
        "https://api.hubapi.com/crm/v3/objects/contacts/12%2F3",
    )
    assert request.body == b'{"properties":{"hubspot_owner_id":"41629779"}}'
    assert request.headers["authorization"] == "Bearer t"
    assert hubspot.render(assignment_of("L1", 1), "k", 0) is None


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        (200, {}, Verdict.DELIVERED),
        (204, {}, Verdict.DELIVERED),
        (200, {"Content-Type": "text/html; charset=utf-8"}, Verdict.AGAIN),
        (302, {}, Verdict.AGAIN),
        (401, {}, Verdict.DENIED),
        (404, {}, Verdict.AGAIN),
        (410, {}, Verdict.SWITCHED_OFF),
        (422, {}, Verdict.REFUSED),
        (429, {}, Verdict.AGAIN),
        (503, {}, Verdict.AGAIN),
    ],
)
def test_what_an_answer_means_to_a_webhook(status, headers, verdict):
    destination = Webhook(webhook("https://a.example"))
    assert meaning(status, headers, destination, 0.0).verdict is verdict


def test_retry_after_is_a_number_of_the_destinations_unit_or_a_date():
    assert retry_after_s("30", 1.0, 0.0) == 30
    assert retry_after_s("1500", 0.001, 0.0) == 1.5
    assert retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", 1.0, 20.0) == 40
    assert retry_after_s("soon", 1.0, 0.0) is None
    assert retry_after_s(None, 1.0, 0.0) is None


@pytest.mark.parametrize("digits", [400, 5_000])
def test_a_number_that_no_computer_waits_for_is_not_read(digits):
    assert retry_after_s("9" * digits, 1.0, 0.0) is None
