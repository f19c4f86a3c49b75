"""A look at all that waits once more than load has changed: policy, roster, accounts, the hour.

Best first, a bounded number at a time: ``review_from`` is the place up to which all have been
looked at. What changes meanwhile is seen by another round, so that changes in numbers, such as an
import of accounts, do not have the first leads looked at for ever.

When only hours and the day's counts have changed, leads of a class that nobody can serve differ in
nothing: where the first of them stands as it stood, the others do. A shift that begins with a
thousand leads in ten classes costs ten searches.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import islice
from typing import Any

from router.core.assign.isolate import apart, has_faults_left
from router.core.assign.waiting.room import Free, admitted
from router.core.model.lead import Lead
from router.core.state.context import Context
from router.core.state.sales_org import SalesOrg
from router.core.state.waiting_class import START, Item, WaitingClass

Standing = tuple[Any, str]
"""Its place among all that wait, and the key of the class that the lead stands in."""

Place = Callable[[Context, Lead], bool]
"""Offer a waiting lead; whether it stands where it stood no more."""


def review(context: Context, left: int, place: Place) -> int:
    """Go on looking; returns how many of ``left`` remain."""
    org = context.org
    while org.review_from is not None and left > 0 and has_faults_left(org):
        looked_at = _look(context, list(islice(_behind(org), left)), place)
        left -= len(looked_at)
        if left > 0 and has_faults_left(org):
            _end_round(context)
        elif looked_at:
            _go_on_from(context, looked_at[-1][0])
    if org.review_from is not None:
        context.stir()
    return left


def review_before(context: Context, item: Item, but: str, left: int, place: Place) -> int:
    """Look at those first that rank before ``item``, but for one lead; returns how many were."""
    ahead: list[Standing] = []
    for each in islice(_behind(context.org), left):
        if each[0] >= item:
            break
        if each[0][2] != but:
            ahead.append(each)
    looked_at = _look(context, ahead, place)
    if looked_at:
        _go_on_from(context, looked_at[-1][0])
    return len(looked_at)


def _behind(org: SalesOrg) -> Iterator[Standing]:
    """All behind ``review_from``, in order; not those that nobody has looked at once."""
    start = org.review_from or START
    return merge(*(_of_class(found, start) for found in org.room.values() if found.is_known))


def _of_class(found: WaitingClass, start: Item) -> Iterator[Standing]:
    for item in islice(found.items, bisect_right(found.items, start), None):
        yield item, found.key


def _look(context: Context, standing: list[Standing], place: Place) -> list[Standing]:
    """Look at each, until too many have raised; returns those that were.

    By class, one that stands as it stood answers for those of its class behind it.
    """
    org = context.org
    unchanged: set[str] = set()
    for at, (item, key) in enumerate(standing):
        if not has_faults_left(org):
            return standing[:at]
        if item[2] in org.aside or (org.review_by_class and key in unchanged):
            continue
        moved = apart(context, org.leads[item[2]], place)
        if moved or item[2] in org.aside:
            unchanged.clear()  # whoever was given it may have freed somebody on the way
        elif org.review_by_class and _is_shut(context, key):
            unchanged.add(key)
    return standing


def _is_shut(context: Context, key: str) -> bool:
    """Whether nobody can serve the class: else its leads are to be looked at one by one."""
    found, compiled = context.org.room.get(key), context.compiled
    if found is None or compiled is None:
        return False
    return not admitted(context, found, compiled, Free(context.masks(compiled), paced=True))


def _go_on_from(context: Context, item: Item) -> None:
    context.journal.put(context.org, "review_from", item)
    context.journal.touch("org", context.org.sales_org, "")


def _end_round(context: Context) -> None:
    org, put = context.org, context.journal.put
    put(org, "review_from", START if org.review_again else None)
    put(org, "review_again", False)
    context.journal.touch("org", org.sales_org, "")
