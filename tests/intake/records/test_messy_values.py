"""Values as strangers write them, through the reader of every door: what is read, what is named."""

from __future__ import annotations

import json

import pytest

from router.intake import Admitted


@pytest.fixture
def read(take, lead):
    """The facts of a lead with these fields, and what of it is named."""

    def read(**fields):
        admitted = take("leads", lead(**fields))
        assert isinstance(admitted, Admitted), admitted
        warnings = {warning.field: str(warning.problem) for warning in admitted.warnings}
        return json.loads(admitted.value)["facts"], warnings

    return read


@pytest.mark.parametrize(
    "word",
    [
        "да", "はい", "kyllä", "evet", "✓", "☑", "1.0", 1.0, "Y\u200bes", "OptedIn", "double_optin",
        "I agree", "Express consent",
    ],
)  # fmt: skip
def test_a_yes_of_any_language_and_system_grants(read, word):
    assert read(consent={"email": word}) == ({"consent_email": "granted"}, {})


@pytest.mark.parametrize(
    "word",
    [
        "нет", "いいえ", "nej", "hay\u0131r", "☐", "✗", "0.0", 0.0, "optedOut", "non-subscribed",
        "I do not agree", "disagree", "Consent withdrawn", "do not consent", "STOP",
    ],
)  # fmt: skip
def test_a_no_of_any_language_and_system_refuses(read, word):
    assert read(consent={"email": word}) == ({"consent_email": "denied"}, {})


@pytest.mark.parametrize("word", ["cleaned", "perhaps", 2, {"status": "granted"}, "ja, gern"])
def test_a_consent_that_nobody_can_read_is_no_grant(read, word):
    assert read(consent={"email": word}) == (
        {"consent_email": "unreadable"},
        {"consent.email": "not_understood"},
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opt_out", "Yes"), ("OptOut", True), ("do-not-contact", "1"), ("unsubscribe", "x"),
        ("mkto_unsubscribed", "true"), ("Unsubscribed At", "2026-01-31"),
        ("optedOutOn", "31.1.2026"),
        ("opt_out", "opted out"), ("blacklisted", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["", "contact", "consent", "custom"])
def test_an_opt_out_counts_wherever_it_stands(read, name, value, place):
    facts, warnings = read(**{place: {name: value}} if place else {name: value})
    refused = {facts.get(f"consent_{channel}") for channel in ("email", "phone", "sms")}
    assert (refused, warnings) == ({"denied"}, {})


@pytest.mark.parametrize(
    "text",
    [
        "undefined", "#NAME?", "#DIV/0!", "--None--", "(not set)", "\\N", "<null>", "k.A.",
        "not provided", "Unknown", "...", "{{company.name}}", "${company}", "*|COMPANY|*",
        "%COMPANY%", "N\u200b/A", "\uff2e\uff0f\uff21",
    ],
)  # fmt: skip
def test_what_stands_for_nothing_is_no_company_and_no_industry(read, text):
    facts, warnings = read(company={"name": text, "industry": text})
    assert facts == {}
    assert warnings == {"company.name": "placeholder", "company.industry": "placeholder"}


@pytest.mark.parametrize(
    "text",
    [
        "nil", "(none)", "{{lead.id}}", "${id}", "*|ID|*",
        "00000000-0000-0000-0000-000000000000",
        "#NAME?", "(not set)", "\\N", 0,
    ],
)  # fmt: skip
def test_a_placeholder_is_no_id(take, lead, text):
    rejected = take("leads", lead(lead_id=text))
    assert rejected == ("missing_field", "lead_id is a placeholder, no id")


@pytest.mark.parametrize("text", ["l-1\u200b", "\u200el-1", " l-1 ", "\ufeffl-1"])
def test_what_nobody_sees_in_an_id_is_no_part_of_it(take, lead, text):
    for role, record in (
        ("leads", lead(lead_id=text)),
        ("feedback", {**lead(lead_id=text), "feedback_type": "won"}),
    ):
        assert json.loads(take(role, record).value)["lead_id"] == "l-1"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1.200,-", "EUR", 120_000), ("1'200.\u2013", "CHF", 120_000),
        ("1.2E+06", "USD", 120_000_000),
        ("\uff11\uff0c\uff12\uff13\uff14\uff0e\uff15\uff16", "USD", 123_456),
        ("5 lakh", "INR", 50_000_000), ("1.5 Cr", "INR", 1_500_000_000),
        ("12万", "JPY", 120_000), ("10 000 kr", "SEK", 1_000_000),
        ("\u200e1,200.50", "USD", 120_050),
        ("$1,200,000.00 USD", None, 120_000_000), ("1,000円", None, 1_000),
        ("Fr. 1'200.-", None, 120_000),
        ("1.234,567", "KWD", 1_234_567), ("1,234", "JPY", 1_234),
        ("1\u202f234,50", "EUR", 123_450),
    ],
)  # fmt: skip
def test_money_is_read_whole_as_people_write_it(read, amount, currency, minor):
    facts, warnings = read(expected_value={"amount": amount, "currency": currency})
    assert (facts.get("expected_value_minor"), warnings) == (minor, {})


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        ("5.000", "ambiguous"), ("approx 5000", "not_understood"), ("5k-10k", "not_understood"),
        ("1,200 USD/yr", "not_understood"), ("½", "not_understood"), ("5²", "not_understood"),
        ("(5,000.00)", "negative"), ("tbd", "placeholder"), ("2E+15", "too_large"),
    ],
)  # fmt: skip
def test_money_that_may_be_something_else_is_named_and_not_taken(read, amount, problem):
    facts, warnings = read(expected_value={"amount": amount, "currency": "EUR"})
    assert (facts, warnings) == ({}, {"expected_value.amount": problem})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Swiss Franc", "CHF"), ("978", "EUR"), (978, "EUR"), ("EUR - Euro", "EUR"),
        ("Euro (EUR)", "EUR"),
        ("RMB", "CNY"), ("US Dollar", "USD"), ("\uff35\uff33\uff24", "USD"), ("yen", "JPY"),
        ("SFr.", "CHF"),
    ],
)  # fmt: skip
def test_a_currency_has_many_names(read, text, code):
    facts, _ = read(expected_value={"amount": 10, "currency": text})
    assert facts["expected_value_currency"] == code


