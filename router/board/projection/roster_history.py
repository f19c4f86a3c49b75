"""Roster entries and policies of the day, as they came into the inbox: who belonged where, when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from router.core.model.events import RosterEntry
from router.core.model.policy import Policy
from router.core.model.rep import Rep

ENTRIES_MAX = 5_000
"""Of a sales org and a day, without those that repeat the one before; the oldest go first."""
POLICIES_MAX = 50


class Entry(NamedTuple):
    """A roster entry in the inbox, and when it was repeated last without a change."""

    offset: int
    first_ms: int
    last_ms: int
    profile: RosterEntry


class Variant(NamedTuple):
    """A rep as they were from an inbox offset on. Sorts by it; the number is their permanent one.

    ``is_assumed``: what came before the day's first entry is on no record. The rep is taken to have
    been as it says then; whether they were in a pool, the decisions of that time tell.
    """

    from_offset: int
    number: int
    is_assumed: bool
    profile: RosterEntry


class Staff:
    """Entries by rep, in their order; policies by id and version, ``policy_key``."""

    def __init__(self) -> None:
        """Start empty."""
        self.entries: dict[str, list[Entry]] = {}  # the rep longest unchanged first
        self.policies: dict[str, Policy] = {}
        self._count = 0

    def add_entry(self, offset: int, at_ms: int, profile: RosterEntry) -> None:
        """An entry in the inbox; a sales org's come in order."""
        of_rep = self.entries.pop(profile.rep_id, [])
        self.entries[profile.rep_id] = of_rep
        if of_rep and of_rep[-1].profile == profile:
            of_rep[-1] = of_rep[-1]._replace(last_ms=at_ms)
            return
        of_rep.append(Entry(offset, at_ms, at_ms, profile))
        self._count += 1
        if self._count > ENTRIES_MAX:
            self._drop_oldest(next(iter(self.entries)))

    def add_policy(self, policy: Policy) -> None:
        """A published policy."""
        self.policies[policy_key(policy.policy_id, policy.version)] = policy
        if len(self.policies) > POLICIES_MAX:
            del self.policies[next(iter(self.policies))]

    def forget_before(self, before_ms: int) -> None:
        """Let go of what is older."""
        while self.entries:
            rep_id, of_rep = next(iter(self.entries.items()))
            if of_rep[-1].last_ms >= before_ms:
                return
            self._count -= len(of_rep)
            del self.entries[rep_id]

    def _drop_oldest(self, rep_id: str) -> None:
        del self.entries[rep_id][0]
        self._count -= 1
        if not self.entries[rep_id]:
            del self.entries[rep_id]

    def variants(self, reps: Sequence[Rep], day_ms: int) -> list[Variant]:
        """What each of ``reps``, who are as route has them now, was since the day began."""
        found: list[Variant] = []
        for rep in reps:
            entries = self.entries.get(rep.profile.rep_id, ())
            found += _variants_of(rep, [each for each in entries if each.last_ms >= day_ms])
        return sorted(found, key=_place)


def policy_key(policy_id: str, version: int) -> str:
    """How a policy is counted and looked up."""
    return f"{policy_id}\n{version}"


def _variants_of(rep: Rep, entries: list[Entry]) -> Iterator[Variant]:
    if not entries:
        yield Variant(-1, rep.number, is_assumed=False, profile=rep.profile)
        return
    if rep.joined_ms < entries[0].first_ms:
        yield Variant(-1, rep.number, is_assumed=True, profile=_before(rep, entries))
    for entry in entries[:-1]:
        yield Variant(entry.offset, rep.number, is_assumed=False, profile=entry.profile)
    # The last one is route's own: it has leave in it that came by a command.
    yield Variant(entries[-1].offset, rep.number, is_assumed=False, profile=rep.profile)


def _before(rep: Rep, entries: list[Entry]) -> RosterEntry:
    """Of whoever was removed an entry says nothing else; route's keeps the rest."""
    known = (each.profile for each in entries if not each.profile.removed)
    return next(known, None) or replace(rep.profile, removed=False)


def _place(variant: Variant) -> tuple[int, int]:
    return variant.from_offset, variant.number
