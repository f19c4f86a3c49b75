"""Metrics of each source: leads, the fields they fill, what could not be read.

A form whose field was renamed goes on to send leads; only the share of those that fill the field
falls. Leads of one form have the same facts, so that facts are counted by the whole set of them.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from router.intake.normalise.vocabulary import read_word
from router.intake.records.admit import Admitted
from router.intake.records.patch import FIELD_OF_FACT
from router.observe.meters import SourceMeters
from router.settings import Settings

SOURCES_MAX = 50
"""Sources by name; those beyond are one, so that a sender's slip cannot fill the metrics."""
OTHER = "other"

_SPELT_AS_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch
_FIELDS = tuple(dict.fromkeys(FIELD_OF_FACT.values()))


class SourceNames:
    """Names of sources as labels: those of the settings, and the first that leads name."""

    def __init__(self, silent_after_s: Mapping[str, int]) -> None:
        """``silent_after_s`` are the sources that an alert waits for."""
        self.silent_after_s = silent_after_s
        self._known = set(silent_after_s)

    def label(self, source: str | None) -> str:
        """Return the name that metrics have for a ``lead_source``; leads without one have none."""
        if source is None or source in self._known:
            return source or ""
        if len(self._known) >= SOURCES_MAX or not _SPELT_AS_NAME(source):
            return OTHER
        self._known.add(source)
        return source


class SourceTally:
    """Counts of one transaction, told when it is committed."""

    def __init__(self, topic: str, names: SourceNames, meters: SourceMeters) -> None:
        """``names`` are shared by all partitions of the process."""
        self._topic, self._names, self._meters = topic, names, meters
        self._filled: Counter[tuple[str | None, tuple[str, ...]]] = Counter()
        self._warned: Counter[tuple[str | None, str, str]] = Counter()

    def add(self, admitted: Admitted) -> None:
        """Count a record."""
        source = admitted.source
        if admitted.facts is not None:
            self._filled[source, admitted.facts] += 1
        for each in admitted.warnings:
            self._warned[source, each.field, str(each.problem)] += 1

    def tell(self) -> None:
        """Add what was counted to the metrics, and begin anew."""
        for (source, facts), leads in self._filled.items():
            label = self._names.label(source)
            self._tell_filled(label, facts, leads)
        for (source, field, problem), count in self._warned.items():
            labels = (self._topic, self._names.label(source), field, problem)
            self._meters.warnings.add(*labels, by=count)
        self._filled.clear()
        self._warned.clear()

    def _tell_filled(self, source: str, facts: tuple[str, ...], leads: int) -> None:
        meters = self._meters
        if (source,) not in meters.leads.values:
            for field in _FIELDS:  # a share of nothing is a share
                meters.fields_filled.add(source, field, by=0)
        meters.leads.add(source, by=leads)
        meters.last_lead.set(time.time(), source)
        for field in _fields_of(facts):
            meters.fields_filled.add(source, field, by=leads)


@lru_cache(maxsize=4_096)
def _fields_of(facts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(FIELD_OF_FACT[fact] for fact in facts if fact in FIELD_OF_FACT))


def source_names(settings: Settings, meters: SourceMeters) -> SourceNames:
    """Return the sources of the settings, and tell the metrics how long each may be silent."""
    waited = {
        read_word(source.lead_source or name) or name: source.silent_after_s
        for name, source in settings.sources.items()
        if source.silent_after_s is not None
    }
    for source, seconds in waited.items():
        meters.silent_after.set(seconds, source)
        meters.last_lead.set(time.time(), source)  # until one comes: since we listen
    return SourceNames(waited)
