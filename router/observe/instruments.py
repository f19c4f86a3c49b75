"""Counters, gauges and histograms as plain dictionaries: adding to one costs what a dict costs.

They know nothing of Prometheus, so that counting needs no extra package and no ``if``; see
:mod:`router.observe.exposition` for the way out. One instrument belongs to one thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Labels: TypeAlias = tuple[str, ...]
"""The values of an instrument's labels, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Only grows. ``name`` is what Prometheus shows, with its ``_total``."""

    name: str
    text: str
    label_names: tuple[str, ...] = ()
    values: dict[Labels, float] = field(default_factory=dict)

    def add(self, *labels: str, by: float = 1) -> None:
        """Count ``by`` more."""
        self.values[labels] = self.values.get(labels, 0) + by


@dataclass(frozen=True, slots=True)
class Gauge:
    """Goes up and down; set here, or read when somebody asks (:meth:`Meters.watch`)."""

    name: str
    text: str
    label_names: tuple[str, ...] = ()
    values: dict[Labels, float] = field(default_factory=dict)

    def set(self, value: float, *labels: str) -> None:
        """It is ``value`` now."""
        self.values[labels] = value


@dataclass(slots=True)
class Spread:
    """One histogram's counts: ``counts[n]`` are those up to its n-th bound, the last the rest."""

    counts: list[int]
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """How values are spread; ``bounds`` are the upper ends of its buckets, rising."""

    name: str
    text: str
    bounds: Sequence[float]
    label_names: tuple[str, ...] = ()
    values: dict[Labels, Spread] = field(default_factory=dict)

    def observe(self, value: float, *labels: str) -> None:
        """Count ``value`` in its bucket."""
        spread = self.values.get(labels)
        if spread is None:
            spread = self.values[labels] = Spread([0] * (len(self.bounds) + 1))
        spread.counts[bisect_left(self.bounds, value)] += 1
        spread.total += value


Instrument: TypeAlias = Counter | Gauge | Histogram

Reading: TypeAlias = tuple[Gauge, Labels, float]
"""A gauge's value at the moment at which somebody asks."""
