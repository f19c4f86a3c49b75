"""Which faults, against whom and when: all from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What is done."""

    KILL = "SIGKILL"
    TERMINATE = "SIGTERM"
    FREEZE = "SIGSTOP, SIGCONT"  # beyond the session timeout: what wakes up is a zombie
    BROKER = "broker kill, restart"
    FROZEN_BROKER = "broker SIGSTOP, SIGCONT"
    LOSS = "losses on half the flows"
    PROXY = "proxies die amidst losses"  # what they have under way arrives late
    STORM = "rebalance storm"  # routers that join, work a moment and leave or die


Shares = Mapping[Kind, int]

SHARES: Shares = {
    Kind.KILL: 7,
    Kind.TERMINATE: 4,
    Kind.FREEZE: 5,
    Kind.BROKER: 4,
    Kind.FROZEN_BROKER: 2,
    Kind.LOSS: 3,
    Kind.PROXY: 5,
    Kind.STORM: 2,
}
"""Of a run that is about processes that die."""

NETWORK_SHARES: Shares = {
    Kind.KILL: 6,
    Kind.TERMINATE: 2,
    Kind.FREEZE: 2,
    Kind.BROKER: 4,
    Kind.FROZEN_BROKER: 4,
    Kind.LOSS: 16,
    Kind.PROXY: 66,
}
"""Of a run that is about the network."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``router`` is 0 or 1; ``delay_ms`` runs from the start of a wave of input.

    ``broker`` counts on beyond the last, which is followed by the first.
    """

    number: int
    kind: Kind
    router: int
    broker: int
    delay_ms: int
    hold_ms: int  # how long the broker stays away, or a guest of a storm stays
    loss_ms: int  # how long half of the flows lose everything
    proxy_dies_ms: int  # how long they have done so when proxies die
    away_ms: int  # how long these stay away


def draw_plan(seed: int, count: int, shares: Shares = SHARES) -> list[Fault]:
    """``count`` faults; each kind in its share, so that a plan of eight or more has them all."""
    random = Random(seed)
    kinds = list(shares)
    more = random.choices(kinds, weights=list(shares.values()), k=max(count - len(kinds), 0))
    drawn = [*kinds, *more][:count]
    random.shuffle(drawn)
    return [
        Fault(
            number=number,
            kind=kind,
            router=random.randrange(2),
            broker=random.randrange(12),
            delay_ms=random.randrange(200, 1_500),
            hold_ms=random.randrange(500, 2_500),
            loss_ms=random.randrange(300, 900),
            proxy_dies_ms=random.randrange(50, 300),
            away_ms=random.randrange(20, 200),
        )
        for number, kind in enumerate(drawn, 1)
    ]
