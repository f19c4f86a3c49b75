"""A rep, and what they carry in each channel."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.core.model.events import RosterEntry

Named = tuple[int, str, int]
"""Permanent number and channel of a rep who would have a lead by name, and how."""

LOAD_FIELDS = ("open", "day", "day_count", "day_sources", "counts")
"""Those of the changelog record; ``unaccepted`` is counted again after a restore."""


@dataclass(slots=True)
class Load:
    """A rep's load in one channel. ``day`` is the local day that ``day_count`` counts.

    ``unaccepted`` are the open leads that the rep is still to answer, by a clock. ``counts`` are of
    the periods in which a limit counts by itself: the number of the period, and the leads in it.
    """

    open: int = 0
    day: int = 0
    day_count: int = 0
    day_sources: dict[str, int] | None = None
    unaccepted: int = 0
    counts: dict[str, tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A channel that a rep left with open leads in it, which are gone through once.

    Those up to the id ``looked_at`` have been; ``from_ms`` is when the rest may be.
    """

    at_ms: int
    looked_at: str = ""
    from_ms: int = 0


@dataclass(slots=True)
class Rep:
    """A rep with a permanent number, which outlives the roster entry."""

    number: int
    profile: RosterEntry
    joined_ms: int
    loads: dict[str, Load] = field(default_factory=dict)
    given_up: dict[str, GivenUp] = field(default_factory=dict)  # by channel; see `departures`
