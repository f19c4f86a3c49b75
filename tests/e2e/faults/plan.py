"""Which faults, against whom and when: all from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What is done."""

    KILL = "SIGKILL"
    TERMINATE = "SIGTERM"
    FREEZE = "SIGSTOP, SIGCONT"  # beyond the session timeout: what wakes up is a zombie
    BROKER = "broker kill, restart"
    STORM = "rebalance storm"  # routers that join, work a moment and leave or die


SHARES: dict[Kind, int] = {
    Kind.KILL: 7,
    Kind.TERMINATE: 4,
    Kind.FREEZE: 5,
    Kind.BROKER: 4,
    Kind.STORM: 2,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``router`` is 0 or 1; ``delay_ms`` runs from the start of a wave of input."""

    number: int
    kind: Kind
    router: int
    delay_ms: int
    hold_ms: int  # how long the broker stays away, or a guest of a storm stays


def draw_plan(seed: int, count: int) -> list[Fault]:
    """``count`` faults; each kind in its share, so that a plan of five or more has them all."""
    random = Random(seed)
    kinds = list(SHARES)
    more = random.choices(kinds, weights=list(SHARES.values()), k=max(count - len(kinds), 0))
    drawn = [*kinds, *more][:count]
    random.shuffle(drawn)
    return [
        Fault(
            number=number,
            kind=kind,
            router=random.randrange(2),
            delay_ms=random.randrange(200, 1_500),
            hold_ms=random.randrange(500, 2_500),
        )
        for number, kind in enumerate(drawn, 1)
    ]
