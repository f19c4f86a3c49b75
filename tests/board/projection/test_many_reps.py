"""A thousand reps over a whole day: what each got in every minute and hour has its bounds."""

from __future__ import annotations

import gc
import tracemalloc
from random import Random

import pytest

from router.board.answers.moment import Moment
from router.board.answers.series import series
from router.board.projection.rows import decode_decision
from router.board.projection.sales_org import (
    KEPT_MINUTES,
    KEPT_QUARTERS,
    OrgProjection,
    _charted,
)
from router.board.statistics.series import DAY_MS, MINUTE_MS, QUARTER_MS
from tests.board.at_once import at_once
from tests.board.projection.test_event_loop import LONGEST_S, longest_s

REPS = 1_000
ENDED_MS = 20_001 * DAY_MS - 1
MOMENT = Moment(ENDED_MS, ENDED_MS - DAY_MS + 1)
BYTES_MAX = 12 * 1024 * 1024
NAMED = (
    '{"lead_id":"x","sales_org":"main","sequence":1,"outcome":"assigned","reason":"rotation",'
    '"decided_at":"2024-10-04T12:00:00Z","inbox":{"offset":1},"sales_channel":"inside",'
    '"pool_id":"pool-%d","rep_id":"a-rep-with-a-long-id-%d"}'
)


def keys_of(rep: int) -> list[tuple[str, str]]:
    """Of a new event each time, so that its strings are others than those before."""
    return _charted(decode_decision((NAMED % (rep % 20, rep)).encode()))


def busy_org() -> OrgProjection:
    """Each rep has a decision in each minute and quarter that is kept, and more were before."""
    org = OrgProjection("main", 1_000_000)
    for back in range(KEPT_QUARTERS + 9, -1, -1):
        for rep in range(REPS):
            org.quarters.add(ENDED_MS - back * QUARTER_MS, keys_of(rep))
    for back in range(KEPT_MINUTES + 9, -1, -1):
        for rep in range(REPS):
            org.minutes.add(ENDED_MS - back * MINUTE_MS, keys_of(rep))
    return org


@pytest.fixture(scope="module")
def measured() -> tuple[OrgProjection, int]:
    """The sales org, and the bytes that it takes."""
    gc.collect()
    tracemalloc.start()
    org = busy_org()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return org, taken


def test_the_day_of_a_thousand_reps_takes_some_megabytes(measured: tuple[OrgProjection, int]):
    assert measured[1] < BYTES_MAX


@pytest.mark.parametrize("step", ["minute", "hour"])
def test_the_day_of_a_thousand_reps_is_told_a_little_at_a_time(
    measured: tuple[OrgProjection, int], step: str
):
    org = measured[0]
    assert longest_s(lambda: series(org, MOMENT, "rep", step, None)) < LONGEST_S
    told = at_once(series(org, MOMENT, "rep", step, None))["spans"]
    each = {"minute": (60, 1), "hour": (24, 4)}[step]
    assert [len(row["counts"]) for row in told] == [REPS] * each[0]
    assert {count for row in told for count in row["counts"].values()} == {each[1]}


def test_one_reps_day_is_that_part_of_everybodys(measured: tuple[OrgProjection, int]):
    org, name = measured[0], f"a-rep-with-a-long-id-{Random(1).randrange(REPS)}"
    alone = at_once(series(org, MOMENT, "rep", "hour", name))["spans"]
    every = at_once(series(org, MOMENT, "rep", "hour", None))["spans"]
    assert [row["counts"] for row in alone] == [{name: row["counts"][name]} for row in every]
    nobody = at_once(series(org, MOMENT, "rep", "hour", "nobody"))["spans"]
    assert [row["counts"] for row in nobody] == [{}] * 24


def test_what_comes_meanwhile_is_in_the_next_answer(measured: tuple[OrgProjection, int]):
    org = measured[0]
    under_way = series(org, MOMENT, "pool", "hour", None)
    next(under_way)
    org.quarters.add(ENDED_MS, keys_of(0))
    before, after = at_once(under_way), at_once(series(org, MOMENT, "pool", "hour", None))
    (one, other) = (each["spans"][-1]["counts"]["pool-0"] for each in (before, after))
    assert other == one + 1
