"""What people and systems say of consent is read, and what nobody can read is never a yes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake.normalise.consent import read_consent


@pytest.fixture
def consents_of(event_of, lead):
    def consents_of(**fields):
        facts = event_of("leads", lead(**fields)).facts
        return facts.consent_email, facts.consent_phone, facts.consent_sms

    return consents_of


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("granted", "granted"), ("Granted ", "granted"), ("YES", "granted"), (True, "granted"),
        (1, "granted"), ("1", "granted"), ("Opted-In", "granted"), ("subscribed", "granted"),
        ("Denied", "denied"), ("NO", "denied"), (False, "denied"), (0, "denied"), ("0", "denied"),
        ("opt_out", "denied"), ("Opt-Out", "denied"), ("unsubscribed", "denied"),
        ("Do not contact", "denied"), ("not granted", "denied"), ("revoked", "denied"),
        ("unknown", "unknown"), ("not specified", "unknown"), ("N/A", "unknown"),
        ("pending", "unknown"), ("maybe", "unreadable"), ("none", "unreadable"), (2, "unreadable"),
        (["granted"], "unreadable"), ({"granted": True}, "unreadable"), (0.5, "unreadable"),
        ("granted?", "granted"), ("not yes", "unreadable"), ("x", "unreadable"),
    ],
)  # fmt: skip
def test_a_consent_is_read_in_the_words_of_common_systems(value, word):
    assert read_consent(value) == word


@given(st.text(max_size=30))
def test_no_word_with_a_no_in_it_grants(text):
    assert read_consent(f"not {text}") != "granted"


@pytest.mark.parametrize("value", ["maybe", 5, [], ["granted"], {}])
def test_a_consent_that_cannot_be_read_is_kept_as_such_and_named(event_of, lead, value):
    event = event_of("leads", lead(consent={"email": value, "phone": "granted"}))
    assert (event.facts.consent_email, event.facts.consent_phone) == ("unreadable", "granted")
    assert [each.field for each in event.warnings] == ["consent.email"]


@pytest.mark.parametrize(
    ("fields", "consents"),
    [
        ({"HasOptedOutOfEmail": True}, ("denied", None, None)),
        ({"HasOptedOutOfEmail": "1", "DoNotCall": "yes"}, ("denied", "denied", None)),
        ({"contact": {"email_opt_out": "X"}}, ("denied", None, None)),
        ({"opt_out": "true"}, ("denied", "denied", "denied")),
        ({"consent": {"unsubscribed": 1}}, ("denied", "denied", "denied")),
        ({"opt_out": "opted out"}, ("denied", "denied", "denied")),
        ({"opt_out": False}, (None, None, None)), ({"opt_out": ""}, (None, None, None)),
        ({"opt_out": True, "consent": {"email": "granted"}}, ("denied", "denied", "denied")),
        ({"opt_out": False, "consent": {"email": "denied"}}, ("denied", None, None)),
        ({"opt_out": "perhaps"}, ("unreadable", "unreadable", "unreadable")),
        ({"do_not_route": "perhaps"}, ("unreadable", "unreadable", None)),
        ({"consent": "denied"}, ("denied", "denied", "denied")),
        ({"consent": "granted"}, (None, None, None)), ({"consent": True}, (None, None, None)),
        ({"consent": ["?"]}, ("unreadable", "unreadable", "unreadable")),
    ],
)  # fmt: skip
def test_opt_outs_refuse_and_a_yes_to_nothing_in_particular_grants_nothing(
    consents_of, fields, consents
):
    assert consents_of(**fields) == consents


@pytest.mark.parametrize(("value", "kept"), [("yes", True), (1, True), ("x", True), ("No", False)])
def test_do_not_route_is_read_in_the_words_of_forms(event_of, lead, value, kept):
    assert event_of("leads", lead(do_not_route=value)).facts.do_not_route is kept
