"""What was compared, and what is wrong: places and ids, never what a record says of a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from router.kafka.runtime.step import Record


class Kind(StrEnum):
    """How a record is wrong."""

    MISSING = "missing"
    DOUBLE = "double"
    DIFFERENT = "different"
    STALE = "stale"  # a row of lead.owners that is of an earlier decision
    EXTRA = "extra"  # of nothing that it could have been made from


class Apart(StrEnum):
    """Why records count neither as right nor as wrong, or as right with a word to be said."""

    NOT_YET = "not yet"  # the router goes on
    NOT_KEPT = "not kept"  # older than what the topic still holds
    BY_IDENTITY = "by id only"  # there, but what they say could not be decided again
    LATE = "late"  # behind a newer decision of their lead
    SHARED_ID = "shared id"  # of a lead id that another sales org has too


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def of(cls, record: Record) -> Place:
        """The place of a record that was read."""
        return cls(record.topic, record.partition, record.offset)

    def __str__(self) -> str:
        """As logs write it: ``lead-router.leads-2@17``."""
        return f"{self.topic}-{self.partition}@{self.offset}"


class Finding(NamedTuple):
    """One record that is wrong.

    ``topic`` is where it is wrong; ``subject`` the assignment, lead, rep or entity that it is
    about; ``place`` the record that shows it: the wrong one, or what proves that one is missing.
    """

    kind: Kind
    topic: str
    subject: str | None
    place: Place | None
    what: str


@dataclass(slots=True)
class Comparison:
    """One topic held against what it was made from; ``same`` counts what is as it must be."""

    name: str
    topic: str
    same: int = 0
    apart: Counter[Apart] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def find(self, kind: Kind, subject: str | None, place: Place | None, what: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(kind, self.topic, subject, place, what))

    @property
    def kinds(self) -> Counter[Kind]:
        """How many findings there are of each kind."""
        return Counter(finding.kind for finding in self.findings)
