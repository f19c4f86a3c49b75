"""How even the turns of a pool were: how far anyone was ever behind their due share.

The rule is that of :mod:`router.core.rotation`: a lead hands out one turn among the reps who could
have had it, by weight. ``lag`` is what a member was due less what they got; the most it ever was,
after any record of the inbox, is the prefix lag. A rejected lead gives its turn back, and a lead
given by hand or claimed counts as one.

Who was eligible follows from the event and from who is in the pool, with what weight. So turns are
judged since the last change of roster or policy; one that was yet decided among others than the
pool has now cannot be judged, and is counted as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from router.core.pool_table import PoolTable
from router.core.rotation import TURN
from router.streams.projection.histories import Decided, History

_GIVEN_BACK = frozenset(
    {"rejected", "reassign_requested", "changed_in_crm", "owner_not_on_roster", "by_operator"}
)
_CHARGED = frozenset({"changed_in_crm", "by_operator", "claimed"})


class Turn(NamedTuple):
    """A turn of ``pool_id`` that goes to a rep, or comes back from them; sorts by the inbox.

    ``eligible`` -1 is a turn out of everybody's, as for a lead given by hand.
    """

    inbox_offset: int
    sequence: int
    pool_id: str
    rep_id: str
    is_back: bool
    eligible: int
    excluded: int
    value_minor: int
    given_ms: int
    given_offset: (
        int  # of the inbox record that gave it; `inbox_offset` may be that it comes back by
    )


@dataclass(slots=True)
class Share:
    """One member's. ``due`` and ``lag_max`` are in millionths of a turn."""

    due: int = 0
    got: int = 0
    lag_max: int = 0

    @property
    def lag(self) -> int:
        """How far behind the member is now."""
        return self.due - self.got * TURN


@dataclass(slots=True)
class Fairness:
    """A pool's turns: shares by permanent number, and turns that cannot be judged."""

    shares: dict[int, Share] = field(default_factory=dict)
    judged: int = 0
    not_judged: int = 0

    @property
    def prefix_lag_max(self) -> int:
        """The furthest that anyone was ever behind, in millionths of a turn."""
        return max((share.lag_max for share in self.shares.values()), default=0)


def turns_of(histories: Iterable[History], from_ms: int) -> list[Turn]:
    """The turns given since a time, in the order in which route gave them or had them back."""
    return sorted(turn for history in histories for turn in _turns(history, from_ms))


def given_since(turns: Iterable[Turn], from_ms: int, after_offset: int) -> Iterator[Turn]:
    """Those that were given since a time and behind an inbox offset."""
    for turn in turns:
        if turn.given_ms >= from_ms and turn.given_offset > after_offset:
            yield turn


def _turns(history: History, from_ms: int) -> Iterator[Turn]:
    held: Turn | None = None
    pool_id, value_minor = "", 0
    for each in history.decisions:
        pool_id, value_minor = each.pool_id or pool_id, each.value_minor or value_minor
        back = each.reason in _GIVEN_BACK
        if back and held is not None and held.rep_id == each.previous_rep_id:
            # It comes back before the lead is given again.
            yield held._replace(
                inbox_offset=each.inbox_offset,
                sequence=2 * each.sequence - 1,
                is_back=True,
                eligible=-1,
                excluded=0,
            )
        if each.ends_ownership:
            held = None
        is_turn = each.is_pick or (each.is_given and each.reason in _CHARGED)
        if is_turn and each.decided_ms >= from_ms:
            held = _turn(each, pool_id, value_minor)
            yield held


def _turn(each: Decided, pool_id: str, value_minor: int) -> Turn:
    return Turn(
        each.inbox_offset,
        2 * each.sequence,
        pool_id,
        each.rep_id or "",
        is_back=False,
        eligible=each.eligible if each.is_pick else -1,
        excluded=each.excluded if each.is_pick else 0,
        value_minor=value_minor,
        given_ms=each.decided_ms,
        given_offset=each.inbox_offset,
    )


def judge(
    table: PoolTable, present: int, turns: Iterable[Turn], numbers: dict[str, int]
) -> Fairness:
    """Go through the turns of a pool; ``present`` is a mask of those who are not away."""
    found = Fairness({member.number: Share() for member in table.members})
    for _, of_record in groupby(turns, key=_inbox_offset):
        # Of what one record of the inbox decided, such as a tick over the backlog, no order is
        # known: it is looked at when all of it is done.
        for turn in of_record:
            _judge_turn(found, table, present, turn, numbers)
        for share in found.shares.values():
            share.lag_max = max(share.lag_max, share.lag)
    return found


def _inbox_offset(turn: Turn) -> int:
    return turn.inbox_offset


def _judge_turn(
    found: Fairness, table: PoolTable, present: int, turn: Turn, numbers: dict[str, int]
) -> None:
    number = numbers.get(turn.rep_id, -1)
    by_hand = turn.eligible < 0
    if by_hand and number not in found.shares:
        return  # a lead given to somebody of another pool is nobody's turn
    among = table.mask & (present | 1 << number if by_hand else ~turn.excluded)
    if not by_hand and (
        among.bit_count() != turn.eligible or number < 0 or not among >> number & 1
    ):
        found.not_judged += 1
        return
    found.judged += 1
    _take(found, table, among, number, turn)


def _take(found: Fairness, table: PoolTable, among: int, number: int, turn: Turn) -> None:
    sign = -1 if turn.is_back else 1
    shares, gains = found.shares, table.gains_of(among)
    shares[number].got += sign
    for each, gain in zip(gains.numbers, gains.shares, strict=True):
        shares[each].due += sign * gain
