"""Which territory names a lead most closely."""

from hypothesis import given
from hypothesis import strategies as st

from router.core.compiled.condition_index import ConditionIndex
from router.core.compiled.territory_rows import closest_first, territory_rows
from router.core.compiled.view import View
from router.core.model import policy
from router.core.model.events import Facts
from router.core.model.policy import Territory


def order_of(facts, territories, market="m"):
    index = ConditionIndex()
    rows = territory_rows(territories, index)
    index.close()
    early = index.early(View(facts, None, market, 0))
    return closest_first(rows, index.late(early, None, 0))


def codes(*entries):
    values = tuple(entry for entry in entries if not entry.endswith("*"))
    starts = tuple(entry.removesuffix("*") for entry in entries if entry.endswith("*"))
    return policy.Test("postal_code", values, starts)


def patch(name, *tests, market=None):
    return Territory(name, market, tests)


A = patch("a", codes("123*", "9*"))
B = patch("b", codes("12*"))


def test_the_entry_that_matched_counts_and_not_the_shortest_of_the_list():
    assert order_of(Facts(postal_code="123456"), [B, A]) == ("a", "b")
    assert order_of(Facts(postal_code="129999"), [B, A]) == ("b",)
    assert order_of(Facts(postal_code="999999"), [B, A]) == ("a",)


def test_a_whole_value_is_closer_than_any_start():
    whole, start = patch("whole", codes("1*", "123456")), patch("start", codes("12345*"))
    assert order_of(Facts(postal_code="123456"), [start, whole]) == ("whole", "start")
    assert order_of(Facts(postal_code="123457"), [whole, start]) == ("start", "whole")


def test_more_fields_come_before_longer_starts_and_a_market_before_none():
    germany = policy.Test("country", ("de",))
    two = patch("two", germany, codes("1*"))
    near, here = patch("near", codes("1234*")), patch("here", codes("1*"), market="m")
    found = order_of(Facts(country="DE", postal_code="12345"), [near, here, two])
    assert found == ("two", "here", "near")


def test_of_two_as_close_the_first_in_the_file_comes_first():
    first, second = patch("first", codes("12*", "4*")), patch("second", codes("12*", "5*"))
    assert order_of(Facts(postal_code="123"), [first, second]) == ("first", "second")
    assert order_of(Facts(postal_code="123"), [second, first]) == ("second", "first")


ENTRIES = st.lists(st.from_regex(r"[12]{1,3}\*?", fullmatch=True), min_size=1, max_size=4)


def closeness_by_hand(entries, code):
    """The longest entry that fits; None if none does."""
    lengths = [
        len(entry) - 1 if entry.endswith("*") else 1_000
        for entry in entries
        if code == entry or (entry.endswith("*") and code.startswith(entry[:-1]))
    ]
    return max(lengths, default=None)


@given(st.lists(ENTRIES, min_size=1, max_size=5), st.text("12", min_size=1, max_size=4))
def test_the_order_is_that_of_the_longest_entry_that_fits(lists, code):
    territories = [patch(str(place), codes(*entries)) for place, entries in enumerate(lists)]
    fitting = [
        (-length, place)
        for place, entries in enumerate(lists)
        if (length := closeness_by_hand(entries, code)) is not None
    ]
    expected = tuple(str(place) for _, place in sorted(fitting))
    assert order_of(Facts(postal_code=code), territories) == expected
