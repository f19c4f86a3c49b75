"""In what a topic on the broker differs from its specification, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from router.kafka.topics.topic_specs import TopicSpec


class Aspect(StrEnum):
    """In what a topic differs from what it should be."""

    MISSING = "missing"
    CONFIG = "config"
    PARTITIONS = "partitions"
    GROWN = "partitions added"
    REPLICATION = "replication"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the broker's topics are not as they should be.

    ``refused`` marks a difference under which lead-router must not run.
    """

    aspect: Aspect
    topic: str
    wanted: str
    found: str
    next_step: str
    setting: str = ""
    refused: bool = False

    @property
    def is_fixed_by_apply(self) -> bool:
        """Whether ``topics apply`` makes it go away."""
        return self.aspect in {Aspect.MISSING, Aspect.CONFIG}

    @property
    def is_harmless(self) -> bool:
        """Whether lead-router runs as well with it."""
        return self.aspect in {Aspect.EXTRA, Aspect.GROWN}


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """One topic as the broker describes it; ``overrides`` are the values set on it."""

    partitions: int
    replication_factor: int
    configs: Mapping[str, str]
    overrides: Mapping[str, str]


_SET_OR_DELETE = "set the partition count it has, or delete the topic and apply again"
_GROWN = (
    "none is needed where partitions were added: input is read from all of them, and what the"
    " router writes stays in those that it began with"
)


def compare(spec: TopicSpec, found: FoundTopic | None) -> list[Difference]:
    """How one topic differs from its specification."""
    if found is None:
        shape = f"{spec.partitions} partitions"
        step = "run `lead-router topics apply`"
        return [Difference(Aspect.MISSING, spec.name, shape, "no such topic", step)]
    differences = [
        Difference(
            aspect=Aspect.CONFIG,
            topic=spec.name,
            wanted=value,
            found=found.configs.get(name, "unset"),
            next_step="run `lead-router topics apply`",
            setting=name,
        )
        for name, value in spec.configs.items()
        if found.configs.get(name) != value
    ]
    if found.partitions != spec.partitions:
        differences.append(_partition_difference(spec, found))
    if found.replication_factor != spec.replication_factor:
        step = "move replicas with kafka-reassign-partitions, or set the replication_factor it has"
        differences.append(
            Difference(
                aspect=Aspect.REPLICATION,
                topic=spec.name,
                wanted=str(spec.replication_factor),
                found=str(found.replication_factor),
                next_step=step,
            )
        )
    return differences


def _partition_difference(spec: TopicSpec, found: FoundTopic) -> Difference:
    has_grown = found.partitions > spec.partitions and spec.may_grow
    return Difference(
        aspect=Aspect.GROWN if has_grown else Aspect.PARTITIONS,
        topic=spec.name,
        wanted=str(spec.partitions),
        found=str(found.partitions),
        next_step=_GROWN if has_grown else _SET_OR_DELETE,
    )


def refuse(difference: Difference) -> Difference:
    """The same difference in a partition count, under live state."""
    step = (
        f"set LEAD_ROUTER_TOPICS__INBOX_PARTITIONS={difference.found}; sales orgs would otherwise"
        " be routed without what is known of them"
    )
    return replace(difference, next_step=step, refused=True)
