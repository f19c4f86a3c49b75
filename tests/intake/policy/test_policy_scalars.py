"""Durations, amounts, ranges, hours: what people write, and what they must not."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake.policy import scalars
from router.intake.policy.scalars import MONEY, WHOLE
from router.intake.policy.sections.hours import parse_hours, write_hours


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30d", 30 * 86_400_000),
        ("4h", 4 * 3_600_000),
        ("5m", 300_000),
        ("90s", 90_000),
        ("1w", 7 * 86_400_000),
        ("1h 30m", 5_400_000),
        ("1h30m", 5_400_000),
    ],
)
def test_durations_are_read(text, ms):
    assert scalars.duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "5", "d", "7 days", "-5m", "1.5h", "5M", "999999w", "5m!"])
def test_what_is_no_duration_is_none(text):
    assert scalars.duration_ms(text) is None


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("250+", (250, None)),
        ("50-249", (50, 249)),
        ("50 - 249", (50, 249)),
        ("50\N{EN DASH}249", (50, 249)),
        ("under 500", (None, 499)),
        ("Under 500", (None, 499)),
        ("over 100", (101, None)),
        ("at most 9", (None, 9)),
        ("at least 9", (9, None)),
        ("7", (7, 7)),
        ("-20 to -5", (-20, -5)),
        ("1_000+", (1000, None)),
    ],
)
def test_ranges_of_whole_numbers_include_their_ends(text, bounds):
    assert scalars.number_range(text, WHOLE) == bounds


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("5000+", (500_000, None)),
        ("1000-4999", (100_000, 499_999)),
        ("under 5000", (None, 499_999)),
        ("over 100", (10_001, None)),
        ("at most 500", (None, 50_099)),
        ("500", (50_000, 50_000)),
        ("10-19.50", (1_000, 1_950)),
    ],
)
def test_ranges_of_money_leave_no_cents_between_them(text, bounds):
    assert scalars.number_range(text, MONEY) == bounds


@pytest.mark.parametrize("text", ["", "+", "many", "50-", "249-50", "1,000+", "5k", "1.5", "1e3"])
def test_what_is_no_range_of_whole_numbers_is_none(text):
    assert scalars.number_range(text, WHOLE) is None


# Anything at all, and what nearly is something.
TEXTS = st.text(max_size=30) | st.text(
    "0123456789+-_.:%/, wdhmsTZ\N{EN DASH}\N{ARABIC-INDIC DIGIT THREE}", max_size=25
)
RANGES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "under ", "at most ", "over ", "at least "]),
    st.decimals(-(10**6), 10**6, places=2) | st.integers(-100, 100),
    st.sampled_from(["", "+", "-7", "-250000", " to 9.5", " to -3"]),
)


@given(TEXTS)
def test_any_text_is_a_duration_of_at_most_a_hundred_years_or_none(text):
    found = scalars.duration_ms(text)
    assert found is None or 0 <= found <= 100 * scalars.YEAR_MS
    assert found is None or found % scalars.SECOND_MS == 0


@given(TEXTS)
def test_any_text_is_an_exact_number_or_none(text):
    found = scalars.number(text)
    assert found is None or (found.is_finite() and found == Decimal(text.replace("_", "")))


@given(TEXTS)
def test_any_text_is_a_share_without_rest_or_none(text):
    found = scalars.share_permille(text)
    if found is not None:
        percent = text.endswith("%")
        assert Decimal(found) == Decimal(text.rstrip("% ").replace("_", "")) * (
            10 if percent else 1000
        )


@given(TEXTS | RANGES, st.sampled_from([WHOLE, MONEY]))
def test_any_text_is_a_range_that_holds_something_or_none(text, unit):
    found = scalars.number_range(text, unit)
    if found is not None:
        low, high = found
        assert (low, high) != (None, None)
        assert low is None or high is None or low <= high


@given(TEXTS | st.datetimes(timezones=st.timezones()).map(str) | st.dates().map(str))
def test_any_text_is_a_moment_or_none(text):
    found = scalars.moment_ms(text)
    if found is not None:
        given_moment = datetime.fromisoformat(text)
        if given_moment.tzinfo is None:
            given_moment = given_moment.replace(tzinfo=UTC)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found)
        assert abs(moment - given_moment) <= timedelta(milliseconds=1)


@given(TEXTS)
def test_any_text_is_hours_that_read_back_or_none(text):
    for hours in (parse_hours(text), parse_hours(f"Mon-Fri {text}")):
        if hours is not None:
            assert all(day in range(7) and 0 <= start < 1440 for day, start, _ in hours)
            assert all(start < end <= start + 1440 for _, start, end in hours)
            assert parse_hours(write_hours(hours)) == hours


@pytest.mark.parametrize(("text", "permille"), [("0.8", 800), ("80%", 800), ("1", 1000), ("0", 0)])
def test_shares_are_thousandths(text, permille):
    assert scalars.share_permille(text) == permille


def test_numbers_are_exact():
    assert scalars.number("0.1") == Decimal("0.1")
    assert scalars.number("NaN") is None
    assert scalars.number("٣") is None


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2027-01-04T08:00:00Z", 1_799_049_600_000),
        ("2027-01-04T09:00:00+01:00", 1_799_049_600_000),
        ("2027-01-04", 1_799_020_800_000),
    ],
)
def test_moments_are_read(text, ms):
    assert scalars.moment_ms(text) == ms


@pytest.mark.parametrize("text", ["2027-01-04T08:00:00", "tomorrow", "2027-13-01", "20270104"])
def test_a_moment_without_its_offset_is_none(text):
    assert scalars.moment_ms(text) is None


def test_gaps_and_overlaps_are_found():
    assert scalars.gaps_and_overlaps([(70, None), (40, 60), (None, 39)]) == ([(61, 69)], [])
    assert scalars.gaps_and_overlaps([(1, 49), (40, 60)]) == ([], [1])
    assert scalars.gaps_and_overlaps([(10, None), (20, 30)]) == ([], [1])
    assert scalars.gaps_and_overlaps([(None, 5), (None, 9)])[1] == [1]
    assert scalars.gaps_and_overlaps([(1, 100), (2, 5), (50, 60)])[1] == [1, 2]


@given(st.sets(st.integers(-50, 50), min_size=1, max_size=8))
def test_ranges_cut_at_any_points_have_no_gap_and_no_overlap(cuts):
    ordered = sorted(cuts)
    ranges = [(low, high - 1) for low, high in itertools.pairwise(ordered)]
    whole = [(None, ordered[0] - 1), *ranges, (ordered[-1], None)]
    assert scalars.gaps_and_overlaps(whole[::-1]) == ([], [])


WEEK = tuple((day, 510, 1080) for day in range(5))


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("Mon-Fri 08:30-18:00", WEEK),
        ("monday-friday 8:30 - 18:00", WEEK),
        ("Mon/Wed 09:00-12:00", ((0, 540, 720), (2, 540, 720))),
        ("Mon 09:00-12:00 13:00-17:00", ((0, 540, 720), (0, 780, 1020))),
        ("Mon 09:00-12:00, 13:00-17:00", ((0, 540, 720), (0, 780, 1020))),
        ("Sat-Mon 10:00-12:00", ((0, 600, 720), (5, 600, 720), (6, 600, 720))),
        ("Fri 22:00-02:00", ((4, 1320, 1560),)),
        ("Fri 22:00-24:00, Sat 00:00-02:00", ((4, 1320, 1560),)),
        ("Fri/Sat 00:00-24:00", ((4, 0, 1440), (5, 0, 1440))),
        ("Sun 22:00-24:00", ((6, 1320, 1440),)),
        ("Mon 09:00-12:00 11:00-13:00", ((0, 540, 780),)),
    ],
)
def test_duty_hours_are_read(text, windows):
    assert parse_hours(text) == windows


@pytest.mark.parametrize(
    "text",
    ["", "9 to 5", "Mon", "09:00-17:00", "Moo 09:00-17:00", "Mon 25:00-26:00", "Mon 9:60-10:00"],
)
def test_what_are_no_duty_hours_is_none(text):
    assert parse_hours(text) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1438), st.integers(1, 1440)).filter(
            lambda window: window[1] < window[2]
        ),
        min_size=1,
        max_size=10,
    )
)
def test_written_hours_read_back_as_they_were(windows):
    joined = parse_hours(write_hours(windows))
    assert joined is not None
    assert parse_hours(write_hours(joined)) == joined
