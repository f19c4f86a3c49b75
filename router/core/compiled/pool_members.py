"""A pool made ready for deciding: members as bits, and rotation gains by who is eligible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from router.core.compiled.conditions import compile_when, rep_field
from router.core.compiled.rotation import shares
from router.core.model.policy import Economics, Policy, Pool
from router.core.model.rep import Rep

GAINS_KEPT_MAX = 4_096


@dataclass(slots=True, frozen=True)
class Member:
    """A rep in a pool, with the weight of their turns."""

    number: int
    weight: int


@dataclass(slots=True, frozen=True)
class Peers:
    """Reps of a pool who are alike to every lead, so that a place of each has the same price.

    They serve the same territories and languages, win as many of the same leads, and travel as far.
    ``number`` is the permanent number of the first, under which the price is kept.
    """

    number: int
    mask: int
    numbers: list[int]
    close_permille: int
    travel_minor: int | None  # in place of what the policy says


@dataclass(slots=True, frozen=True)
class Gains:
    """Permanent numbers by rep id, their shares of a turn, and the sum of the shares."""

    numbers: list[int]
    shares: list[int]
    stake: int


@dataclass(slots=True)
class PoolMembers:
    """One pool: its members by rep id, what it asks of a rep, and gains as found so far."""

    pool: Pool
    pool_id: str
    channel: str
    members: tuple[Member, ...]
    mask: int
    by_territory: bool
    by_language: bool
    by_skill: bool
    by_seniority: bool
    peers: tuple[Peers, ...] = ()
    gains: dict[int, Gains] = field(default_factory=dict)

    def gains_of(self, mask: int) -> Gains:
        """Who of ``mask`` gains what of a turn."""
        found = self.gains.get(mask)
        if found is None:
            members = [rep for rep in self.members if mask >> rep.number & 1]
            gained = shares([rep.weight for rep in members])
            found = Gains([rep.number for rep in members], gained, sum(gained))
            if len(self.gains) >= GAINS_KEPT_MAX:
                self.gains.clear()
            self.gains[mask] = found
        return found


def pool_members(pool: Pool, policy: Policy, reps: Sequence[Rep]) -> PoolMembers:
    """The table of ``pool`` with whoever of ``reps`` belongs to it.

    Raises:
        KeyError: its members' condition names a field that does not exist.
    """
    belongs = compile_when(pool.members, rep_field)
    by_seniority = dict(policy.rotation.weights)
    members = tuple(
        Member(rep.number, rep.profile.weight * by_seniority.get(rep.profile.seniority or "", 1))
        for rep in sorted(reps, key=lambda rep: rep.profile.rep_id)
        if not rep.profile.removed and pool.channel in rep.profile.channels and belongs(rep.profile)
    )
    mask = 0
    for member in members:
        mask |= 1 << member.number
    return PoolMembers(
        pool=pool,
        pool_id=pool.pool_id,
        channel=pool.channel,
        members=members,
        mask=mask,
        by_territory="territory" in pool.match,
        by_language="language" in pool.match,
        by_skill="skill" in pool.match,
        by_seniority="seniority" in pool.match,
        peers=_peers(members, reps, policy.economics) if policy.economics else (),
    )


def _peers(
    members: Sequence[Member], reps: Sequence[Rep], economics: Economics
) -> tuple[Peers, ...]:
    """Return the members who are alike, the lowest permanent number first."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for number in sorted(member.number for member in members):
        profile = reps[number].profile
        asked = (profile.territories, profile.languages, profile.skills)
        kind = (profile.close_permille, profile.travel, profile.seniority)
        alike.setdefault((*kind, *map(tuple, asked)), []).append(number)
    return tuple(
        Peers(
            number=numbers[0],
            mask=sum(1 << number for number in numbers),
            numbers=numbers,
            close_permille=(profile := reps[numbers[0]].profile).close_permille,
            travel_minor=None
            if profile.travel is None
            else profile.travel * economics.minor_per_unit,
        )
        for numbers in alike.values()
    )
