"""A pool's memory of its turns."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.core.model.assignment import ByHand


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
