"""A pool's memory of its turns."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.core.model.assignment import ByHand


@dataclass(slots=True, frozen=True)
class Prices:
    """Prices of a place of each rep of a pool, in thousandths of minor units.

    All by permanent number; reps who are alike to a lead have one price, under the first of them.
    ``opened`` are those with which the local day ``day`` began, and ``expected`` the leads that
    could use the place in a day, in thousandths.
    """

    day: int
    now: list[int]
    opened: list[int]
    expected: list[int]


@dataclass(slots=True)
class Pool:
    """A pool's memory: rotation credit by rep number, millionths of a turn.

    Kept by permanent number, so that editing the pool, leave and return change nobody's credit.
    Where it is fair by value, credit is in minor units, and ``valued`` leads of a known value have
    been given, of ``valued_minor`` together.
    """

    pool_id: str
    credits: list[int] = field(default_factory=list)
    paused: bool = False
    by_hand: ByHand | None = None  # who paused or resumed it last
    valued: int = 0
    valued_minor: int = 0
    prices: Prices | None = None
