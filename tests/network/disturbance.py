"""A bad network by chance, from a seed: slow frames, and losses that hold up half of the flows.

A packet that is lost is sent again by the machine that lost it, later and later: to those who read
and write, a connection with losses is one that stands still for some tenths of a second. If its
client gives it up meanwhile, what stood still arrives all the same.
"""

from __future__ import annotations

import asyncio
import time
from random import Random

SLOWED_SHARE = 0.02
DELAY_MS = (10, 400)
RESEND_MS = (20, 700)
"""How long after the losses a packet arrives: the pauses between its repetitions grow."""


class BadNetwork:
    """How long frames take, see :class:`tests.network.flow.Disturbance`."""

    def __init__(self, seed: int) -> None:
        """No flow loses anything before :meth:`lose`."""
        self._random = Random(seed)
        self._seed = seed
        self._loses_until_s = 0.0

    def delay_s(self, flow: int, /) -> float:
        """Return the time that the next frame by connection number ``flow`` takes."""
        left_s = self._loses_until_s - time.monotonic()
        if left_s > 0 and self.is_bad(flow):
            return left_s + self._random.uniform(*RESEND_MS) / 1000
        if self._random.random() < SLOWED_SHARE:
            return self._random.uniform(*DELAY_MS) / 1000
        return 0.0

    def is_bad(self, flow: int) -> bool:
        """Whether connection number ``flow`` is of the half that loses."""
        return Random(self._seed * 1_000_003 + flow).random() < 0.5

    async def lose(self, for_s: float) -> None:
        """Lose everything of half of the flows for a while; returns when that is over."""
        self._loses_until_s = time.monotonic() + for_s
        await asyncio.sleep(for_s)
