"""Records that no router wrote are counted as unreadable, and keep nothing else from view."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.board.answers.moment import Moment
from router.board.answers.policies import policies
from router.board.projection.projection import Carries, Record
from tests.board.projection.board_answers import answers
from tests.board.projection.left_in_topics import CARRIES, new_projection


@pytest.mark.parametrize(
    "odd", [{"published_at": "soon"}, {"compiled": {"effective_from_ms": 10**18}}]
)
def test_a_policy_without_a_time_that_can_be_shown_does_not_keep_the_others_from_view(odd):
    plain = {"policy_id": "p", "version": 1, "published_at": "2027-01-12T09:30:00Z"}
    projection = new_projection(0)
    for offset, policy in enumerate([plain | {"version": 2} | odd, plain]):
        record = Record(0, offset, 1, b"main/p", msgspec.json.encode(policy))
        projection.apply("policies", [record])
    shown = policies(projection.orgs["main"], Moment(1, 0))["history"]
    assert (projection.unreadable, [row["version"] for row in shown]) == (1, [1])


@pytest.mark.parametrize("carries", list(CARRIES.values()))
@given(st.binary(max_size=60), st.binary(max_size=12) | st.just(b"lead/main/x"))
def test_a_record_that_cannot_be_read_is_counted_and_harms_nothing(
    carries: Carries, value: bytes, key: bytes
):
    projection = new_projection(0)
    projection.apply(carries, [Record(0, 0, 1, key, value, (("offset", value),))])
    assert projection.unreadable in (0, 1)
    assert answers(projection, Moment(1, 0))["overview"]["today"]["decisions"] == 0
