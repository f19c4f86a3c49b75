"""One partition of a sink: a serial lane per key, many lanes side by side, one position.

Records of a lead are handed over one after the other; a lane begins the next when the one before
has ended. What is not begun is few: whoever fills the lanes stops when they are full, and what
waits stays in Kafka.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from router.kafka.client.closing import end_tasks
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.step import Record, Records
from router.kafka.sink.answer import Answer, Verdict
from router.kafka.sink.gate import Gate
from router.kafka.sink.watermark import Watermark

WAITING_MAX = 1_000
SPAN_MAX = 50_000
"""Offsets beyond the oldest record that is not done: so many come again after a crash, at most."""

_ENDS = (Verdict.DELIVERED, Verdict.SKIPPED, Verdict.REFUSED)
_FINISH_S = 2.0


class Target(Protocol):
    """The system to which a sink's records go."""

    async def deliver(self, record: Record) -> Answer:
        """Hand ``record`` over once; raises nothing but cancellation."""
        ...

    async def settle(self, record: Record, answer: Answer) -> None:
        """Tell of the end of ``record``, durably: only then does the position pass it."""
        ...


class Lanes:
    """The records of one partition that are under way."""

    def __init__(
        self,
        position: int,
        target: Target,
        gate: Gate,
        slots: asyncio.Semaphore,
        pauses_s: Sequence[float],
    ) -> None:
        """``slots`` bounds the calls at a time; ``pauses_s`` are between the calls for a record."""
        self.waiting = 0
        self._watermark = Watermark(position)
        self._target, self._gate, self._slots = target, gate, slots
        self._pauses_s = pauses_s
        self._lanes: dict[bytes | None, deque[Record]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_ending = False
        self._defect: BaseException | None = None

    @property
    def position(self) -> int:
        """The offset that may be committed."""
        return self._watermark.position

    @property
    def is_full(self) -> bool:
        """Whether it should be given no more for now."""
        return self.waiting >= WAITING_MAX or self._watermark.span >= SPAN_MAX

    def take(self, records: Records) -> None:
        """Put ``records`` into their lanes, and have new lanes begin."""
        for record in records:
            self._watermark.begin(record.offset)
            self.waiting += 1
            lane = self._lanes.get(record.key)
            if lane is not None:
                lane.append(record)
                continue
            lane = self._lanes[record.key] = deque([record])
            task = asyncio.create_task(self._drain(record.key, lane))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._defect = self._defect or task.exception()

    def check(self) -> None:
        """Check that no lane has ended by a defect, after which its records would wait for ever.

        Raises:
            BaseException: the first of them.
        """
        if self._defect is not None:
            raise self._defect

    async def end(self) -> None:
        """Begin nothing more, and give what is under way a moment to end."""
        self._is_ending = True
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=_FINISH_S)
            await end_tasks(tasks)

    async def _drain(self, key: bytes | None, lane: deque[Record]) -> None:
        while lane and not self._is_ending:
            await self._hand_over(lane[0])
            self._watermark.end(lane.popleft().offset)
            self.waiting -= 1
        if not lane:
            del self._lanes[key]

    async def _hand_over(self, record: Record) -> None:
        """Try until it has ended; an attempt counts only if others got through since the last.

        While a destination is down no record loses an attempt; a record that alone fails is given
        up after the last pause of the schedule.
        """
        backoff, answered = Backoff(self._pauses_s), self._gate.answered
        while True:
            answer = await self._try(record)
            if answer.verdict in _ENDS:
                break
            pause_s = backoff.peek()
            if self._gate.answered != answered:
                if backoff.failures >= len(self._pauses_s):
                    answer = Answer(Verdict.REFUSED, f"given up: {answer.why}")
                    break
                answered = self._gate.answered
                backoff.failed()
            if not self._gate.is_shut:
                await asyncio.sleep(pause_s)
        if answer.verdict is not Verdict.SKIPPED:
            await self._target.settle(record, answer)

    async def _try(self, record: Record) -> Answer:
        async with self._slots:
            await self._gate.passing()
            answer = await self._target.deliver(record)
        self._gate.heard(answer)
        return answer
