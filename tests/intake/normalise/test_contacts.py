"""Contacts are cleaned before they are compared: one mailbox, one company, one digest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.model.events import ReadProblem
from router.intake import IntakeContext, admit
from router.intake.normalise.company import read_company_domain
from router.intake.normalise.email_address import read_email
from router.intake.normalise.text import clean, tidy


def mailbox(text):
    found = read_email(text)
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@example.com\u200b", "a@example.com"), ("\ufeffA@Example.com", "a@example.com"),
        ("a@exam\u00adple.com.", "a@example.com"),
        ("mailto:a@example.com?subject=x", "a@example.com"),
        ("Ann <a@example.com>", "a@example.com"), ("a @ example.com", "a@example.com"),
        ("'a@example.com'", "a@example.com"), ('"one two"@example.com', '"one two"@example.com'),
        ('"one"@example.com', "one@example.com"), ("a@müller.de", "a@xn--mller-kva.de"),
        ("a@XN--MLLER-KVA.de", "a@xn--mller-kva.de"), ("\uff41@example.com", "a@example.com"),
        ("a-shop@yahoo.com", "a@yahoo.com"), ("a+x@hotmail.co.uk", "a@hotmail.co.uk"),
        ("a.b+x@googlemail.com", "ab@gmail.com"), ("a+x@corp.example", "a+x@corp.example"),
        ("a-b@corp.example", "a-b@corp.example"), ("a.b@outlook.de", "a.b@outlook.de"),
        ("a,b@example.com", ReadProblem.NOT_UNDERSTOOD),
        ("a..b@example.com", ReadProblem.NOT_UNDERSTOOD),
        (".a@example.com", ReadProblem.NOT_UNDERSTOOD), ("a@", ReadProblem.NOT_UNDERSTOOD),
        ("a@localhost", ReadProblem.NOT_UNDERSTOOD), ("@example.com", ReadProblem.NOT_UNDERSTOOD),
        ("a@x.example; b@x.example", ReadProblem.NOT_UNDERSTOOD),
        ("undefined", ReadProblem.PLACEHOLDER), ("a" * 250 + "@x.example", ReadProblem.TOO_LONG),
        ("<test lead: dummy data for email>", ReadProblem.DUMMY),
        ("test@fb.com", ReadProblem.DUMMY),
    ],
)  # fmt: skip
def test_an_address_is_cleaned_or_named(text, address):
    assert mailbox(text) == address


@given(st.one_of(st.emails(), st.text(max_size=30)))
def test_an_address_that_was_read_reads_as_itself(text):
    found = read_email(text)
    if isinstance(found, tuple):
        assert read_email(found[0]) == found


@given(st.text(max_size=30))
def test_a_cleaned_text_is_clean(text):
    assert clean(clean(text)) == clean(text)
    assert tidy(text) is None or tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("email", "kind"),
    [
        ("noreply@corp.example", "no_reply"), ("no-reply+17@corp.example", "no_reply"),
        ("mailer-daemon@corp.example", "no_reply"), ("notifications@gmail.com", "no_reply"),
        ("noel@corp.example", "business"), ("norbert.bounce@corp.example", "business"),
        ("a@mailinator.com", "disposable"), ("a@mail.mailinator.com", "disposable"),
        ("a@seznam.cz", "free_mail"),
    ],
)  # fmt: skip
def test_the_kind_of_an_address_is_told(email, kind):
    assert read_email(email)[2] == kind


def test_nobody_is_known_by_an_address_that_nobody_reads(event_of, lead):
    event = event_of("leads", lead(contact={"email": "noreply@corp.example"}))
    assert (event.facts.email_digest, event.facts.email_kind) == (None, "no_reply")
    assert [each.problem for each in event.warnings] == ["no_reply"]
    update = event_of("leads", lead(event_type="updated", contact={"email": "noreply@x.example"}))
    assert (update.facts.email_kind, update.cleared) == (None, [])


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Acme.com./about", "acme.com"), ("acme.com", "acme.com"),
        ("müller.de", "xn--mller-kva.de"), ("gmail.com", ReadProblem.FREE_MAIL),
        ("mailinator.com", ReadProblem.FREE_MAIL), ("co.uk", ReadProblem.PUBLIC_SUFFIX),
        ("www.github.io", ReadProblem.PUBLIC_SUFFIX), ("any.ck", ReadProblem.PUBLIC_SUFFIX),
        ("one.co.uk", "one.co.uk"), ("localhost", None),
    ],
)  # fmt: skip
def test_a_mail_providers_domain_and_a_public_suffix_are_no_companys(text, domain):
    assert read_company_domain(text) == domain


def test_a_setting_has_the_last_word_on_a_domain():
    own = {"isp.example": "free_mail", "gmail.com": "business"}
    assert read_email("a@isp.example", own)[2] == "free_mail"
    assert read_email("a.b@gmail.com", own)[:1] == ("a.b@gmail.com",)
    assert read_company_domain("isp.example", own) is ReadProblem.FREE_MAIL
    assert read_company_domain("gmail.com", own) == "gmail.com"
    context = IntakeContext(frozenset({"main"}), "main", b"k", mail_domains=own)
    account = b'{"account_id": "a", "domains": ["isp.example", "acme.com", "co.uk"]}'
    answer = admit("accounts", None, None, account, (), 1, context)
    assert b'"domains":["acme.com"]' in answer.value
    assert [each.field for each in answer.warnings] == ["domains"]


def test_a_form_tools_dummy_is_a_test(event_of, lead):
    dummy = "<test lead: dummy data for company_name>"
    event = event_of("leads", lead(company={"name": dummy}))
    assert (event.facts.test, event.facts.company_key) == (True, None)
    assert [(each.field, each.problem) for each in event.warnings] == [("company.name", "dummy")]
    assert not event_of("leads", lead(event_type="updated", company={"name": dummy})).facts.test
