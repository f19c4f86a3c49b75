"""Whatever happens, and in whatever order the topics are read, the board counts the same."""

from __future__ import annotations

from collections import defaultdict
from random import Random

from happenings import happenings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.board.answers.moment import Moment
from router.board.projection.sales_org import KEPT_MS
from tests.board.projection.board_answers import answers
from tests.board.projection.left_in_topics import (
    CARRIES,
    Topics,
    folded,
    happen,
    in_order,
    new_projection,
    of_the_last_day,
    read,
)
from tests.board.recount import DAY_MS, check_shown, recount

MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def moment_of(topics: Topics) -> Moment:
    return Moment(topics.now_ms, topics.now_ms // DAY_MS * DAY_MS)


@MANY
@given(happenings, st.randoms(use_true_random=False))
def test_the_board_counts_what_the_topics_hold(numbers: list[int], random: Random):
    topics = happen(numbers, random)
    moment = moment_of(topics)
    projection = new_projection(topics.now_ms - KEPT_MS)
    read(projection, of_the_last_day(topics, topics.now_ms - KEPT_MS, random), random)
    assert projection.unreadable == 0
    check_shown(
        answers(projection, moment),
        recount(topics.records, "main", moment.now_ms, moment.day_ms),
    )


@MANY
@given(happenings, st.randoms(use_true_random=False))
def test_a_board_begun_anew_shows_what_one_shows_that_was_there_all_along(
    numbers: list[int], random: Random
):
    topics = happen(numbers, random)
    moment = moment_of(topics)
    there = new_projection(0)
    for record in in_order(topics):
        there.forget_old(record.timestamp_ms)
        there.apply(CARRIES[record.topic], [folded(record)])
    anew = new_projection(topics.now_ms - KEPT_MS)
    read(anew, of_the_last_day(topics, topics.now_ms - KEPT_MS, random), random)
    shown, expected = answers(anew, moment), answers(there, moment)
    for name in expected:
        assert shown[name] == expected[name]


@MANY
@given(happenings, st.randoms(use_true_random=False))
def test_a_leads_story_holds_every_decision_of_the_day_in_order(numbers: list[int], random: Random):
    topics = happen(numbers, random)
    since_ms = topics.now_ms - KEPT_MS
    projection = new_projection(since_ms)
    read(projection, of_the_last_day(topics, since_ms, random), random)
    stories = projection.orgs["main"].stories
    expected: dict[str, list[bytes]] = defaultdict(list)
    for record in topics.records["lead.assignments"]:
        if record.timestamp_ms >= since_ms:
            expected[(record.key or b"").decode()].append(record.value or b"")
    assert {lead_id: stories.of(lead_id) for lead_id in expected} == dict(expected)