@pytest.mark.parametrize("text", ["$", "kr", "dollars", "Rs", "BTC", "XXX", "THE ALL", "D-Mark"])
def test_a_sign_of_several_currencies_is_none(read, text):
    facts, warnings = read(expected_value={"amount": 10, "currency": text})
    assert (facts, warnings) == ({}, {"expected_value.currency": "unknown_currency"})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Enterprise (1000+)", 1_000), ("B (11-50)", 30), ("1 (just me)", 1),
        ("SIZE_11_TO_50", 30),
        ("entre 10 et 50", 30), ("von 10 bis 50", 30), ("de 1 a 10", 5), ("51~200", 125),
        ("51-200名", 125), ("\uff11\uff11\uff0d\uff15\uff10", 30), ("1.001 bis 5.000", 3_000),
    ],
)  # fmt: skip
def test_a_number_of_employees_may_be_a_class(read, text, count):
    assert read(company={"employees": text}) == ({"employees": count}, {})


@pytest.mark.parametrize("text", ["10-Nov", "Oct-50", "2e3", "small", "11_50", "200ish"])
def test_a_number_of_employees_that_a_spreadsheet_spoilt_is_none(read, text):
    assert read(company={"employees": text}) == ({}, {"company.employees": "not_understood"})


@pytest.mark.parametrize(
    "address",
    ["a@x.example (Ann)", "a(at)x.example", "`a@x.example`",
     "\u202aa@x.example\u202c", "a\uff20x.example"],
)  # fmt: skip
def test_an_address_is_the_same_in_any_wrapping(read, address):
    assert read(contact={"email": address}) == read(contact={"email": "a@x.example"})


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("none@none.com", "filler"), ("test@test.de", "filler"),
        ("noemail@corp.example", "filler"),
        ("noresponder@x.example", "no_reply"), ("ne-pas-repondre@x.example", "no_reply"),
        ("a@10.0.0.1", "not_understood"), ("a@-x.example", "not_understood"),
    ],
)  # fmt: skip
def test_an_address_of_nobody_joins_no_persons(read, address, problem):
    facts, warnings = read(contact={"email": address})
    assert "email_digest" not in facts
    assert warnings == {"contact.email": problem}


