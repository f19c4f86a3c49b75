"""Accept and contact clocks, and every other time at which something falls due for a lead."""

from __future__ import annotations

from heapq import heappush
from typing import Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.model.lead import OPEN_STATUSES, Lead, Status
from router.core.model.person import EarlyEngagement
from router.core.model.policy import Sla
from router.core.model.rep import Rep
from router.core.model.work_schedule import Schedule
from router.core.state.context import Context
from router.core.state.day_queue import watch_day
from router.core.state.sales_org import SalesOrg

SILENT_MS: Final = 180 * 86_400_000
"""Open leads without any event this long are closed."""
FORGET_MS: Final = 30 * 86_400_000
"""Closed leads are forgotten this long after their last event."""
EARLY_MS = 30 * 86_400_000
"""Engagement is kept this long for a lead that has not come yet."""
DAY_MS: Final = 86_400_000


# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_CLOSED: Final = Status.CLOSED
_MERGED: Final = Status.MERGED

Clocks = tuple[int | None, int | None, int | None]
"""Accept by, contact by, remind at; None where the policy sets none."""

NO_CLOCKS: Clocks = (None, None, None)


def clocks_for(compiled: CompiledPolicy, rep: Rep, channel: str, now_ms: int) -> Clocks:
    """Run the channel's clocks in the rep's hours of work.

    On working days a whole day of a clock is a day of work: ``2d`` from Monday 15:00 is Wednesday
    15:00, and ``4h`` from there Thursday 11:00. What somebody is given while off duty they see all
    at once: those clocks begin in turn.
    """
    sla = compiled.policy.sla.get(channel)
    if sla is None:
        return NO_CLOCKS
    window = compiled.window(channel, rep.number, now_ms)
    start, end = window if window is not None else (0, 0)
    left_ms = end - now_ms if start <= now_ms else -1  # of the window that holds now
    schedule, by_days = compiled.clocks[channel][rep.number], sla.basis == "working_days"
    turn_ms = 0 if start <= now_ms else _work_before_ms(compiled, sla, rep)
    begin_ms, first = now_ms, window
    if turn_ms:
        begin_ms, first = schedule.after_work(now_ms, turn_ms, window), None
    times: list[int | None] = []
    for work_ms in (sla.accept_ms, sla.contact_ms, sla.remind_ms):
        if work_ms is None:
            times.append(None)
        elif work_ms <= left_ms and (work_ms < DAY_MS or not by_days):
            times.append(now_ms + work_ms)
        else:
            at_ms = _due_at_ms(schedule, begin_ms, work_ms, first, by_days=by_days)
            times.append(before_leave(sla, schedule, now_ms, at_ms))
    return times[0], times[1], times[2]


