"""A look at all that waits once more than load has changed: policy, roster, accounts, the hour.

Best first, a bounded number at a time: ``review_from`` is the place up to which all have been
looked at. What changes meanwhile is seen by another round, so that changes in numbers, such as an
import of accounts, do not have the first leads looked at for ever.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import islice

from router.core.apart import apart, has_faults_left
from router.core.state import Lead, SalesOrg
from router.core.turn import Turn
from router.core.waiting.waiting_class import START, Item

Place = Callable[[Turn, Lead], bool]
"""Offer a waiting lead; whether it stands where it stood no more."""


def review(turn: Turn, left: int, place: Place) -> int:
    """Go on looking; returns how many of ``left`` remain."""
    org = turn.org
    while org.review_from is not None and left > 0 and has_faults_left(org):
        looked_at = _look(turn, list(islice(_behind(org), left)), place)
        left -= len(looked_at)
        if left > 0 and has_faults_left(org):
            _end_round(turn)
        elif looked_at:
            _go_on_from(turn, looked_at[-1])
    if org.review_from is not None:
        turn.stir()
    return left


def review_before(turn: Turn, item: Item, but: str, left: int, place: Place) -> int:
    """Look at those first that rank before ``item``, but for one lead; returns how many were."""
    ahead: list[Item] = []
    for each in islice(_behind(turn.org), left):
        if each >= item:
            break
        if each[2] != but:
            ahead.append(each)
    looked_at = _look(turn, ahead, place)
    if looked_at:
        _go_on_from(turn, looked_at[-1])
    return len(looked_at)


def _behind(org: SalesOrg) -> Iterator[Item]:
    """All behind ``review_from``, in order; not those that nobody has looked at once."""
    start = org.review_from or START
    lists = [found.items for found in org.room.values() if found.is_known]
    return merge(*(islice(items, bisect_right(items, start), None) for items in lists))


def _look(turn: Turn, items: list[Item], place: Place) -> list[Item]:
    """Look at each, until too many have raised; returns those that were."""
    org = turn.org
    for at, item in enumerate(items):
        if not has_faults_left(org):
            return items[:at]
        if item[2] not in org.aside:
            apart(turn, org.leads[item[2]], place)
    return items


def _go_on_from(turn: Turn, item: Item) -> None:
    turn.journal.put(turn.org, "review_from", item)
    turn.journal.touch("org", turn.org.sales_org, "")


def _end_round(turn: Turn) -> None:
    org, put = turn.org, turn.journal.put
    put(org, "review_from", START if org.review_again else None)
    put(org, "review_again", False)
    turn.journal.touch("org", org.sales_org, "")
