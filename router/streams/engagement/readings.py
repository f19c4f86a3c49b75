"""Gauges of the engagement step, read when somebody asks; nothing here waits for the broker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from router.observe.instruments import Reading
from router.observe.meters import StepMeters
from router.streams.engagement.agent import EngagementAgent
from router.streams.engagement.step import NAME


def engagement_readings(meters: StepMeters, app: Any, agent: EngagementAgent) -> Iterator[Reading]:
    """How far each partition of this process is behind, as of the last fetch."""
    now_s = time.time()
    since_s = _waiting_since_s(agent)
    for source, lag in app.consumer.lags().items():
        labels = (NAME, source.topic, str(source.partition))
        yield meters.lag_records, labels, lag
        waiting_s = now_s - since_s.get(source.partition, now_s)
        yield meters.waiting_seconds, labels, max(waiting_s, 0.0)


def _waiting_since_s(agent: EngagementAgent) -> dict[int, float]:
    """The broker's time of each partition's oldest event."""
    oldest: dict[int, float] = {}
    for event in agent.waiting():
        oldest.setdefault(event.message.partition, event.message.timestamp)
    return oldest