@pytest.mark.parametrize("number", ["0000000", "01 01 01 01 01", "1212121212", "030 000000"])
def test_a_number_of_repeated_digits_joins_no_persons(read, number):
    facts, warnings = read(contact={"phone": number}, location={"country": "DE"})
    assert "phone_digest" not in facts
    assert warnings == {"contact.phone": "filler"}


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("DE", "D-01067", "01067"), ("AT", "A-1010", "1010"), ("CH", "CH 8001", "8001"),
        ("US", "CA 94016", "94016"), ("US", "\uff19\uff14\uff10\uff11\uff16", "94016"),
        ("CA", "K1A-0B1", "K1A0B1"),
        ("JP", "〒100-0001", "100-0001"), ("GB", "sw1a 1aa", "SW1A1AA"),
    ],
)  # fmt: skip
def test_a_postal_code_is_the_same_with_and_without_its_country(read, country, text, code):
    facts, warnings = read(location={"country": country, "postal_code": text})
    assert (facts["postal_code"], warnings) == (code, {})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutsch", "de"), ("français", "fr"), ("日本語", "ja"), ("English (US)", "en"),
        ("ger", "de"),
        ("en-US,en;q=0.9", "en"),
    ],
)  # fmt: skip
def test_a_language_has_a_name_of_its_own(read, text, code):
    assert read(contact={"language": text}) == ({"language": code}, {})


@pytest.mark.parametrize("text", ["xx", "jp", "sp", "Elvish"])
def test_a_language_that_there_is_not_is_none(read, text):
    assert read(contact={"language": text}) == ({}, {"contact.language": "not_understood"})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("W. Europe Standard Time", 60), ("America/New York", -300), ("UTC+2", 120),
        ("+02:00", 120),
        ("(GMT-08:00) Pacific Standard Time (America/Los_Angeles)", -480), ("UTC", 0),
    ],
)  # fmt: skip
def test_a_time_zone_is_read_from_windows_salesforce_and_offsets(read, text, minutes):
    facts, warnings = read(contact={"time_zone": text})
    assert (facts["utc_offset_minutes"], warnings) == (minutes, {})


@pytest.mark.parametrize(
    "text", ["https://linkedin.com/company/acme", "facebook.com/acme", "bit.ly/x"]
)
def test_a_page_on_somebody_elses_site_is_no_domain_of_a_company(read, text):
    assert read(company={"domain": text}) == ({}, {"company.domain": "not_understood"})


def test_initials_with_dots_are_a_title(read):
    assert read(contact={"job_title": "C.E.O."}) == ({"role": "c_level"}, {})


@pytest.mark.parametrize(
    "text", ["2026-11-23t11:59:00z", " 2026-11-23T11:59:00Z ", "2026-11-23T11:59:00\u200eZ"]
)
def test_a_time_may_be_written_small_and_copied(take, lead, text):
    assert (
        json.loads(take("leads", lead(occurred_at=text)).value)["occurred_at_ms"]
        == 1_795_435_140_000
    )


def test_a_report_is_not_lost_for_the_address_of_who_made_it(take, lead):
    report = {**lead(), "feedback_type": "won", "actor": "ann@firm.example"}
    admitted = take("feedback", report)
    assert [(each.field, each.problem) for each in admitted.warnings] == [("actor", "personal")]
    assert b"ann" not in admitted.value
