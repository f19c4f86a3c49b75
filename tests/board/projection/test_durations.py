"""Percentiles by class are near the true ones, and what is taken out leaves no trace."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from router.board.statistics.durations import class_of, merged, percentile_ms, top_of

durations = st.integers(0, 1 << 40)


@given(durations)
def test_a_duration_is_in_its_class_and_near_its_top(duration_ms: int):
    top = top_of(class_of(duration_ms))
    assert duration_ms <= top <= duration_ms * 1.032 + 1


@given(st.integers(0, 1 << 20))
def test_classes_follow_each_other_without_a_gap(duration_ms: int):
    step = class_of(duration_ms + 1) - class_of(duration_ms)
    assert step in (0, 1)
    if step:
        assert top_of(class_of(duration_ms)) == duration_ms


@given(st.lists(durations, min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_the_nearest_rank_or_up_to_a_class_above(took: list[int], percent: int):
    counts = Counter(map(class_of, took))
    true = sorted(took)[-(-len(took) * percent // 100) - 1]
    found = percentile_ms(counts, percent)
    assert found is not None
    assert true <= found <= true * 1.032 + 1


def test_there_is_no_percentile_of_nothing():
    assert percentile_ms({}, 50) is None


def test_a_clock_that_runs_backwards_or_for_ages_counts_at_the_ends():
    assert class_of(-5) == class_of(0)
    assert class_of(1 << 60) == class_of(1 << 40)


@given(st.lists(durations), st.lists(durations))
def test_histograms_add_up(one: list[int], other: list[int]):
    parts = [Counter(map(class_of, one)), Counter(map(class_of, other))]
    assert merged(parts) == Counter(map(class_of, one + other))
