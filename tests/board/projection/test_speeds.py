"""What is summed up ahead is what the quarters hold, whatever was asked before."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from router.board.projection.histories import Speed
from router.board.statistics.durations import class_of
from router.board.statistics.series import QUARTER_MS
from router.board.statistics.speeds import Speeds

KEPT = 5
speeds = st.builds(
    Speed,
    st.sampled_from(("assignment", "acceptance")),
    st.integers(0, 12).map(lambda quarter: quarter * QUARTER_MS + 7),
    st.sampled_from(("field", "inside")),
    st.sampled_from(("ida", "ike")),
    st.integers(0, 5_000),
)
steps = st.lists(st.tuples(speeds, st.booleans(), st.integers(0, 13)), max_size=60)


@given(steps)
def test_speeds_come_and_go_and_windows_move(made: list[tuple[Speed, bool, int]]):
    found, held, newest = Speeds(KEPT), [], 0
    for speed, goes_again, first in made:
        found.replace([], [speed])
        newest = max(newest, speed.at_ms // QUARTER_MS)
        held.append(speed)
        if goes_again:
            found.replace([speed], [])
            held.remove(speed)
        held = [each for each in held if each.at_ms // QUARTER_MS > newest - KEPT]
        asked_ms = first * QUARTER_MS
        for kind, name in (("rep", "ida"), ("channel", "field"), ("channel", None)):
            expected = Counter(
                class_of(each.took_ms)
                for each in held
                if each.what == "acceptance"
                and each.at_ms >= asked_ms
                and name in {None, each.rep_id, each.channel}
            )
            assert found.histogram(asked_ms, "acceptance", kind, name) == expected
