"""Only the holder of a secret is believed, and only now."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from router.intake.sources.found import Arrival, SignatureProblem
from router.intake.sources.handshakes import answer_linkedin, answer_meta
from router.intake.sources.source import Source, make_source
from router.source_settings import SourceSettings
from tests.intake.sources.vendor_bodies import GOOGLE_ADS, SECRET, SIGNED, encoded

URI = "https://www.example.com/webhook_uri"
AT_MS = 1_564_113_600_000
V2 = "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"
V3 = "eT0ip2TKVpsIi1vb5C2Uu42eNdHL+oTE3NRZOF67O2U="
META = "sha256=a2c2b9ca96b1e05f9d948f74c0f72d543b669af9365d081ff747c36fbc0ab840"
LINKEDIN = "2efc40be7b4a874312aabb6a34cb2844f7563b1a7a8287a5a43be4345face1b4"
SEGMENT = "a4eb06860af426426ccd4d44ac8fb65e8348cd66"
TYPEFORM = "sha256=osK5ypax4F+dlI90wPctVDtmmvk2XQgf90fDb7wKuEA="

VECTORS = [
    ("hubspot", {"x-hubspot-signature": V2, "x-hubspot-signature-version": "v2"}),
    ("hubspot", {"x-hubspot-signature-v3": V3, "x-hubspot-request-timestamp": str(AT_MS)}),
    ("meta", {"x-hub-signature-256": META}),
    ("linkedin", {"x-li-signature": LINKEDIN}),
    ("segment", {"x-signature": SEGMENT}),
    ("typeform", {"typeform-signature": TYPEFORM}),
]


def source(kind: str, secret: str = SECRET) -> Source:
    return make_source(kind, SourceSettings(kind=kind, secret=secret))


def request(headers: dict[str, str], body: bytes = SIGNED, at_ms: int = AT_MS) -> Arrival:
    return Arrival(body, at_ms, headers, uri=URI)


@pytest.mark.parametrize(("kind", "headers"), VECTORS)
def test_what_a_vendor_signed_is_believed(kind, headers):
    assert source(kind).verify(request(headers)) is None


@pytest.mark.parametrize(("kind", "headers"), VECTORS)
def test_what_was_changed_on_the_way_is_not(kind, headers):
    for at in range(len(SIGNED)):
        forged = SIGNED[:at] + b"#" + SIGNED[at + 1 :]
        assert source(kind).verify(request(headers, forged)) is SignatureProblem.WRONG
    assert source(kind).verify(request(headers, SIGNED[:-1])) is SignatureProblem.WRONG


@pytest.mark.parametrize(("kind", "headers"), VECTORS)
def test_another_secret_and_no_signature_are_not_believed(kind, headers):
    assert source(kind, "another").verify(request(headers)) is SignatureProblem.WRONG
    assert source(kind).verify(request({})) is SignatureProblem.MISSING


def test_a_source_without_its_secret_believes_nobody():
    nobody = make_source("meta", SourceSettings(kind="meta"))
    assert nobody.verify(request({"x-hub-signature-256": META})) is SignatureProblem.NO_SECRET
    assert not nobody.is_signed


def test_the_oldest_signature_of_hubspot_covers_the_body_alone():
    signed = hashlib.sha256(SECRET.encode() + SIGNED).hexdigest()
    assert source("hubspot").verify(request({"x-hubspot-signature": signed})) is None


def test_the_address_as_the_vendor_calls_it_is_signed_whatever_a_proxy_made_of_it():
    headers = {"x-hubspot-signature-v3": V3, "x-hubspot-request-timestamp": str(AT_MS)}
    behind = Arrival(SIGNED, AT_MS, headers, uri="http://10.0.0.7:8080/v1/sources/hubspot")
    assert source("hubspot").verify(behind) is SignatureProblem.WRONG
    known = SourceSettings(kind="hubspot", secret=SECRET, public_url=URI)
    assert make_source("hubspot", known).verify(behind) is None


def test_hubspots_newest_signature_counts_alone_where_it_is_sent():
    headers = {"x-hubspot-signature": V2, "x-hubspot-signature-version": "v2"}
    headers |= {"x-hubspot-signature-v3": "forged", "x-hubspot-request-timestamp": str(AT_MS)}
    assert source("hubspot").verify(request(headers)) is SignatureProblem.WRONG


@pytest.mark.parametrize(
    ("apart_ms", "problem"),
    [
        (300_000, None),
        (300_001, SignatureProblem.TOO_OLD),
        (-300_000, None),
        (-300_001, SignatureProblem.AHEAD),
    ],
)
def test_a_signature_holds_five_minutes_before_and_after_now(apart_ms, problem):
    headers = {"x-hubspot-signature-v3": V3, "x-hubspot-request-timestamp": str(AT_MS)}
    assert source("hubspot").verify(request(headers, at_ms=AT_MS + apart_ms)) is problem


WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the published one
WEBHOOK_MS = 1_614_265_330_000
PUBLISHED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
PUBLISHED_BODY = b'{"test": 2432232314}'


def verified(headers: dict[str, str], body: bytes = PUBLISHED_BODY, at_ms: int = WEBHOOK_MS):
    return source("canonical", WEBHOOK_SECRET).verify(Arrival(body, at_ms, headers))


def test_the_published_standard_webhook_is_believed():
    assert verified(PUBLISHED) is None


def test_one_good_signature_among_several_is_enough_while_secrets_change():
    several = f"v1,AAAA v1a,BBBB {PUBLISHED['webhook-signature']}"
    assert verified(PUBLISHED | {"webhook-signature": several}) is None
    assert verified(PUBLISHED | {"webhook-signature": "v1,AAAA"}) is SignatureProblem.WRONG


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_a_standard_webhook_needs_each_of_its_headers(name):
    assert verified({**PUBLISHED, name: ""}) is SignatureProblem.MISSING
    changed = {**PUBLISHED, name: PUBLISHED[name] + "1"}
    assert verified(changed) is SignatureProblem.WRONG


@pytest.mark.parametrize(
    ("apart_ms", "problem"),
    [(300_001, SignatureProblem.TOO_OLD), (-300_001, SignatureProblem.AHEAD), (299_000, None)],
)
def test_a_standard_webhook_holds_five_minutes(apart_ms, problem):
    assert verified(PUBLISHED, at_ms=WEBHOOK_MS + apart_ms) is problem


def test_what_the_reference_library_signs_is_believed():
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    at = datetime.fromtimestamp(WEBHOOK_MS // 1_000, UTC)
    signature = Webhook(secret).sign("m-1", at, SIGNED.decode())
    headers = {"webhook-id": "m-1", "webhook-timestamp": str(WEBHOOK_MS // 1_000)}
    headers["webhook-signature"] = signature
    ours = source("mapped", secret)
    assert ours.verify(Arrival(SIGNED, WEBHOOK_MS, headers)) is None
    assert ours.verify(Arrival(SIGNED + b" ", WEBHOOK_MS, headers)) is SignatureProblem.WRONG


def test_a_standard_secret_that_is_no_base64_believes_nobody():
    found = source("canonical", "whsec_***").verify(Arrival(PUBLISHED_BODY, WEBHOOK_MS, PUBLISHED))
    assert found is SignatureProblem.NO_SECRET


def test_google_is_known_by_the_key_in_the_body():
    assert source("google_ads").verify(Arrival(encoded(GOOGLE_ADS), AT_MS)) is None
    other = source("google_ads", "another")
    assert other.verify(Arrival(encoded(GOOGLE_ADS), AT_MS)) is SignatureProblem.WRONG
    assert other.verify(Arrival(b"{}", AT_MS)) is SignatureProblem.MISSING
    assert other.verify(Arrival(b"\xff", AT_MS)) is SignatureProblem.MISSING


def test_metas_question_is_answered_to_whoever_knows_the_token():
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "token"}
    assert answer_meta(asked, "token") == ("text/plain", b"1158201444")
    assert answer_meta(asked, "other") is None
    assert answer_meta(asked | {"hub.mode": "unsubscribe"}, "token") is None
    assert answer_meta(asked | {"hub.challenge": "<script>"}, "token") is None
    configured = make_source("m", SourceSettings(kind="meta", verify_token="token"))  # noqa: S106 - an example
    assert configured.handshake(asked) == ("text/plain", b"1158201444")


def test_linkedins_challenge_is_signed_with_the_clients_secret():
    code = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
    answer = answer_linkedin({"challengeCode": code}, b"secret")
    assert answer is not None
    kind, body = answer
    assert kind == "application/json"
    signed = "9585d359e64d6a2013e0cf377f702b7141313246286c6891f22e3bfcc3938f65"
    assert json.loads(body) == {"challengeCode": code, "challengeResponse": signed}
    assert answer_linkedin({"challengeCode": "<b>"}, b"secret") is None
    assert answer_linkedin({}, b"secret") is None
