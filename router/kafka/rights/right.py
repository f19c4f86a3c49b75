"""A right on the broker, in Kafka's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Operation(StrEnum):
    """What Kafka lets somebody do. ``READ`` and ``WRITE`` include ``DESCRIBE``."""

    READ = "READ"
    WRITE = "WRITE"
    CREATE = "CREATE"
    DELETE = "DELETE"
    DESCRIBE = "DESCRIBE"
    DESCRIBE_CONFIGS = "DESCRIBE_CONFIGS"

    @property
    def option(self) -> str:
        """The operation as ``kafka-acls.sh`` takes it."""
        return self.replace("_", " ").title().replace(" ", "")


class Resource(StrEnum):
    """What Kafka lets somebody do it with."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional id"

    @property
    def option(self) -> str:
        """The option of ``kafka-acls.sh`` that names one."""
        return f"--{self.replace(' ', '-')}"


@dataclass(frozen=True, slots=True)
class Right:
    """``operation`` on the resource ``name``, or on all whose names begin with it."""

    operation: Operation
    resource: Resource
    name: str
    is_prefix: bool = False

    @property
    def place(self) -> str:
        """The resource, for people: ``topic lead-router.leads``."""
        return f"{self.resource} {self.name}{'*' if self.is_prefix else ''}"

    def __str__(self) -> str:
        """The right, for people: ``READ on topic lead-router.leads``."""
        return f"{self.operation} on {self.place}"


Rights: TypeAlias = tuple[Right, ...]


def topic_rights(operation: Operation, names: Iterable[str]) -> Rights:
    """Return ``operation`` on each topic, once."""
    return tuple(Right(operation, Resource.TOPIC, name) for name in dict.fromkeys(names))
