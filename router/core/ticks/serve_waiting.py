"""A tick serves all that wait: the best heads first, then a look at what may have changed.

A tick asks every class once who could serve it. Of those that somebody can serve the best head is
placed by the search, until no class is left: what is placed only makes fewer reps free, and what
frees a rep on the way (a handoff) has all classes asked once more.
"""

from __future__ import annotations

from typing import Any

from router.core.assign.isolate import apart, has_faults_left
from router.core.assign.waiting.review import review
from router.core.assign.waiting.room import Free, admitted, class_key, head_of
from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.handlers.placing import place_waiting
from router.core.state.context import Context
from router.core.state.sales_org import SalesOrg
from router.core.state.waiting_class import WaitingClass


def serve(context: Context, left: int) -> int:
    """Place what waits as far as reps are free; returns how many of ``left`` remain."""
    org = context.org
    while org.stirred_ms is not None and left > 0 and has_faults_left(org):
        _calm(context)
        left = _serve_once(context, left)
        left = review(context, left, place_waiting)
    if left <= 0 or not has_faults_left(org):
        context.stir()  # there may be more to do
    return left


def _calm(context: Context) -> None:
    context.journal.put(context.org, "stirred_ms", None)
    context.journal.touch("org", context.org.sales_org, "")


def _serve_once(context: Context, left: int) -> int:
    """Place the best head of those that somebody can serve, and the next, until none is left."""
    org = context.org
    compiled, free = _now(context)
    opened = list(org.room.values())
    while left > 0 and has_faults_left(org):
        opened = [found for found in opened if admitted(context, found, compiled, free)]
        best = _best_of(org, opened)
        if best is None:
            break
        found, lead_id = best
        left -= 1
        lead = org.leads[lead_id]
        if not apart(context, lead, place_waiting) and lead_id not in org.aside:
            opened.remove(found)  # it stands where it stood: nobody can have it after all
        moved_to = org.room.get(class_key(lead) or "")
        if moved_to is not None and moved_to is not found and moved_to not in opened:
            opened.append(moved_to)
        compiled, free = _now(context)
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


def _now(context: Context) -> tuple[CompiledPolicy | None, Free | None]:
    """The policy in force, and who is free; None before there is one."""
    compiled = context.compiled
    return compiled, None if compiled is None else Free(context.masks(compiled), paced=True)
