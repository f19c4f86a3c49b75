"""One lead at a time: what a defect makes of one lead must not keep others from their turn.

Ticks and offers go through many leads. When one of them raises, what was done for it is taken back,
and the others go on; a whole event is dead-lettered only when leads fail in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from router.core.clocks import watch
from router.core.state import Lead
from router.core.turn import Turn

FAULTS_MAX: Final = 20
"""In one event; beyond, something is wrong with more than a lead."""

AGAIN_MS: Final = 86_400_000
"""A deadline that could not be fired is tried again so much later."""


def apart(turn: Turn, lead: Lead, act: Callable[[Turn, Lead], bool]) -> bool:
    """What ``act`` says; False if it raised, and then the lead is as it was before.

    Raises:
        Exception: the event's :data:`FAULTS_MAX` is used up, or the process cannot go on.
    """
    journal, out, org = turn.journal, turn.out, turn.org
    mark, decided = journal.mark(), len(out)
    try:
        return act(turn, lead)
    except (MemoryError, RecursionError, OSError):
        raise
    except Exception as error:
        if len(org.faults) >= FAULTS_MAX:
            raise
        journal.unwind(mark)
        del out[decided:]
        org.tables = None  # what is derived is derived again
        org.faults.append((lead.lead_id, type(error).__name__))
        return False


def postpone(turn: Turn, lead: Lead) -> None:
    """Put off the deadlines that have passed: they could not be fired."""
    put, again_ms = turn.journal.put, turn.now_ms + AGAIN_MS
    for name in ("accept_by_ms", "contact_by_ms", "wait_until_ms", "handoff_at_ms"):
        at_ms = getattr(lead, name)
        if at_ms is not None and at_ms <= turn.now_ms:
            put(lead, name, again_ms)
    turn.touch_lead(lead)
    watch(turn.org, lead)