def _due_at_ms(
    schedule: Schedule,
    begin_ms: int,
    work_ms: int,
    first: tuple[int, int] | None,
    *,
    by_days: bool,
) -> int:
    if not by_days or work_ms < DAY_MS:
        return schedule.after_work(begin_ms, work_ms, first)
    at_ms = schedule.after_days(begin_ms, work_ms // DAY_MS, first)
    rest_ms = work_ms % DAY_MS
    return schedule.after_work(at_ms, rest_ms) if rest_ms else at_ms


def _work_before_ms(compiled: CompiledPolicy, sla: Sla, rep: Rep) -> int:
    """Return the time for the leads that the rep is to answer first, where a miss costs them.

    With a clock of 5 minutes, of 3 leads that an owner is given over the weekend the first is to be
    accepted by 08:35, the second by 08:40, the third by 08:45; two at a time, the third by 08:40.
    """
    if sla.missed == "tell_manager":
        return 0
    unanswered = sum([load.unaccepted for load in rep.loads.values()])
    first_ms = sla.accept_ms if sla.accept_ms is not None else sla.contact_ms or 0
    return unanswered // compiled.policy.backlog.unaccepted * first_ms


def before_leave(sla: Sla, schedule: Schedule, now_ms: int, at_ms: int) -> int:
    """A lead that another may have does not wait for its rep to come back from leave.

    It is missed when their last work before the leave ends.
    """
    if sla.missed == "tell_manager":
        return at_ms
    leaves = [start for start, _ in schedule.time_off if now_ms < start < at_ms]
    if not leaves:
        return at_ms
    leave_ms = min(leaves)
    return schedule.last_work_before(now_ms, leave_ms) or leave_ms


def sla_of(compiled: CompiledPolicy, lead: Lead) -> Sla | None:
    """The clocks that run for the lead's channel."""
    return compiled.policy.sla.get(lead.channel or "")


def takes_away(compiled: CompiledPolicy, channel: str) -> bool:
    """Whether a clock that runs out in the channel gives the lead to somebody else."""
    sla = compiled.policy.sla.get(channel)
    return sla is not None and sla.missed != "tell_manager"


def due_ms(lead: Lead) -> int | None:
    """The lead's earliest deadline, or None."""
    due, review_at_ms = _clock_due_ms(lead), lead.review_at_ms
    return review_at_ms if due is None or (review_at_ms or due) < due else due


def watched_ms(lead: Lead) -> tuple[int, ...]:
    """The times at which the lead may be due: its clock's, and that of a review of what it needs.

    Both, because a report may stop the one and an owner be found before the other.
    """
    due, review_at_ms = _clock_due_ms(lead), lead.review_at_ms
    if review_at_ms is None or review_at_ms == due:
        return () if due is None else (due,)
    return (review_at_ms,) if due is None else (due, review_at_ms)


def _clock_due_ms(lead: Lead) -> int | None:
    accept_by_ms, contact_by_ms = lead.accept_by_ms, lead.contact_by_ms
    if accept_by_ms is not None and lead.status in OPEN_STATUSES:
        if contact_by_ms is not None and contact_by_ms < accept_by_ms:
            return contact_by_ms
        return accept_by_ms
    if lead.status is Status.WAITING:
        return lead.wait_until_ms
    if lead.status is Status.CLOSED:
        return lead.handoff_at_ms
    if lead.status in OPEN_STATUSES:
        return lead.contact_by_ms
    return None


def watch(org: SalesOrg, lead: Lead) -> None:
    """Remember when the lead may be due; older entries are recognised as stale."""
    for at_ms in watched_ms(lead):
        heappush(org.deadlines, (at_ms, lead.lead_id))


def watch_silence(org: SalesOrg, lead: Lead) -> None:
    """Remember the day on which the lead will have been silent too long."""
    watch_day(org.silent_days, silent_day(lead), lead.lead_id)


def watch_early(org: SalesOrg, lead_id: str, early: EarlyEngagement) -> None:
    """Remember the day on which engagement without a lead is dropped."""
    watch_day(org.early_days, early_day(early), lead_id)


def early_day(early: EarlyEngagement) -> int:
    """The day after which engagement whose lead never came is dropped."""
    return (early.at_ms + EARLY_MS) // DAY_MS + 1


def silent_day(lead: Lead) -> int:
    """The day (since the epoch) after which the lead is closed, or forgotten if closed."""
    if lead.status is not _CLOSED and lead.status is not _MERGED:
        return (lead.last_event_ms + SILENT_MS) // DAY_MS + 1
    return max(lead.last_event_ms + FORGET_MS, lead.handoff_at_ms or 0) // DAY_MS + 1


def heard_ms(context: Context, lead: Lead) -> int:
    """Return the time of the lead's last event when that is the event in hand.

    Never earlier than before, though the log's time may have been set back: the day on which the
    lead is looked at for its silence would be too late then.
    """
    return max(lead.last_event_ms, context.now_ms)


def settle_clocks(context: Context, lead: Lead, clocks: Clocks) -> None:
    """Start the clocks of a new assignment; the old ones end."""
    context.journal.edit(lead)
    lead.accept_by_ms, lead.contact_by_ms, _ = clocks
    watch(context.org, lead)


_DEADLINES: Final = (
    "accept_by_ms", "contact_by_ms", "wait_until_ms", "waits_from_ms", "handoff_at_ms",
    "handoff_by",
)  # fmt: skip
"""Fields of a lead that say when something is due, and what."""


def stop_clocks(context: Context, lead: Lead) -> None:
    """No deadline runs any more."""
    put = context.journal.put
    for name in _DEADLINES:
        if getattr(lead, name) is not None:
            put(lead, name, None)
