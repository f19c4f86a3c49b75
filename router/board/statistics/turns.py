"""Turns that leads' histories come to, by pool and in the order in which route gave them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from router.board.projection.histories import Decided, History
from router.board.statistics.ordered import Ordered

_GIVEN_BACK = frozenset(
    {"rejected", "reassign_requested", "changed_in_crm", "owner_not_on_roster", "by_operator"}
)
_CHARGED = frozenset({"changed_in_crm", "by_operator", "claimed"})


class Turn(NamedTuple):
    """A turn of ``pool_id`` that goes to a rep, or comes back from them; sorts by the inbox.

    ``eligible`` -1 is a turn that somebody's word gave, ``among`` those in the mask. One that comes
    back has all of the turn that was given at ``given_offset``, which ``comes_back``.
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
    at_ms: int  # when it was given, or came back
    considered: int
    policy: str  # by which it was
    among: int = 0
    given_offset: int = 0
    comes_back: bool = False

    @property
    def group(self) -> tuple[int, str, int, int, int]:
        """Return the key of turns that were given among the same reps."""
        return self.given_offset, self.rep_id, self.eligible, self.excluded, self.among


class PoolTurns:
    """All turns of the histories that are kept; kept sorted, because sorting a day takes long."""

    def __init__(self) -> None:
        """Start empty."""
        self._pools: dict[str, Ordered[Turn]] = {}

    def replace(self, before: Iterable[Turn], after: Iterable[Turn]) -> None:
        """Take out what a lead came to before, put in what it comes to now."""
        for turn in before:
            self._pools[turn.pool_id].remove(turn)
        for turn in after:
            self._pools.setdefault(turn.pool_id, Ordered()).add(turn)

    def of(self, pool_id: str) -> list[Turn]:
        """Those of a pool now, in their order; the list stays as it is."""
        return list(self._pools.get(pool_id, ()))


def turns_of(history: History) -> list[Turn]:
    """The turns that one lead's decisions give and give back."""
    found: list[Turn] = []
    held = -1  # the place of the turn by which the lead's rep has it
    pool_id, value_minor = "", 0
    for each in history.decisions:
        pool_id, value_minor = each.pool_id or pool_id, each.value_minor or value_minor
        back = each.reason in _GIVEN_BACK
        if back and held >= 0 and found[held].rep_id == each.previous_rep_id:
            # It comes back before the lead is given again.
            found[held] = found[held]._replace(comes_back=True)
            found.append(
                found[held]._replace(
                    inbox_offset=each.inbox_offset,
                    sequence=2 * each.sequence - 1,
                    is_back=True,
                    at_ms=each.decided_ms,
                    policy=each.policy,
                    comes_back=False,
                )
            )
        if not each.is_told:
            held = -1
        by_hand = each.is_given and each.reason in _CHARGED and each.among > 0
        if each.is_pick or by_hand:
            held = len(found)
            found.append(_turn(each, pool_id, value_minor))
    return found


def given_since(turns: Iterable[Turn], from_ms: int) -> Iterator[Turn]:
    """Those that were given since a time."""
    return (turn for turn in turns if turn.given_ms >= from_ms)


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
        at_ms=each.decided_ms,
        considered=each.considered if each.is_pick else 0,
        policy=each.policy,
        among=0 if each.is_pick else each.among,
        given_offset=each.inbox_offset,
    )
