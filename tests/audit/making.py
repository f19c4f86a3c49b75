"""Records as a consumer sees them, and an audit's parts without a broker."""

from __future__ import annotations

import json

from aiokafka.structs import ConsumerRecord, TopicPartition

from router.audit.cut import Cut
from router.audit.findings import Comparison
from router.kafka.queries.reader import Span
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

SETTINGS = Settings.model_construct()
TOPICS = topics_of(SETTINGS)
BEGAN_MS = 1_767_600_000_000
"""When the record at offset 0 was written; each further one a second later, unless told."""


def record(topic, offset, value, *, key=b"main", partition=0, at_ms=None, headers=()):
    """A record of ``topic``, ``at_ms`` after the beginning."""
    value = json.dumps(value).encode() if isinstance(value, dict) else value
    at_ms = BEGAN_MS + (offset * 1000 if at_ms is None else at_ms)
    return ConsumerRecord(topic, partition, offset, at_ms, 1, key, value, None, 0, 0, headers)


def spans(topic, *partitions):
    """What each partition holds: an end, or a start and an end."""
    bounds = [each if isinstance(each, tuple) else (0, each) for each in partitions]
    return {TopicPartition(topic, n): Span(*each) for n, each in enumerate(bounds)}


def cut(passed, *, inputs=None):
    """A cut with intake's positions by topic; all but the inputs is empty."""
    return Cut(
        shapes={},
        passed={TopicPartition(topic, 0): position for topic, position in passed.items()},
        applied={},
        state={},
        owners={},
        reps={},
        assignments={},
        shadow={},
        dead_letters={},
        inbox={},
        inputs=inputs or {},
    )


def row(topic=TOPICS.assignments):
    """An empty comparison."""
    return Comparison(topic, topic)


def kinds(comparison):
    """Its findings by kind."""
    return dict(comparison.kinds)
