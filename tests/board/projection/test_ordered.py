"""A collection in pieces has what a sorted list has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.board.statistics import ordered
from router.board.statistics.ordered import Ordered

items = st.tuples(st.integers(0, 12), st.sampled_from("abc"))
changes = st.lists(st.tuples(st.sampled_from(("add", "add", "remove")), items), max_size=120)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr(ordered, "_PIECE", 3)


@given(changes, st.integers(-1, 13))
def test_it_has_what_a_sorted_list_has(made: list, bound: int):
    found: Ordered[tuple[int, str]] = Ordered()
    expected: list[tuple[int, str]] = []
    for what, item in made:
        if what == "add":
            found.add(item)
            expected.append(item)
        elif item in expected:
            found.remove(item)
            expected.remove(item)
        else:
            with pytest.raises(KeyError):
                found.remove(item)
    expected.sort()
    assert list(found) == expected
    assert len(found) == len(expected)
    assert found.head(4) == expected[:4]
    assert found.count_before((bound,)) == sum(item < (bound,) for item in expected)
