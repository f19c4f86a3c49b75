"""Shape of every topic: partitions, what is kept and for how long, what a record may weigh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.errors import UsageError
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings, TopicSettings

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_MIB = 1024 * 1024

INPUT_BATCH_BYTES_MAX = 4 * _MIB
"""Above ``value_bytes_max``, so that what is too large still arrives and is answered."""

DEAD_LETTER_BATCH_BYTES_MAX = 2 * INPUT_BATCH_BYTES_MAX
"""The largest input and the headers that say what was wrong with it."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as it should be. ``configs`` are Kafka's own names and values.

    ``may_grow`` says that partitions which an operator adds do no harm: see ADR 0017.
    """

    name: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str]
    may_grow: bool = True


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a topic keeps; ``kept_days`` of ``None`` is for ever."""

    kept_days: int | None = None
    compact: bool = False
    segment_ms: int = _DAY_MS
    segment_bytes: int = 512 * _MIB
    compaction_lag_ms_max: int = 7 * _DAY_MS
    dirty_ratio_min: str = "0.5"
    batch_bytes_max: int = INPUT_BATCH_BYTES_MAX

    def configs(self, settings: TopicSettings) -> dict[str, str]:
        """Kafka's names and values for this shape."""
        kept_ms = -1 if self.compact or self.kept_days is None else self.kept_days * _DAY_MS
        configs = {
            "cleanup.policy": "compact" if self.compact else "delete",
            "retention.ms": str(kept_ms),
            "retention.bytes": "-1",
            "segment.ms": str(self.segment_ms),
            "segment.bytes": str(self.segment_bytes),
            # Retention by the producers' clocks deletes old events at once and refuses early ones.
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.batch_bytes_max),
            "min.insync.replicas": str(settings.min_insync_replicas),
        }
        if self.compact:
            configs["max.compaction.lag.ms"] = str(self.compaction_lag_ms_max)
            configs["min.cleanable.dirty.ratio"] = self.dirty_ratio_min
        return configs


_LEADS = _Shape(kept_days=21)
_COMPACT = _Shape(compact=True)
# Restoring reads all that is not compacted yet: compact early, in segments that close early.
_STATE = _Shape(
    compact=True,
    segment_ms=_HOUR_MS,
    segment_bytes=128 * _MIB,
    compaction_lag_ms_max=_DAY_MS,
    dirty_ratio_min="0.2",
)


def topic_specs(settings: Settings) -> tuple[TopicSpec, ...]:
    """Every topic that lead-router reads or writes.

    Raises:
        UsageError: more in-sync replicas are asked for than there are replicas.
    """
    shaped = settings.topics
    if shaped.min_insync_replicas > shaped.replication_factor:
        raise UsageError(
            f"min_insync_replicas {shaped.min_insync_replicas} exceeds replication_factor"
            f" {shaped.replication_factor}, nothing could be written: set"
            " LEAD_ROUTER_TOPICS__MIN_INSYNC_REPLICAS to at most the replication factor"
        )
    topics = topics_of(settings)
    partitions = {
        topics.inbox: shaped.inbox_partitions,
        topics.state: shaped.inbox_partitions,
        topics.positions: 1,
    }
    # Activity is counted in the partition that it came in, of both.
    paired = {topics.activity, topics.engagement_table}
    return tuple(
        TopicSpec(
            name=name,
            partitions=partitions.get(name, shaped.partitions),
            replication_factor=shaped.replication_factor,
            configs=shape.configs(shaped),
            may_grow=name not in paired,
        )
        for name, shape in _shapes(settings).items()
    )


def _shapes(settings: Settings) -> dict[str, _Shape]:
    topics = topics_of(settings)
    raw = {topics.raw(source): _LEADS for source in settings.topics.raw_sources}
    return {
        topics.leads: _LEADS,
        **raw,
        topics.activity: _Shape(kept_days=7),
        topics.engagement: _COMPACT,
        topics.engagement_table: _STATE,
        topics.roster: _COMPACT,
        topics.accounts: _COMPACT,
        topics.policies: _COMPACT,
        topics.feedback: _Shape(kept_days=30),
        topics.commands: _Shape(kept_days=30),
        topics.inbox: _Shape(),
        topics.state: _STATE,
        topics.reps: _COMPACT,
        topics.positions: _STATE,
        topics.assignments: _Shape(kept_days=400, segment_ms=7 * _DAY_MS),
        topics.owners: _COMPACT,
        topics.dead_letters: _Shape(kept_days=21, batch_bytes_max=DEAD_LETTER_BATCH_BYTES_MAX),
        topics.shadow: _Shape(kept_days=7),
        topics.deliveries_failed: _Shape(kept_days=21),
        topics.deliveries_retry: _Shape(kept_days=21),
    }
