"""Numbers are read whole or not at all, and money in the currency that it names."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.model.events import ReadProblem
from router.intake.normalise.money import (
    AMOUNT_MAX,
    UnreadMoney,
    exponents,
    minor_units,
    read_money,
)
from router.intake.normalise.numbers import read_number, read_whole

AMBIGUOUS, NOT_UNDERSTOOD = ReadProblem.AMBIGUOUS, ReadProblem.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", "1200"), ("49.90", "49.90"), ("512,77", "512.77"), ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"), ("1,200,000.00", "1200000.00"), ("1.200.000", "1200000"),
        ("12,34,567.5", "1234567.5"), ("12,34,567", "1234567"), ("1'200.50", "1200.50"),
        ("1 200 000", "1200000"), ("1\u202f200,5", "1200.5"), ("10k", "10000"), ("1.2m", "1200000"),
        ("1,5 Mio", "1500000"), ("2bn", "2000000000"), ("(5,000.00)", "-5000.00"), ("-3", "-3"),
        ("\u22123", "-3"), ("+7", "7"), ("0.500", "0.500"), ("1234.567", "1234.567"),
        (".5", "0.5"), ("5.", "5"), ("\u0661\u0662", "12"), ("\uff11\uff12", "12"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(text, value):
    assert read_number(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1.234", AMBIGUOUS), ("1,234", AMBIGUOUS), ("75.000", AMBIGUOUS), ("1.234k", AMBIGUOUS),
        ("", NOT_UNDERSTOOD), ("many", NOT_UNDERSTOOD), ("5 pieces", NOT_UNDERSTOOD),
        ("1.23.4", NOT_UNDERSTOOD), ("1,23,4", NOT_UNDERSTOOD), ("1.2,3,4", NOT_UNDERSTOOD),
        ("12-15", NOT_UNDERSTOOD), ("2026-01-02", NOT_UNDERSTOOD), ("1e5", NOT_UNDERSTOOD),
        ("0x10", NOT_UNDERSTOOD), ("9" * 50, ReadProblem.TOO_LARGE),
    ],
)  # fmt: skip
def test_what_is_not_wholly_a_number_is_none(text, problem):
    assert read_number(text) is problem


def test_whoever_says_how_they_write_is_not_ambiguous():
    assert (read_number("1.234", "."), read_number("1.234", ",")) == (Decimal("1.234"), 1234)
    assert (read_number("1,234", "."), read_number("1,234", ",")) == (1234, Decimal("1.234"))


def test_pieces_have_no_parts():
    assert (read_whole("1.234"), read_whole("1,234"), read_whole("3")) == (1234, 1234, 3)
    assert read_whole("2.5") is ReadProblem.NOT_WHOLE


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_problem(text):
    assert isinstance(read_number(text), Decimal | ReadProblem)
    assert isinstance(read_whole(text), int | ReadProblem)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_a_number_written_either_way_is_the_same(value):
    point, comma = f"{value:,.2f}", f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert read_number(point) == read_number(comma) == value


def minor(value):
    found = read_money(value)
    return found if isinstance(found, UnreadMoney) else minor_units(**found)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"amount": "1.234,56", "currency": "eur"}, (123_456, "EUR")),
        ({"amount": "$1,200,000.00", "currency": "USD"}, (120_000_000, "USD")),
        ({"amount": "1,234", "currency": "USD"}, (123_400, "USD")),
        ({"amount": "1.234", "currency": "JPY"}, (1_234, "JPY")),
        ({"amount": "1.234", "currency": "KWD"}, (1_234, "KWD")),
        ({"amount": 12.5, "currency": " usd "}, (1_250, "USD")),
        ("€1.200,50", (120_050, "EUR")), ("1,200.50 EUR", (120_050, "EUR")),
        ("US$ 10k", (1_000_000, "USD")), ("1.2m EUR", (120_000_000, "EUR")),
        ("CHF 1'200.00", (120_000, "CHF")),
        ({"amount": "1.234", "currency": "EUR"}, ("amount", AMBIGUOUS)),
        ({"amount": -5, "currency": "EUR"}, ("amount", ReadProblem.NEGATIVE)),
        ({"amount": "(5,000,000)", "currency": "EUR"}, ("amount", ReadProblem.NEGATIVE)),
        ({"amount": 10**13, "currency": "EUR"}, ("amount", ReadProblem.TOO_LARGE)),
        ({"amount": "5 USD", "currency": "EUR"}, ("currency", AMBIGUOUS)),
        ({"amount": 5}, ("currency", ReadProblem.NO_CURRENCY)),
        ({"amount": 5, "currency": "DEM"}, ("currency", ReadProblem.UNKNOWN_CURRENCY)),
        ({"amount": 5, "currency": "XXX"}, ("currency", ReadProblem.UNKNOWN_CURRENCY)),
        ("$5", ("currency", ReadProblem.NO_CURRENCY)),
        (5000, ("currency", ReadProblem.NO_CURRENCY)),
        ({"amount": True, "currency": "EUR"}, ("amount", ReadProblem.WRONG_TYPE)),
    ],
)  # fmt: skip
def test_money_is_read_in_the_currency_that_it_names(value, found):
    assert minor(value) == found


def test_no_amount_in_minor_units_comes_near_64_bits():
    assert max(AMOUNT_MAX * 10**exponent for exponent in exponents().values()) <= 10**16


@given(
    st.one_of(st.integers(0, AMOUNT_MAX), st.decimals(0, AMOUNT_MAX, places=3).map(str)),
    st.sampled_from(sorted(exponents())),
)
def test_an_amount_that_was_read_reads_as_itself(amount, currency):
    once = read_money({"amount": amount, "currency": currency})
    if not isinstance(once, UnreadMoney):
        again = read_money(once)
        assert not isinstance(again, UnreadMoney)
        assert minor_units(**again) == minor_units(**once)
