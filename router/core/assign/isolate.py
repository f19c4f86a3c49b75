"""One lead at a time: what a defect makes of one lead must not keep others from their turn.

Ticks and offers go through many leads. When one of them raises, what was done for it is taken back,
and the others go on. For a day nothing that goes through many leads comes to it: an event of its
own does. A tick that has met :data:`FAULTS_MAX` of them ends early, and the next one goes on behind
them: time goes on however many leads fail.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import Final

from router.core.assign.deadlines import watch
from router.core.model.lead import Lead
from router.core.state.context import Context
from router.core.state.sales_org import SalesOrg

FAULTS_MAX: Final = 20
"""Leads of one sales org that a tick sets aside: after each what is derived is built anew."""

AGAIN_MS: Final = 86_400_000
"""A lead that raised is tried again so much later."""


def apart(context: Context, lead: Lead, act: Callable[[Context, Lead], bool]) -> bool:
    """What ``act`` says; False if it raised, and then the lead is as it was before, but set aside.

    Raises:
        Exception: the process cannot go on.
    """
    journal, out, org = context.journal, context.out, context.org
    mark, decided = journal.mark(), len(out)
    try:
        return act(context, lead)
    except (MemoryError, RecursionError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it is one lead's
        journal.unwind(mark)
        del out[decided:]
        org.compiled = None  # what is derived is derived again
        org.faults.append((lead.lead_id, type(error).__name__))
        journal.insert(org.aside, lead.lead_id, context.now_ms + AGAIN_MS)
        journal.touch("aside", org.sales_org, lead.lead_id)
        return False


def has_faults_left(org: SalesOrg) -> bool:
    """Whether the event in hand may still come to a lead that raises."""
    return len(org.faults) < FAULTS_MAX


def postpone(context: Context, lead: Lead) -> None:
    """Put off the deadlines that have passed: they could not be fired."""
    put, again_ms = context.journal.put, context.now_ms + AGAIN_MS
    for name in ("accept_by_ms", "contact_by_ms", "wait_until_ms", "handoff_at_ms"):
        at_ms = getattr(lead, name)
        if at_ms is not None and at_ms <= context.now_ms:
            put(lead, name, again_ms)
    context.touch_lead(lead)
    watch(context.org, lead)


def take_up_again(context: Context, left: int) -> int:
    """The day of those set aside is over; returns how many of ``left`` remain."""
    org, journal = context.org, context.journal
    over = nsmallest(
        left, [one for one, until_ms in org.aside.items() if until_ms <= context.now_ms]
    )
    for lead_id in over:
        journal.remove(org.aside, lead_id)
        journal.touch("aside", org.sales_org, lead_id)
    if over:
        context.stir()  # one that waits is offered again
    return left - len(over)
