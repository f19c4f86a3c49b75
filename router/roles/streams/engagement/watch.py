"""Looks beside Faust at how far the log goes: whether the broker answers, and what was left out.

Faust may leave out the last records of a partition too. Nothing comes behind them that would show
it, so every few seconds the log is asked for its end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from aiokafka.errors import KafkaError

from router.kafka.runtime.step_meter import StepMeter
from router.kafka.topics.topic_metadata import TopicShape
from router.roles.streams.engagement.faust_app.agent import EngagementAgent
from router.roles.streams.engagement.faust_app.consumer import TableConsumer
from router.roles.streams.engagement.faust_app.log import ActivityLog
from router.roles.streams.engagement.faust_app.partitions import check_count
from router.settings import Settings

_LOOK_EVERY_S = 2.0


class LogWatch:
    """What the last look has shown; takes what is left out."""

    def __init__(
        self,
        activity: ActivityLog,
        agent: EngagementAgent,
        consumer: TableConsumer,
        meter: StepMeter,
        *,
        settings: Settings,
        shapes: Mapping[str, TopicShape],
    ) -> None:
        """Looks at nothing before :meth:`run`; ``shapes`` holds the table's changelog."""
        self._log = activity
        self._agent = agent
        self._consumer = consumer
        self._meter = meter
        self._settings = settings
        self._shapes = shapes
        self._lags: dict[int, int] = {}
        self._stood: dict[int, int] = {}
        self._read_to: dict[int, int] = {}
        self._rebalances = 0

    @property
    def answer_age_s(self) -> float:
        """Since the broker last answered."""
        return time.monotonic() - self._log.answered_s

    @property
    def hears_broker(self) -> bool:
        """Whether it has answered within the session's time."""
        return self.answer_age_s * 1_000 <= self._settings.kafka.session_timeout_ms

    def lags(self) -> dict[int, int]:
        """Records that are in the log and not in the table, by partition, as of the last look."""
        return self._lags

    async def run(self) -> None:
        """Look, until cancelled; a broker that is away is asked again.

        Raises:
            LeadRouterError: the log has got more partitions than the table has.
            KafkaError: the connection to the log is of no use any more.
        """
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._log.check()
            try:
                await self._look()
            except KafkaError:
                continue  # how long ago it last answered shows in the readiness
            self._check_partitions()

    def _check_partitions(self) -> None:
        """Nothing reads the added ones, and leads whose activity they get stand still unseen."""
        found = self._log.partition_count()
        if found is not None:
            check_count(self._settings, self._shapes, found)

    async def _look(self) -> None:
        owned = self._consumer.partitions_of(self._log.topic)
        spans = await self._log.spans(owned or [0])  # also to know whether it answers
        while self._rebalances < self._consumer.rebalances:
            self._rebalances += 1
            self._meter.assigned()
            self._stood, self._read_to = {}, {}
        reached = await self._agent.progress()
        ends = {number: spans[number].end for number in reached if number in spans}
        for number, end in ends.items():
            # What was read and is no record will not become one; a log made anew may be shorter.
            if self._read_to.get(number, 0) > end:
                del self._read_to[number]
            reached[number] = max(reached[number], self._read_to.get(number, 0))
        self._lags = {number: max(0, end - reached[number]) for number, end in ends.items()}
        busy = {event.message.partition for event in self._agent.waiting()}
        stood, self._stood = self._stood, reached
        for number, lag in self._lags.items():
            stands = lag and number not in busy and stood.get(number) == reached[number]
            if stands and await self._agent.catch_up(number, ends[number]):
                self._read_to[number] = ends[number]
