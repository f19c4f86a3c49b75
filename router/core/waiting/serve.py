"""What a tick does for all that wait: the best heads first, then a look at what may have changed.

A tick asks every class once who could serve it. The heads of those that somebody can serve go into
a heap, and the best is placed by the search until no class is left: what is placed only makes fewer
reps free, and what frees a rep on the way (a handoff) has the classes asked once more.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from router.core.apart import apart, has_faults_left
from router.core.placing import place_waiting
from router.core.state import SalesOrg
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.review import review
from router.core.waiting.room import Free, admitted, class_key, head_of
from router.core.waiting.waiting_class import Item

Head = tuple[int, int, str, str]
"""The place of the first lead of a class, and the class."""


def serve(turn: Turn, left: int) -> int:
    """Place what waits as far as reps are free; returns how many of ``left`` remain."""
    org = turn.org
    while org.stirred_ms is not None and left > 0 and has_faults_left(org):
        _calm(turn)
        left = _serve_once(turn, left)
        left = review(turn, left, place_waiting)
    if left <= 0 or not has_faults_left(org):
        turn.stir()  # there may be more to do
    return left


def _calm(turn: Turn) -> None:
    turn.journal.put(turn.org, "stirred_ms", None)
    turn.journal.touch("org", turn.org.sales_org, "")


def _serve_once(turn: Turn, left: int) -> int:
    org = turn.org
    tables, free = _now(turn)
    heads = [
        (*head, found.key)
        for found in org.room.values()
        if admitted(turn, found, tables, free) and (head := head_of(org, found)) is not None
    ]
    heapify(heads)
    while heads and left > 0 and has_faults_left(org):
        _, _, lead_id, key = heappop(heads)
        opened = org.room.get(key)
        if opened is None or not admitted(turn, opened, tables, free):
            continue
        first = head_of(org, opened)
        if first is None or first[2] != lead_id:
            _push(heads, first, key)
            continue
        left -= 1
        lead = org.leads[lead_id]
        if apart(turn, lead, place_waiting) or lead_id in org.aside:
            _push_next(org, heads, key)
            if (moved_to := class_key(lead)) is not None and moved_to != key:
                _push_next(org, heads, moved_to)
        tables, free = _now(turn)
    return left


def _now(turn: Turn) -> tuple[Tables | None, Free | None]:
    """The policy in force, and who is free; None before there is one."""
    tables = turn.tables
    return tables, None if tables is None else Free(turn.masks(tables), paced=True)


def _push_next(org: SalesOrg, heads: list[Head], key: str) -> None:
    found = org.room.get(key)
    if found is not None:
        _push(heads, head_of(org, found), key)


def _push(heads: list[Head], head: Item | None, key: str) -> None:
    if head is not None:
        heappush(heads, (*head, key))
