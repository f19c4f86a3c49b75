"""Nothing was heard: silent leads are closed, closed ones forgotten, early engagement dropped."""

from __future__ import annotations

from router.core.apart import AGAIN_MS, apart
from router.core.clocks import FORGET_MS, SILENT_MS, early_day, silent_day, watch_silence
from router.core.decision import Reason
from router.core.due_days import do_due
from router.core.forgotten import keep_count
from router.core.persons import after_merges, forget_merge, forget_person
from router.core.settle import close
from router.core.state import Lead, Status, is_live
from router.core.turn import Turn
from router.core.waiting.joiners import stop_awaiting
from router.core.waiting.room import review_person


def end_silent(turn: Turn, left: int) -> int:
    """Close leads without an event for 180 days, forget closed ones after 30 more."""
    return do_due(turn, turn.org.silent_days, left, _end_if_silent)


def drop_early(turn: Turn, left: int) -> int:
    """Drop engagement whose lead has not come for 30 days."""
    return do_due(turn, turn.org.early_days, left, _drop_early)


def _end_if_silent(turn: Turn, lead_id: str, day: int) -> bool:
    lead = turn.org.leads.get(lead_id)
    if lead is None:
        return False
    if lead.status is Status.MERGED and silent_day(lead) <= day:
        _hear_of_survivor(turn, lead)
    if silent_day(lead) > day:  # heard of since
        watch_silence(turn.org, lead)
        return False
    if not apart(turn, lead, _end):
        _put_off(turn, lead)
    return True


def _hear_of_survivor(turn: Turn, lead: Lead) -> None:
    """Remember a merged lead as long as the one that remains: events of it count there."""
    survivor = after_merges(turn.org, lead)
    if survivor is None:
        return
    heard_at_ms = turn.now_ms if is_live(survivor) else survivor.last_event_ms
    if heard_at_ms > lead.last_event_ms:
        turn.journal.put(lead, "last_event_ms", heard_at_ms)
        turn.touch_lead(lead)


def _end(turn: Turn, lead: Lead) -> bool:
    if is_live(lead):
        turn.journal.put(lead, "last_event_ms", turn.now_ms)
        close(turn, lead, Reason.SILENT_TOO_LONG)
    else:
        _forget(turn, lead)
    return True


def _put_off(turn: Turn, lead: Lead) -> None:
    """It could not be ended: a day more is given to it."""
    silent_ms = SILENT_MS if is_live(lead) else FORGET_MS
    turn.journal.put(lead, "last_event_ms", turn.now_ms - silent_ms + AGAIN_MS)
    turn.touch_lead(lead)
    watch_silence(turn.org, lead)


def _forget(turn: Turn, lead: Lead) -> None:
    org = turn.org
    review_person(turn, lead)
    forget_person(turn.journal, org, lead)
    forget_merge(turn.journal, org, lead)
    stop_awaiting(turn, lead)
    turn.journal.remove(org.leads, lead.lead_id)
    turn.touch_lead(lead)
    keep_count(turn, lead)


def _drop_early(turn: Turn, lead_id: str, day: int) -> bool:
    org = turn.org
    early = org.early_engagement.get(lead_id)
    if early is None or early_day(early) != day:  # it came again later
        return False
    turn.journal.remove(org.early_engagement, lead_id)
    turn.journal.touch("engagement", org.sales_org, lead_id)
    return True
