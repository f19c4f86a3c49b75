"""Gauges of the engagement step, read when somebody asks; nothing here waits for the broker."""

from __future__ import annotations

import time
from collections.abc import Iterator

from router.observe.instruments import Reading
from router.observe.meters import StepMeters
from router.roles.streams.engagement.faust_app.agent import EngagementAgent
from router.roles.streams.engagement.step import NAME
from router.roles.streams.engagement.watch import LogWatch


def engagement_readings(
    meters: StepMeters, topic: str, watch: LogWatch, agent: EngagementAgent
) -> Iterator[Reading]:
    """How far each partition of this process is behind, as of the last look at the log."""
    now_s = time.time()
    since_s = _waiting_since_s(agent)
    lags = watch.lags()
    yield meters.partitions, (NAME, "open"), len(lags)
    for number, lag in lags.items():
        labels = (NAME, topic, str(number))
        yield meters.lag_records, labels, lag
        waiting_s = now_s - since_s.get(number, now_s)
        yield meters.waiting_seconds, labels, max(waiting_s, 0.0)
        yield meters.fetch_age_seconds, labels, watch.answer_age_s


def _waiting_since_s(agent: EngagementAgent) -> dict[int, float]:
    """The broker's time of each partition's oldest event."""
    oldest: dict[int, float] = {}
    for event in agent.waiting():
        oldest.setdefault(event.message.partition, event.message.timestamp)
    return oldest
