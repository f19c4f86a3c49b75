"""How far the topics go, asked of the broker: so that a board knows it hears, and is up to date.

The client itself says nothing of a broker that is away. A question that has no answer yet is waited
for, not broken off: that could leave a connection which nobody closes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

Ends = Mapping[TopicPartition, int]
"""Where topics end, up to the last closed transaction."""

_EVERY_S = 2.0
_PATIENCE_S = 3.0
_SETTLE_S = 2.0


class TopicEnds:
    """Asks with one consumer, one question at a time; ``latest`` is the last answer.

    Owns the question that is under way: :meth:`close` waits for it, and after that none is asked.
    """

    def __init__(self, consumer: AIOKafkaConsumer, sources: Sequence[TopicPartition]) -> None:
        """Nothing is asked yet."""
        self._consumer = consumer
        self._sources = sources
        self._asking: asyncio.Task[Ends] | None = None
        self._asked_s = float("-inf")
        self._failure: BaseException | None = None
        self._is_closed = False
        self.latest: Ends | None = None

    def hears_broker(self) -> bool:
        """Whether the broker answers; asks it every other second.

        Raises:
            KafkaError, OSError: it refused the last question.
        """
        if self._failure is not None:
            raise self._failure
        waited_s = time.monotonic() - self._asked_s
        if self._asking is not None:
            return waited_s < _PATIENCE_S
        if waited_s >= _EVERY_S:
            self._ask()
        return True

    async def ask(self, timeout_s: float) -> Ends | None:
        """The ends as they are now, or later; None when that is not known in time."""
        called_s = time.monotonic()
        while not self._is_closed and self._failure is None:
            asking = self._asking or self._ask()  # one asked before may be answered too early
            asked_s = self._asked_s
            left_s = called_s + timeout_s - time.monotonic()
            done, _ = await asyncio.wait([asking], timeout=max(left_s, 0.0))
            if not done or asking.cancelled() or asking.exception() is not None:
                return None
            if asked_s >= called_s:
                return asking.result()
        return None

    def _ask(self) -> asyncio.Task[Ends]:
        self._asked_s = time.monotonic()
        asking = asyncio.create_task(self._consumer.end_offsets(self._sources), name="board.ends")
        asking.add_done_callback(self._answered)
        self._asking = asking
        return asking

    def _answered(self, asked: asyncio.Task[Ends]) -> None:
        self._asking = None
        if asked.cancelled():
            return
        self._failure = asked.exception()
        if self._failure is None:
            self.latest = asked.result()

    async def close(self) -> None:
        """Let a question that is under way end; ask none any more."""
        self._is_closed = True
        asking = self._asking
        if asking is not None:
            await asyncio.wait([asking], timeout=_SETTLE_S)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
