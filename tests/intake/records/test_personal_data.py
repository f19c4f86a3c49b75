"""Nothing readable about a person reaches the inbox, a reason, or an error."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router.intake import Admitted, IntakeContext, Rejected, admit

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"k")
NOW_MS = 1_795_435_200_000
TOKENS = ("zyxname", "zyxmail", "zyxword", "5550173")

text = st.sampled_from(["Zyxname", "zyxmail@firm.example", "Zyxword and more", "+1 212 5550173"])
junk = st.one_of(text, st.integers(), st.lists(text, max_size=2), st.dictionaries(text, text))


def seen(answer):
    shown = answer.value.decode() if isinstance(answer, Admitted) else answer.detail
    return (shown + repr(answer)).casefold()


@given(
    contact=st.fixed_dictionaries(
        {},
        optional={
            "first_name": text,
            "last_name": text,
            "email": text,
            "phone": text,
            "message": text,
            "job_title": st.just("Assistant of Zyxname"),
        },
    ),
    custom=st.dictionaries(
        st.sampled_from(["message", "full_name", "Email", "phone_2", "last_name", "notes"]), text
    ),
    free=st.sampled_from(["zyxmail@firm.example", "+1 212 555 0173"]),
)
def test_an_admitted_lead_leaves_the_person_behind(contact, custom, free):
    lead = {
        "event_id": "e1",
        "event_type": "submitted",
        "lead_id": "l1",
        "occurred_at": "2026-11-23T11:59:00Z",
        "contact": contact,
        "message": "Zyxword",
        "custom": custom | {"anything": free, "prose": "Zyxword " * 20},
        "campaign": {"name": "zyxmail@firm.example", "content": "Zyxname"},
        "location": {"city": "zyxmail@firm.example", "street": "Zyxword"},
        "external_ids": {"crm": "zyxmail@firm.example"},
    }
    answer = admit("leads", None, None, json.dumps(lead).encode(), (), NOW_MS, CONTEXT)
    assert isinstance(answer, Admitted)
    assert not [token for token in TOKENS if token in seen(answer)]
    assert b"@" not in answer.value


@pytest.mark.parametrize("role", ["leads", "feedback", "roster", "accounts", "commands"])
@given(fields=st.dictionaries(
    st.sampled_from(
        ["event_id", "event_type", "lead_id", "occurred_at", "contact", "custom", "scores",
         "external_ids", "rep_id", "time_off", "caps", "crm_ids", "hours", "holidays",
         "time_zone", "account_id", "command", "subject", "feedback_type", "consent", "interest"]
    ),
    junk,
    min_size=1,
))  # fmt: skip
def test_a_refusal_names_fields_and_never_what_they_hold(role, fields):
    answer = admit(role, None, None, json.dumps(fields).encode(), (), NOW_MS, CONTEXT)
    assume(isinstance(answer, Rejected))
    assert not [token for token in TOKENS if token in seen(answer)]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("company_name", "Firm", True),
        ("form_name", "Contact us", True),
        ("wants_email", True, True),
        ("seats", 5, True),
        ("crm", "+1 and more", True),
        ("name", "Zyxname", False),
        ("your_first_name", "Zyxname", False),
        ("lastName", "Zyxname", False),
        ("mobile", 12125550173, False),
        ("anything", "+1 (212) 555-0173", False),
        ("anything", "write to zyxmail@firm.example", False),
        ("anything", "x" * 101, False),
    ],
)
def test_a_custom_field_that_looks_personal_is_left_out(event_of, lead, name, value, kept):
    custom = event_of("leads", lead(custom={name: value})).facts.custom
    assert custom == ({name: value} if kept else None)


def test_the_name_of_a_rep_stays_in_the_roster(take):
    entry = {"rep_id": "r1", "name": "Zyxname", "email": "zyxmail@firm.example"}
    answer = take("roster", entry)
    assert answer.value == b'{"kind":"rep","rep_id":"r1"}'


def test_a_rep_id_that_is_an_address_is_refused_without_repeating_it(take):
    answer = take("roster", {"rep_id": "zyxmail@firm.example"})
    assert answer.reason == "personal_id"
    assert "zyxmail" not in seen(answer)


def test_the_digest_key_is_not_shown():
    assert "secret" not in repr(IntakeContext(frozenset({"main"}), "main", b"secret"))


def test_digests_depend_on_the_key(take, lead, now_ms):
    value = json.dumps(lead(contact={"email": "ann@firm.example"})).encode()
    other = IntakeContext(frozenset({"main"}), "main", b"another key" * 10)
    answer = admit("leads", None, None, value, (), now_ms, other)
    assert isinstance(answer, Admitted)
    assert answer.value != take("leads", value).value


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("No budget", "no_budget"),
        ("lost_to_competitor", "lost_to_competitor"),
        ("Zyxname said she will call", None),
        ("ask-zyxname-for-more", None),
    ],
)
def test_feedback_keeps_a_word_as_its_reason_and_no_sentence(event_of, reason, kept):
    feedback = {
        "event_id": "f-1",
        "lead_id": "l-1",
        "feedback_type": "lost",
        "occurred_at": "2026-11-23T11:59:00Z",
        "reason": reason,
    }
    assert event_of("feedback", feedback).reason == kept
