"""Running clocks are moved by what nobody lived through.

Clocks that a rep has to answer keep the working time that was left of them, because a leap may
move them out of the rep's hours: with 8 minutes left at 16:58, an hour's leap to 17:58 and an
office that shuts at 18:00, it is 08:06 the next morning. A wait in the backlog and a handoff run
day and night, and are moved as they stand. What is a date stays one: hours of work, time off, the
day a policy takes effect, the end of a lead that nobody has heard of for half a year.
"""

from __future__ import annotations

from router.core.assign.deadlines import before_leave, due_ms, sla_of, watch, watch_silence
from router.core.assign.isolate import apart
from router.core.model.lead import OPEN_STATUSES, Lead, Status
from router.core.search.misses import PAUSE_MS_MAX
from router.core.state.context import Context
from router.core.ticks.clock_leap import Move, Reading


def move_clocks(context: Context, reading: Reading) -> None:
    """Give every clock that runs the time that it had left.

    All of them at once, however many: one that is left for later might fire meanwhile. It is 40 µs
    each, and leaps are rare.
    """
    org = context.org
    if reading.later is not None:  # the log's time was set back: so is what is derived from it
        if org.compiled is not None:
            org.compiled.availability = None
        if org.stirred_ms is not None:
            context.journal.put(org, "stirred_ms", context.now_ms)
            context.journal.touch("org", org.sales_org, "")
    if reading.earlier is None and reading.later is None:
        return
    mover = _Mover(reading)
    for lead_id in sorted(dict.fromkeys([lead_id for _, lead_id in org.deadlines])):
        lead = org.leads.get(lead_id)
        if lead is not None and due_ms(lead) is not None:
            apart(context, lead, mover.move)


class _Mover:
    """Moves the clocks of one lead after the other, as a tick says."""

    __slots__ = ("_reading",)

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def move(self, context: Context, lead: Lead) -> bool:
        """Move what runs for the lead; whether anything had to be."""
        is_earlier = _began_ms(lead) < self._reading.at_ms
        move = self._reading.earlier if is_earlier else self._reading.later
        is_set_back = self._reading.later is not None
        if move is None and not (is_set_back and lead.status is Status.WAITING):
            return False
        context.journal.edit(lead)
        if move is not None:
            _move(context, lead, move)
        if is_set_back:
            _bound(context, lead)
        context.touch_lead(lead)
        watch(context.org, lead)
        return True


def _move(context: Context, lead: Lead, move: Move) -> None:
    by_ms = move.to_ms - move.from_ms
    if lead.accept_by_ms is not None:
        lead.accept_by_ms = _moved(context, lead, lead.accept_by_ms, move)
    if lead.contact_by_ms is not None:
        lead.contact_by_ms = _moved(context, lead, lead.contact_by_ms, move)
    if lead.wait_until_ms is not None:
        lead.wait_until_ms += by_ms
    if lead.waits_from_ms is not None:
        lead.waits_from_ms += by_ms
    if lead.missed_until_ms is not None:
        lead.missed_until_ms += by_ms
    if lead.handoff_at_ms is not None:
        lead.handoff_at_ms += by_ms
        watch_silence(context.org, lead)  # a deal that was won is remembered until then


def _bound(context: Context, lead: Lead) -> None:
    """The log's time was set back: nothing began after it, and no wait is longer than a new one.

    A lead that is older than the leap may have begun to wait in it.
    """
    lead.assigned_at_ms = min(lead.assigned_at_ms, context.now_ms)
    if lead.wait_until_ms is not None and context.org.policy is not None:
        latest_ms = context.now_ms + context.org.policy.backlog.at_most_ms
        lead.wait_until_ms = min(lead.wait_until_ms, latest_ms)
        if lead.waits_from_ms is not None:
            lead.waits_from_ms = min(lead.waits_from_ms, context.now_ms)
    if lead.missed_until_ms is not None:
        lead.missed_until_ms = min(lead.missed_until_ms, context.now_ms + PAUSE_MS_MAX)


def _began_ms(lead: Lead) -> int:
    """When the clocks of the lead began, or a time before that, in the log's time of then."""
    if lead.status in OPEN_STATUSES:
        return lead.assigned_at_ms
    if lead.status is Status.WAITING:
        return max(lead.received_ms, lead.assigned_at_ms)
    return lead.last_event_ms


def _moved(context: Context, lead: Lead, due_ms: int, move: Move) -> int:
    """Return when the working time is over that was left until ``due_ms``."""
    by_ms = move.to_ms - move.from_ms
    compiled, rep = context.compiled, context.rep(lead.rep)
    sla = sla_of(compiled, lead) if compiled is not None else None
    if compiled is None or rep is None or sla is None or due_ms <= move.from_ms:
        return due_ms + by_ms
    schedule = compiled.clocks[lead.channel or ""][rep.number]
    work_ms = schedule.work_between(move.from_ms, due_ms)
    if not work_ms:
        return due_ms + by_ms
    at_ms = schedule.after_work(move.to_ms, work_ms)
    return before_leave(sla, schedule, move.to_ms, at_ms)
