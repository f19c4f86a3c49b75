"""Decisions are worth nearly as much as hindsight could make them."""

from __future__ import annotations

from statistics import mean

import pytest

from tests.quality.__main__ import KINDS, OURS, OVER_GREEDY, TARGETS, simulated
from tests.quality.baselines import greedy
from tests.quality.bound import best_in_hindsight
from tests.quality.files import BEST
from tests.quality.world import world

SEEDS = (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_scarce_visits_go_where_they_pay(kind):
    shares = []
    for seed in SEEDS:
        of = world(kind, seed)
        best = best_in_hindsight(of)
        shares.append((100 * simulated(of, BEST) / best, 100 * greedy(of) / best))
    ours, greedily = (mean(each) for each in zip(*shares, strict=True))
    assert ours >= TARGETS[kind], f"{OURS}: {shares}"
    assert ours >= greedily + OVER_GREEDY, f"{OURS}: {shares}"
