"""Counts since a time are those of the spans since then, whatever came meanwhile."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from router.board.statistics.series import Series

KEPT, WIDTH_MS = 6, 10
steps = st.lists(st.tuples(st.integers(0, 150), st.sampled_from("abc"), st.integers(0, 15)))


@given(steps)
def test_what_is_asked_for_again_and_again_is_counted_on(made: list[tuple[int, str, int]]):
    series, spans, newest = Series(WIDTH_MS, KEPT), [], 0
    for at_ms, value, first in made:
        series.add(at_ms, [("letter", value)])
        newest = max(newest, at_ms // WIDTH_MS)
        spans = [each for each in [*spans, (at_ms // WIDTH_MS, value)] if each[0] > newest - KEPT]
        for since in (first, first, 3):
            found = series.since(since * WIDTH_MS, "letter")
            assert found == Counter(value for place, value in spans if place >= since)
