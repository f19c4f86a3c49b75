"""Reps and their loads come in any order, and in several versions until the topic is compacted."""

from __future__ import annotations

from dataclasses import asdict
from itertools import permutations

import pytest
from world import REPS

from router.board.projection.route_state import Company

REP_ID = REPS[0].rep_id
REP = {"number": 0, "profile": asdict(REPS[0]), "joined_ms": 0, "given_up": {}}
RECORDS = [
    ("rep", REP),
    ("load", {"inside": [1, 20_000, 1, []]}),
    ("load", {"inside": [2, 20_000, 2, []]}),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_load_that_was_written_last_stands_wherever_the_rep_is_read(order: tuple[int, ...]):
    company, last = Company("main"), {}
    for kind, value in [RECORDS[at] for at in order]:
        company.take_back(kind, REP_ID, value)
        last[kind] = value
    (rep,) = company.reps
    assert rep.loads["inside"].open == last["load"]["inside"][0]
