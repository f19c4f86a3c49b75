"""How even the turns of a pool were: how far anyone was ever behind their due share.

The rule is that of :mod:`router.core.compiled.rotation`: a lead hands out one turn
among the reps who could have had it, by weight. ``lag`` is what a member was due less what they
got; the most it ever was, after any record of the inbox, is the prefix lag. A rejected lead gives
its turn back to those among whom it was, and a lead given by hand or claimed counts as one among
those who could have had it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from router.board.projection.past_pools import PoolPast, Then
from router.board.statistics.slices import Slices
from router.board.statistics.turns import Turn
from router.core.compiled.rotation import TURN

_AT_ONCE_STEPS = 10_000
"""Steps of a slice: a few milliseconds."""
_GROUPS_MAX = 32
"""Groups of eligible reps whose turns are counted before members are told what they were due."""


@dataclass(slots=True)
class Share:
    """One member's. ``due`` and ``lag_max`` are in millionths of a turn."""

    due: int = 0
    got: int = 0
    lag_max: int = 0
    told: list[int] = field(default_factory=list)  # turns of each group that are in `due`

    @property
    def lag(self) -> int:
        """How far behind the member is now."""
        return self.due - self.got * TURN


@dataclass(slots=True)
class Fairness:
    """A pool's turns: shares by permanent number, and turns that cannot be judged.

    ``changes`` is how often members or weights changed between them.
    """

    shares: dict[int, Share] = field(default_factory=dict)
    judged: int = 0
    not_judged: int = 0
    changes: int = 0

    @property
    def prefix_lag_max(self) -> int:
        """The furthest that anyone was ever behind, in millionths of a turn."""
        return max((share.lag_max for share in self.shares.values()), default=0)


def judge(past: PoolPast, turns: Iterable[Turn], numbers: dict[str, int]) -> Slices[Fairness]:
    """Go through the turns of a pool; ``numbers`` are permanent numbers by rep id."""
    judge = _Judge(past, numbers)
    for _, of_record in groupby(turns, key=_inbox_offset):
        # Of what one record of the inbox decided, such as a tick over the backlog, no order is
        # known: it is looked at when all of it is done.
        together = list(of_record)
        judge.look_before(together)
        for turn in together:
            judge.take(turn)
            if judge.steps + past.steps > _AT_ONCE_STEPS:
                judge.steps = past.steps = 0
                yield
    judge.look_at_all()
    return judge.found


def _inbox_offset(turn: Turn) -> int:
    return turn.inbox_offset


class _Judge:
    """Tells members what they were due only when that matters, not all of them at every turn.

    Without a turn of their own, and while none comes back, members only fall further behind. So it
    is enough to look at them just before, and at the end. Meanwhile turns are counted by the group
    of reps among whom they went: with a thousand members that is a thousand times less to do.
    """

    def __init__(self, past: PoolPast, numbers: dict[str, int]) -> None:
        self.found = Fairness()
        self.steps = 0
        self._past = past
        self._numbers = numbers
        self._then: Then | None = None
        self._given: dict[tuple[int, str, int, int, int], int] = {}  # masks of turns to come back
        self._groups: dict[int, int] = {}  # place in the lists below by mask
        self._counts: list[int] = []
        self._gains: list[dict[int, int]] = []

    def look_before(self, together: list[Turn]) -> None:
        """Look at those whose lag may shrink by a record's turns."""
        if any(turn.is_back for turn in together):
            self.look_at_all()
            return
        for turn in together:
            share = self.found.shares.get(self._numbers.get(turn.rep_id, -1))
            if share is not None:
                self._look(self._numbers[turn.rep_id], share)

    def look_at_all(self) -> None:
        """Look at every member."""
        for number, share in self.found.shares.items():
            self._look(number, share)

    def _look(self, number: int, share: Share) -> None:
        self._tell(number, share)
        share.lag_max = max(share.lag_max, share.lag)

    def _tell(self, number: int, share: Share) -> None:
        told = share.told
        for at, count in enumerate(self._counts):
            more = count - told[at] if at < len(told) else count
            if more:
                share.due += more * self._gains[at].get(number, 0)
        share.told = self._counts.copy()
        self.steps += 4 + len(self._counts)

    def take(self, turn: Turn) -> None:
        """Count a turn, unless it is nobody's or cannot be judged."""
        found, number = self.found, self._numbers.get(turn.rep_id, -1)
        self.steps += 4
        then = self._past.at(turn.policy, turn.inbox_offset)
        if then is not None and then is not self._then:
            self._enter(then)
        if (by_hand(turn) or turn.is_back) and (
            then is None or number < 0 or not then.mask >> number & 1
        ):
            return  # a lead given to, or taken from, somebody of another pool is nobody's turn
        among = self._among(turn, number, then) if then is not None and number >= 0 else 0
        if not among:
            found.not_judged += 1
            return
        if turn.comes_back:
            self._given[turn.group] = among
        found.judged += 1
        sign = -1 if turn.is_back else 1
        self._counts[self._group(among)] += sign
        found.shares[number].got += sign

    def _among(self, turn: Turn, number: int, then: Then) -> int:
        """Among whom the turn went, a mask; 0 when what the event says fits none."""
        if turn.is_back:
            return self._given.get(turn.group, 0) & (then.mask | then.assumed)
        if by_hand(turn):
            return turn.among & (then.mask | then.assumed)
        for mask in then.masks(turn, number):
            among = mask & ~turn.excluded
            if mask.bit_count() == turn.considered and among.bit_count() == turn.eligible:
                return among if among >> number & 1 else 0
        return 0

    def _enter(self, then: Then) -> None:
        """From here on the pool has other members, or weights."""
        before = self._then
        if before is not None:
            self.found.changes += _shares_of(before) != _shares_of(then)
            self._begin_groups_anew()
        self._then = then
        for member in then.table.members:
            if then.mask >> member.number & 1:
                self.found.shares.setdefault(member.number, Share())

    def _group(self, among: int) -> int:
        at = self._groups.get(among)
        if at is None:
            if len(self._groups) >= _GROUPS_MAX:
                self._begin_groups_anew()
            at = self._groups[among] = len(self._counts)
            if self._then is None:
                raise AssertionError("a turn is judged by the pool of its time")
            gains = self._then.table.gains_of(among)
            for number in gains.numbers:
                self.found.shares.setdefault(number, Share())
            self._counts.append(0)
            self._gains.append(dict(zip(gains.numbers, gains.shares, strict=True)))
            self.steps += len(gains.numbers)
        return at

    def _begin_groups_anew(self) -> None:
        for number, share in self.found.shares.items():
            self._tell(number, share)
            share.told = []
        self._groups.clear()
        self._counts.clear()
        self._gains.clear()


def by_hand(turn: Turn) -> bool:
    """Whether somebody's word gave it."""
    return turn.eligible < 0


def _shares_of(then: Then) -> dict[int, int]:
    return {each.number: each.weight for each in then.table.members if then.mask >> each.number & 1}
