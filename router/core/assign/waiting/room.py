"""Standing in the waiting room, leaving it, and who of the reps could serve whom now."""

from __future__ import annotations

from typing import Any, Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.rep_masks import Availability
from router.core.model.lead import Lead
from router.core.model.rep import Rep
from router.core.state.context import Context
from router.core.state.index import ids_of
from router.core.state.persons import digests_of
from router.core.state.rep_names import rep_on_roster
from router.core.state.sales_org import SalesOrg
from router.core.state.waiting_class import (
    AWAY,
    FIRST,
    JOINER,
    PRESENT,
    URGENT,
    Item,
    WaitingClass,
    reason_in,
)

EVERYBODY: Final = -1
PERSON_LEADS_MAX: Final = 16
"""The latest leads of a person that are looked at; many may share a number."""


def class_key(lead: Lead) -> str | None:
    """The class in which the lead stands; None if it does not wait."""
    return lead.needs if lead.awaits is None else JOINER + lead.awaits


def item_of(lead: Lead) -> Item:
    """The lead's place among all that wait."""
    rank = FIRST if lead.awaits is not None else lead.rank
    return rank, lead.received_ms, lead.lead_id


def stand(context: Context, lead: Lead, key: str, rank: int | None = None) -> None:
    """Put the lead into a class; it stands nowhere else after that. Its rank stays unless given."""
    if rank is None:
        rank = lead.rank
    if lead.needs == key and lead.rank == rank:
        return
    leave(context, lead)
    put = context.journal.put
    put(lead, "needs", key)
    put(lead, "rank", rank)
    enter(context, lead, key)


def enter(context: Context, lead: Lead, key: str) -> None:
    """Add the lead to a class, which is made if it is the first in it."""
    org, journal = context.org, context.journal
    found = org.room.get(key)
    if found is None:
        found = WaitingClass(key)
        journal.insert(org.room, key, found)
    journal.enqueue(found.items, item_of(lead))
    context.touch_lead(lead)


def leave(context: Context, lead: Lead) -> None:
    """Take the lead out of its class, if it waits. The last one of a class takes it along."""
    key = class_key(lead)
    if key is None:
        return
    org, journal = context.org, context.journal
    found = org.room[key]
    journal.dequeue(found.items, item_of(lead))
    if not found.items:
        journal.remove(org.room, key)
    if lead.needs is not None:
        journal.put(lead, "needs", None)
        journal.put(lead, "review_at_ms", None)
    context.touch_lead(lead)


def look_again(context: Context, lead: Lead) -> None:
    """The lead, which waits, may need something else by now: the next tick looks at it anew."""
    stand(context, lead, reason_in(lead.needs or ""))
    context.stir()


def wait_for_field_on(context: Context, lead: Lead) -> None:
    """A lead that waits for the field has another owner, or other facts."""
    if lead.handoff_at_ms is not None:
        look_again(context, lead)


def review_person(context: Context, lead: Lead) -> None:
    """The lead ends, or has another owner: what else waits of the person is looked at anew."""
    org = context.org
    if not org.room:
        return
    for digest in digests_of(lead.facts):
        for other_id in ids_of(org.persons, digest)[-PERSON_LEADS_MAX:]:
            other = None if other_id == lead.lead_id else org.leads[other_id]
            if other is not None and other.needs is not None:
                look_again(context, other)


class Free:
    """Reps with a place for somebody who waits, by channel."""

    __slots__ = ("_by_need", "gone", "masks", "paced")

    def __init__(self, masks: Availability, *, paced: bool) -> None:
        """``paced``: who has leads to accept gets none."""
        self.masks = masks
        self.gone = masks.left | masks.not_started
        self.paced = paced
        self._by_need: dict[tuple[str, str | None, str], int] = {}

    def reps(self, channel: str, source: str | None, pool_id: str) -> int:
        """Return the mask of those who are there, on duty, and below every limit."""
        need = (channel, source, pool_id)
        mask = self._by_need.get(need)
        if mask is None:
            masks = self.masks
            shut = self.gone | masks.time_off | masks.off_duty[channel]
            shut |= masks.barred(channel, source, pool_id, paced=self.paced)
            mask = self._by_need[need] = ~shut
        return mask


def admitted(
    context: Context, found: WaitingClass, compiled: CompiledPolicy | None, free: Free | None
) -> int:
    """The mask of the reps who could have a lead of the class now."""
    if found.joiner is not None:
        rep = rep_on_roster(context.org, found.joiner, context.now_ms)
        return 0 if rep is None else 1 << rep.number
    if compiled is None or free is None:
        return 0
    if not found.is_known:
        return EVERYBODY
    if found.compiled is not compiled:
        found.prepare(compiled, context.org.pools)
    mask = 0
    for (channel, pool_id), reps in found.served.items():
        mask |= reps & free.reps(channel, found.source, pool_id)
    if found.new_barred:
        mask &= ~free.masks.new
    return mask | _by_name(found, free) if found.named else mask


def _by_name(found: WaitingClass, free: Free) -> int:
    """Those of the reps by name who are there, with room."""
    masks, reps = free.masks, 0
    for number, channel, how in found.named:
        if how == AWAY:
            continue
        barred = free.gone | masks.barred(
            channel, found.source, paced=free.paced, urgent=how == URGENT
        )
        if how == PRESENT:
            barred |= masks.time_off
        reps |= 1 << number & ~barred
    return reps


def head_of(org: SalesOrg, found: WaitingClass, but: str = "") -> Any:
    """The place of the class's first lead that is not set aside, and not ``but``; or None."""
    if not but and not org.aside:  # nearly always
        return found.items[0] if found.items else None
    for item in found.items:
        if item[2] != but and item[2] not in org.aside:
            return item
    return None


def first_before(
    context: Context, compiled: CompiledPolicy, lead: Lead, item: Item, rep: Rep
) -> str | None:
    """The first lead that ranks before ``item`` and could go to ``rep``; not ``lead`` itself.

    Those whom only pacing keeps from the rep count, too.
    """
    org, bit = context.org, 1 << rep.number
    free = Free(context.masks(compiled), paced=False)
    first: Any = None
    for found in org.room.values():
        if found.items[0] < (first or item) and admitted(context, found, compiled, free) & bit:
            head = head_of(org, found, lead.lead_id)
            if head is not None and head < (first or item):
                first = head
    return None if first is None else first[2]
