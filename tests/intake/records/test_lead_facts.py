"""What a lead event becomes: the facts that a policy can name."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def facts_of(event_of, lead):
    return lambda **fields: event_of("leads", lead(**fields)).facts


def test_a_lead_of_only_the_required_fields_is_admitted(event_of, lead):
    event = event_of("leads", lead())
    assert (event.event_id, event.event_type, event.lead_id) == ("e-1", "submitted", "l-1")
    assert event.occurred_at_ms == datetime(2026, 11, 23, 11, 59, tzinfo=UTC).timestamp() * 1000
    assert event.cleared == []


def test_an_empty_text_is_the_same_as_none(facts_of):
    assert facts_of(contact={"email": "", "phone": " "}, request="", location={"city": " "}) == (
        facts_of()
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann.Smith+fair@gmail.com", "annsmith@googlemail.com"),
        ("Ann@Firm.example", " ann@firm.example "),
        ("Ann <ann@firm.example>", "ann@firm.example"),
        ("ann+news@outlook.com", "ann@outlook.com"),
    ],
)
def test_spellings_of_one_mailbox_have_one_digest(facts_of, one, other):
    digest = facts_of(contact={"email": one}).email_digest
    assert digest == facts_of(contact={"email": other}).email_digest
    assert 0 < digest < 2**63


def test_different_mailboxes_have_different_digests(facts_of):
    addresses = ["a.b@firm.example", "ab@firm.example", "ab+x@firm.example", "ab@gmail.com"]
    assert len({facts_of(contact={"email": text}).email_digest for text in addresses}) == 4


@pytest.mark.parametrize(
    ("email", "kind"),
    [
        ("a@firm.example", "business"),
        ("a@web.de", "free_mail"),
        ("a@yopmail.com", "disposable"),
        ("a@x.mailinator.com", "disposable"),
    ],
)
def test_the_kind_of_an_address_is_told(facts_of, email, kind):
    facts = facts_of(contact={"email": email})
    assert (facts.email_kind, facts.email_domain) == (kind, email.partition("@")[2])


@pytest.mark.parametrize(
    ("phone", "country"),
    [("089 5550123", "Germany"), ("+49 (0)89 / 555 01 23", None), ("0049895550123", "AT")],
)
def test_spellings_of_one_number_have_one_digest(facts_of, phone, country):
    location = {"country": country} if country else {}
    written = facts_of(contact={"phone": phone}, location=location).phone_digest
    assert written == facts_of(contact={"phone": "+49895550123"}).phone_digest


def test_amounts_become_minor_units(facts_of):
    def minor(amount, currency):
        facts = facts_of(expected_value={"amount": amount, "currency": currency})
        return facts.expected_value_minor, facts.expected_value_currency

    assert minor(12, "eur") == (1_200, "EUR")
    assert minor(0.1 + 0.2, "EUR") == (30, "EUR")
    assert minor("19.99", "USD") == (1_999, "USD")
    assert minor(5_000, "JPY") == (5_000, "JPY")
    assert minor(1.5, "KWD") == (1_500, "KWD")
    assert minor(2.345, "EUR") == (234, "EUR")


def test_company_facts_are_normalised(facts_of):
    facts = facts_of(
        company={
            "name": "Müller & Söhne GmbH & Co. KG",
            "domain": "https://www.Mueller.example/kontakt",
            "employees": "51-200",
            "annual_revenue": {"amount": 7, "currency": "CHF"},
            "industry": "technolgy",
        }
    )
    assert facts.company_key == "muller sohne"
    assert facts.company_domain == "mueller.example"
    assert facts.employees == 125
    assert (facts.annual_revenue_minor, facts.annual_revenue_currency) == (700, "CHF")
    assert facts.industry == "technology"


def test_places_are_normalised(facts_of):
    facts = facts_of(
        location={
            "country": "U.S.A.",
            "state": "california",
            "city": " San  José ",
            "postal_code": "94 105",
        }
    )
    assert (facts.country, facts.state, facts.postal_code) == ("US", "CA", "94105")
    assert facts.city == "San José"


def test_wishes_are_normalised(facts_of):
    facts = facts_of(
        request="Rush Order",
        lead_source="Trade-Show",
        interest={"product": "GTX Pro", "quantity": 0, "timeframe": "This Quarter"},
    )
    assert (facts.request, facts.lead_source) == ("rush_order", "trade_show")
    assert (facts.product, facts.quantity, facts.timeframe) == ("gtxpro", 0, "this_quarter")


@pytest.mark.parametrize(
    ("contact", "location", "minutes"),
    [
        ({"time_zone": "Asia/Kolkata"}, {"country": "DE"}, 330),
        ({}, {"country": "DE"}, 60),
        ({}, {"country": "US", "state": "Texas"}, -360),
        ({}, {"country": "US"}, None),
        ({"time_zone": "Moon/Base"}, {"country": "GB"}, 0),
        ({}, {}, None),
    ],
)
def test_the_customers_offset_comes_from_zone_or_place(facts_of, contact, location, minutes):
    assert facts_of(contact=contact, location=location).utc_offset_minutes == minutes


def test_the_coming_changes_of_the_customers_clocks_go_with_it(facts_of, now_ms):
    berlin, tokyo = (facts_of(location={"country": country}) for country in ("DE", "JP"))
    times, changes = zip(*berlin.utc_offset_steps, strict=True)
    assert changes == (120, 60)
    assert now_ms < times[0] < times[1] < now_ms + 366 * 86_400_000
    assert (tokyo.utc_offset_minutes, tokyo.utc_offset_steps) == (540, [])


def test_preferred_times_are_minutes_of_the_day(facts_of):
    facts = facts_of(contact={"preferred_times": ["09:00-12:00", "14-16", "whenever"]})
    assert facts.preferred_windows == [(540, 720), (840, 960)]


def test_custom_fields_scores_and_ids_are_kept(facts_of):
    facts = facts_of(
        custom={"crm": "hubspot", "seats": 5, "share": 0.5, "trial": True, "gone": None},
        scores={"marketo": 57, "fit": 0.25},
        external_ids={"hubspot": 151, "salesforce": "00Q1"},
    )
    assert facts.custom == {"crm": "hubspot", "seats": 5, "share": 0.5, "trial": True}
    assert facts.scores == {"marketo": 57, "fit": 0.25}
    assert facts.external_ids == {"hubspot": "151", "salesforce": "00Q1"}


def test_consent_and_flags_are_kept(facts_of):
    facts = facts_of(consent={"email": "denied", "phone": None}, test=True, do_not_route=False)
    assert (facts.consent_email, facts.consent_phone) == ("denied", None)
    assert (facts.test, facts.do_not_route) == (True, False)


def test_the_sales_org_is_the_records_own_or_the_headers_or_the_default(take, lead):
    assert take("leads", lead()).sales_org == "main"
    assert take("leads", lead(sales_org="emea")).sales_org == "emea"
    assert take("leads", lead(), headers=[("sales_org", b"emea")]).sales_org == "emea"


@pytest.mark.parametrize(
    "phone", ["+49 89 1234567", "+1 555 555 5555", "+33 6 00 00 00 00", "+49 30 9876543"]
)
def test_a_number_that_people_write_who_give_none_is_nobodys(facts_of, phone):
    assert facts_of(contact={"phone": phone}).phone_digest is None
