"""A tick serves all that wait: the best heads first, then a look at what may have changed.

A tick asks every class once who could serve it. Of those that somebody can serve the best head is
placed by the search, until no class is left: what is placed only makes fewer reps free, and what
frees a rep on the way (a handoff) has all classes asked once more.
"""

from __future__ import annotations

from typing import Any

from router.core.apart import apart, has_faults_left
from router.core.placing import place_waiting
from router.core.state import SalesOrg
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.waiting.review import review
from router.core.waiting.room import Free, admitted, class_key, head_of
from router.core.waiting.waiting_class import WaitingClass


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
    """Place the best head of those that somebody can serve, and the next, until none is left."""
    org = turn.org
    tables, free = _now(turn)
    opened = [found for found in org.room.values() if admitted(turn, found, tables, free)]
    while left > 0 and has_faults_left(org):
        opened = [found for found in opened if admitted(turn, found, tables, free)]
        best = _best_of(org, opened)
        if best is None:
            break
        found, lead_id = best
        left -= 1
        lead = org.leads[lead_id]
        if not apart(turn, lead, place_waiting) and lead_id not in org.aside:
            opened.remove(found)  # it stands where it stood: nobody can have it after all
        moved_to = org.room.get(class_key(lead) or "")
        if moved_to is not None and moved_to is not found and moved_to not in opened:
            opened.append(moved_to)
        tables, free = _now(turn)
    return left


def _best_of(org: SalesOrg, opened: list[WaitingClass]) -> tuple[WaitingClass, str] | None:
    """The class whose first lead goes before those of the others, and that lead."""
    best: WaitingClass | None = None
    first: Any = None
    for found in opened:
        head = head_of(org, found)
        if head is not None and (first is None or head < first):
            best, first = found, head
    return None if best is None else (best, first[2])


def _now(turn: Turn) -> tuple[Tables | None, Free | None]:
    """The policy in force, and who is free; None before there is one."""
    tables = turn.tables
    return tables, None if tables is None else Free(turn.masks(tables), paced=True)
