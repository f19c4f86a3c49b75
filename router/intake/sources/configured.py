"""The sources that the settings name, and those of raw topics that are named like their kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from router.intake.sources.source import Source, make_source
from router.settings import Settings
from router.source_settings import SourceKind, SourceSettings

KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
WITH_ACTIVITY: frozenset[SourceKind] = frozenset({"canonical", "mapped", "rudderstack", "segment"})
"""Kinds of which some records are activity."""


def source_settings(settings: Settings) -> Mapping[str, SourceSettings]:
    """Every source by name: a topic ``leads.raw.segment`` needs no more than its name."""
    named: dict[str, SourceSettings] = {
        name: SourceSettings(kind=kind)
        for name in settings.topics.raw_sources
        for kind in KINDS
        if kind == name
    }
    return {**named, **settings.sources}


def configured_sources(settings: Settings) -> Mapping[str, Source]:
    """Every source by name, ready to read.

    Raises:
        UsageError: a field map cannot be used.
    """
    return {name: make_source(name, each) for name, each in source_settings(settings).items()}


def raw_activity_is_expected(settings: Settings) -> bool:
    """Whether a raw topic may bring activity."""
    known = source_settings(settings)
    kinds = {known[name].kind for name in settings.topics.raw_sources if name in known}
    return not kinds.isdisjoint(WITH_ACTIVITY)
