"""Dates, times and numbers as a file's owner says that they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake.files.cells import BadCell
from router.intake.files.status import has_ended_in_crm
from router.intake.files.style import PLAIN, Style, read_date_order

US = Style("mdy", "America/New_York", ".", "USD")
GERMAN = Style("dmy", "Europe/Berlin", ",", "EUR")


@pytest.mark.parametrize(
    ("style", "text", "moment"),
    [
        (US, "11/1/16", "2016-11-01T00:00:00-04:00"),
        (US, "3/4/2026 3:05 PM", "2026-03-04T15:05:00-05:00"),
        (US, "03/04/2026, 12:30 am", "2026-03-04T00:30:00-05:00"),
        (GERMAN, "03.04.2026 14:30", "2026-04-03T14:30:00+02:00"),
        (GERMAN, "2026-03-02 10:00:00", "2026-03-02T10:00:00+01:00"),
        (PLAIN, "2026-03-02", "2026-03-02T00:00:00Z"),
        (GERMAN, "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"),
        (PLAIN, "0000-00-00", None), (US, "00-00-0000", None), (US, "0000-00-00 00:00:00", None),
    ],
)  # fmt: skip
def test_a_time_is_read_as_the_style_says(style, text, moment):
    assert style.moment(text) == moment


@pytest.mark.parametrize(
    ("style", "text", "problem"),
    [
        (PLAIN, "03/04/2026", "two ways"), (PLAIN, "01.02.2026", "two ways"),
        (PLAIN, "2026-03-02 10:00:00", "needs an offset"), (US, "13/13/2026", "is no date"),
        (US, "soon", "must be a date"),
    ],
)  # fmt: skip
def test_a_time_that_may_be_two_is_none(style, text, problem):
    found = style.moment(text)
    assert isinstance(found, BadCell)
    assert problem in found.problem


@pytest.mark.parametrize(
    ("style", "text", "number"),
    [
        (US, "$1,200,000.00", "1200000.00"), (US, "1,234", "1234"), (US, "12.50 USD", "12.50"),
        (US, "($5,000)", "-5000"), (US, "1.234", "1.2340"), (US, "€5.00", "EUR 5.00"),
        (GERMAN, "19.234,56", "19234.56"), (GERMAN, "512,77", "512.77"), (GERMAN, "1.234", "1234"),
        (GERMAN, "1 234,50 €", "1234.50"), (GERMAN, "0,5", "0.5"),
        (US, "1,23", "1,23"), (US, "10k", "10k"), (US, "50-99", "50-99"),
        (PLAIN, "1,234.56", "1,234.56"),
    ],
)  # fmt: skip
def test_a_number_is_written_anew_only_where_it_is_certain(style, text, number):
    if number == "EUR 5.00":
        assert style.number(text).endswith("5.00")
        assert style.number(text) != "5.00"
    else:
        assert style.number(text) == number


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_an_amount_reads_the_same_in_both_styles(whole, cents):
    american = f"{whole:,}.{cents:02}"
    german = american.translate(str.maketrans(".,", ",."))
    assert US.number(american) == GERMAN.number(german) == f"{whole}.{cents:02}"


@given(st.sampled_from([US, GERMAN, PLAIN]), st.text("0123456789.,$€ -/:()UEX", max_size=20))
def test_any_text_is_read_or_told(style, text):
    assert isinstance(style.number(text), str)
    assert isinstance(style.moment(text), str | BadCell | None)
    assert isinstance(style.day(text), str | BadCell)


def test_the_order_of_a_date_may_be_said_in_many_ways():
    orders = [read_date_order(text) for text in ("mdy", "MM/DD/YYYY", "%d.%m.%Y", "YYYY-MM-DD")]
    assert orders == ["mdy", "mdy", "dmy", "ymd"]
    assert [read_date_order(text) for text in ("foo", "md", "", "mm/mm/yyyy")] == [None] * 4


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ("Closed - Converted", True), ("Closed - Not Converted", True), ("Unqualified", True),
        ("Not interested", True), ("TRUE", True), (True, True), ("Open - Not Contacted", False),
        ("Working", False), ("", False), (None, False), ("Enclosed", False),
    ],
)  # fmt: skip
def test_a_status_says_whether_a_lead_has_ended(status, ended):
    assert has_ended_in_crm(status) is ended
