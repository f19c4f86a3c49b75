"""Spellings of countries, states, titles, companies, numbers of employees, languages, times."""

import re

import phonenumbers
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.model.events import ReadProblem
from router.intake.normalise.company import (
    EMPLOYEES_MAX,
    company_key,
    read_company_domain,
    read_employees,
)
from router.intake.normalise.phone import read_phone
from router.intake.normalise.places.country import read_country
from router.intake.normalise.places.state import read_state
from router.intake.normalise.role import read_role
from router.intake.normalise.vocabulary import read_industry, read_language
from router.intake.time.day_times import read_windows


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"), ("deu", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"),
        ("Philipines", "PH"), ("USA", "US"), ("U.S.", "US"), ("Untied States", "US"),
        ("the Netherlands", "NL"), ("Korea", "KR"), ("England", "GB"), ("no", "NO"),
        ("Österreich", "AT"), ("Côte d'Ivoire", "CI"), ("Brasil", "BR"), ("Autralia", "AU"),
        ("Niger", "NE"), ("Nigeria", "NG"), ("Wakanda", None), ("?", None), ("X", None),
    ],
)  # fmt: skip
def test_a_country_is_recognised(text, code):
    assert read_country(text) == code


def test_every_country_is_known_by_its_english_name_and_codes():
    for country in pycountry.countries:
        for text in (country.name, country.alpha_2, country.alpha_3):
            assert read_country(text) == country.alpha_2, text


@pytest.mark.parametrize(
    ("text", "country", "state"),
    [
        ("California", "US", "CA"), ("us-ca", "US", "CA"), ("ca", "US", "CA"),
        ("Québec", "CA", "QC"), ("Ontario", None, "ON"), ("Bayern", "DE", "BY"),
        ("DE-BY", "DE", "BY"), ("", "DE", None),
    ],
)  # fmt: skip
def test_a_state_is_recognised(text, country, state):
    assert read_state(text, country) == state


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("CEO", "c_level"), ("Chief Revenue Officer", "c_level"), ("Co-Founder", "c_level"),
        ("Geschäftsführerin", "c_level"), ("Directeur général", "c_level"),
        ("Consejero Delegado", "c_level"), ("VP Sales", "vp"), ("Vice President, IT", "vp"),
        ("Vicepresidenta", "vp"), ("Director of IT", "director"), ("Head of Sales", "director"),
        ("Leiterin Einkauf", "director"), ("Einkaufsleiter", "director"),
        ("Directrice marketing", "director"), ("Abteilungsleiter", "manager"),
        ("Chef de projet", "manager"), ("Jefe de compras", "manager"),
        ("Marketing Manager", "manager"), ("Assistant to the CEO", "staff"),
        ("Product Owner", "staff"), ("Engineer", "staff"), ("Praktikant", "staff"),
        ("  ", None),
    ],
)  # fmt: skip
def test_a_job_title_speaks_of_a_level(title, role):
    assert read_role(title) == role


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme, Inc.", "acme"), ("ACME", "acme"), ("Acme Holding Ltd", "acme holding"),
        ("S.A.P. SE", "sap"), ("L'Oréal S.A.", "l oreal"), ("AG", "ag"), ("...", None),
        ("Betasoloin", "betasoloin"),
    ],
)  # fmt: skip
def test_a_company_has_one_key(name, key):
    assert company_key(name) == key


@pytest.mark.parametrize(
    ("text", "employees"),
    [
        ("51-200", 125), ("51 \N{EN DASH} 200 employees", 125), ("1,000+", 1000),
        ("10.001 or more", 10_001), ("<10", 9), ("under 50", 49), ("5k", 5_000),
        ("1.5k-2k", 1_750), ("17", 17), ("50-99", 74), ("10,001+", 10_001), ("Self-employed", 1),
        ("1.234", 1_234), ("approx. 500 people", 500), ("up to 50", 50), ("", None),
        ("many", ReadProblem.NOT_UNDERSTOOD), ("9" * 60, ReadProblem.TOO_LARGE),
        ("founded 1999 with 50 people", ReadProblem.NOT_UNDERSTOOD), ("-5", ReadProblem.NEGATIVE),
        ("10-Nov", ReadProblem.NOT_UNDERSTOOD), ("2.5", ReadProblem.NOT_WHOLE),
    ],
)  # fmt: skip
def test_a_number_of_employees_is_read(text, employees):
    assert read_employees(text) == employees


def test_known_industries_are_mended_and_others_kept():
    assert read_industry("Technolgy") == "technology"
    assert read_industry("Basket Weaving") == "basket weaving"


def test_languages_are_read():
    assert [read_language(text) for text in ("de-AT", "German", "deu", "pt_BR", "??")] == [
        "de", "de", "de", "pt", None,
    ]  # fmt: skip


def test_domains_are_read():
    assert read_company_domain("HTTP://www.Firm.example:8080/x?y") == "firm.example"
    assert read_company_domain("not a domain") is None


def test_times_of_day_are_read():
    assert read_windows("morning, 13:30-15:00") == ((480, 720), (810, 900))
    assert read_windows("12:00-09:00") == ()


TEXTS = st.text(max_size=64) | st.text("0123456789 +-.,:/()kmKM\N{EN DASH}<@", max_size=24)


@given(TEXTS)
def test_whatever_is_written_a_reader_gives_what_it_promises_or_none(text):
    country, language = read_country(text), read_language(text)
    assert country is None or pycountry.countries.get(alpha_2=country)
    assert language is None or (2 <= len(language) <= 3 and language.islower())
    assert read_role(text) in {"staff", "manager", "director", "vp", "c_level", None}
    employees = read_employees(text)
    assert not isinstance(employees, int) or 0 <= employees <= EMPLOYEES_MAX
    domain = read_company_domain(text)
    is_none = domain is None or isinstance(domain, ReadProblem)
    assert is_none or ("." in domain and " " not in domain and domain == domain.casefold())
    phone = read_phone(text, "DE")
    assert phone is None or re.fullmatch(r"\+[1-9][0-9]{1,16}", phone)
    assert all(0 <= start < end <= 1440 for start, end in read_windows(text))


@given(TEXTS)
def test_what_is_read_is_one_spelling_and_reads_as_itself(text):
    for read in (company_key, read_industry):
        once = read(text)
        assert once is None or read(once) == once
    state = read_state(text, "US")
    assert state is None or " ".join(state.split()) == state


def test_the_short_way_reads_numbers_as_the_library_does():
    region_count = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (0, 1, 3, 4):  # fixed line, mobile, toll free, premium
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            region_count += 1
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            for form in (0, 1, 2):  # E.164, international, national
                text = phonenumbers.format_number(number, form)
                assert read_phone(text, region) == e164, (text, region)
            assert read_phone("00" + e164[1:], "DE") == e164
    assert region_count > 600


@given(number=st.from_regex(r"\A(\+|00|0|)[1-9][0-9 ]{6,13}\Z"), region=st.sampled_from(
    ["DE", "US", "GB", "FR", "IT", "AU", "BR", "JP", None]))  # fmt: skip
def test_any_number_is_read_as_the_library_does_when_that_finds_it_valid(number, region):
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return
    if phonenumbers.is_valid_number(parsed):
        e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert read_phone(number, region) == e164
