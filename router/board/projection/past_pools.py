"""A pool as it was at a place of the inbox: its members and their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from router.board.projection.roster_history import Variant
from router.board.statistics.turns import Turn
from router.core.compiled.pool_members import Member, PoolMembers, pool_members
from router.core.model.policy import Policy
from router.core.model.rep import Rep


class Then(NamedTuple):
    """The pool then. ``table`` has more members than ``mask`` while some are assumed to be out.

    ``assumed`` are those of whom no entry of that time is known.
    """

    table: PoolMembers
    mask: int
    assumed: int

    def masks(self, turn: Turn, number: int) -> Iterator[int]:
        """Who may have been in the pool when ``number`` got a lead.

        As assumed; else of those who are only assumed whom the turn itself tells of, or all.
        """
        yield self.mask
        if self.assumed:
            known = self.mask & ~self.assumed
            yield known | self.assumed & (turn.excluded | 1 << number)
            yield known | self.assumed


class PoolPast:
    """Goes forward through the inbox; ``steps`` is how much was looked at."""

    def __init__(
        self, pool_id: str, variants: Sequence[Variant], policies: Mapping[str, Policy]
    ) -> None:
        """Before the first record; ``variants`` in their order."""
        self.steps = 0
        self._pool_id = pool_id
        self._variants = variants
        self._policies = policies
        self._policy: str | None = None
        self._weights: dict[int, int] = {}  # by place in variants, of those who are members
        self._table: PoolMembers | None = None
        self._begin("")

    def _begin(self, policy_key: str) -> None:
        """Put it together anew under another policy."""
        self._policy = policy_key
        self._place = 0
        self._members: dict[int, Member] = {}
        self._outside: dict[int, Member] = {}  # assumed not to be members
        self._assumed = 0
        self._then: Then | None = None
        self._table = None
        policy = self._policies.get(policy_key)
        pools = policy.pools if policy is not None else ()
        pool = next((each for each in pools if each.pool_id == self._pool_id), None)
        if policy is None or pool is None:
            return
        reps = [Rep(place, each.profile, 0) for place, each in enumerate(self._variants)]
        self._table = pool_members(pool, policy, reps)
        self._weights = {member.number: member.weight for member in self._table.members}
        self._by_seniority = dict(policy.rotation.weights)
        self.steps += 4 * len(reps)

    def at(self, policy_key: str, inbox_offset: int) -> Then | None:
        """As it was when that record was applied; None if there was no such pool, or it is unknown.

        Offsets may not go back.
        """
        if policy_key != self._policy:
            self._begin(policy_key)
        if self._table is None:
            return None
        variants, is_new = self._variants, self._then is None
        while self._place < len(variants) and variants[self._place].from_offset <= inbox_offset:
            is_new |= self._take(variants[self._place], self._weights.get(self._place))
            self._place += 1
            self.steps += 1
        if is_new or self._then is None:
            self._then = self._put_together(self._table)
        return self._then

    def _take(self, variant: Variant, weight: int | None) -> bool:
        """Whether it changes anything here."""
        number, bit = variant.number, 1 << variant.number
        before = self._members.get(number), self._outside.get(number), self._assumed & bit
        self._members.pop(number, None)
        self._outside.pop(number, None)
        self._assumed &= ~bit
        if weight is not None:
            self._members[number] = Member(number, weight)
        elif variant.is_assumed:
            profile = variant.profile
            factor = self._by_seniority.get(profile.seniority or "", 1)
            self._outside[number] = Member(number, profile.weight * factor)
        if variant.is_assumed:
            self._assumed |= bit
        return before != (self._members.get(number), self._outside.get(number), self._assumed & bit)

    def _put_together(self, table: PoolMembers) -> Then:
        mask = sum(1 << number for number in self._members)
        members = tuple(sorted([*self._members.values(), *self._outside.values()], key=_number))
        self.steps += len(members)
        return Then(replace(table, members=members, mask=mask, gains={}), mask, self._assumed)


def _number(member: Member) -> int:
    return member.number
