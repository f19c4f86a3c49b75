"""What reps carry: taken with an assignment, given back when the lead leaves them."""

from __future__ import annotations

from router.core.compiled.limits import Limit, period_of
from router.core.model.lead import Lead
from router.core.model.rep import Load, Rep
from router.core.model.work_schedule import local_day
from router.core.state.availability import note_load
from router.core.state.context import Context


def take(
    context: Context,
    lead: Lead,
    rep: Rep,
    channel: str,
    *,
    pool_id: str | None = None,
    to_answer: bool = False,
) -> None:
    """Count the lead as open, and as one of today's, for ``rep`` in ``channel``.

    ``pool_id`` is whose rotation gave it, if one did. ``to_answer``: a clock runs until the rep
    answers it.
    """
    compiled = context.compiled
    masks = None if compiled is None else context.masks(compiled)
    load = _load_of(context, rep, channel)
    today = (
        local_day(rep.profile.utc_offsets, context.now_ms)
        if masks is None
        else masks.today[rep.number]
    )
    if load.day != today:
        load.day, load.day_count, load.day_sources = today, 0, None
    load.open += 1
    load.day_count += 1
    load.unaccepted += to_answer
    _hold(context, lead, rep, channel)
    lead.unanswered = to_answer  # journaled by _hold
    if masks is None:  # by hand, before any policy: there are no caps
        return
    _count(
        load,
        masks.limits_of[channel][rep.number],
        lead.facts.lead_source,
        pool_id,
        today,
        masks.hour,
    )
    note_load(masks, rep, channel, load)


def _count(
    load: Load,
    limits: list[Limit],
    source: str | None,
    pool_id: str | None,
    today: int,
    hour: int,
) -> None:
    """Count one more for the limits that count by themselves; forget what none counts any more."""
    counts: dict[str, tuple[int, int]] = {}
    before, sources = load.counts or {}, load.day_sources or {}
    for limit in limits:
        if limit.source is not None:
            if limit.source == source:
                load.day_sources = {**sources, source: sources.get(source, 0) + 1}
        elif limit.counter is not None:
            period = period_of(limit.measure, today, hour)
            number, count = before.get(limit.counter, (period, 0))
            count = count if number == period else 0
            counts[limit.counter] = (period, count + limit.applies(source, pool_id))
    load.counts = counts or None


def _load_of(context: Context, rep: Rep, channel: str) -> Load:
    """The rep's load in a channel, remembered as it is, to be changed."""
    context.touch_load(rep)
    load = rep.loads.get(channel)
    if load is None:
        load = Load()
        context.journal.insert(rep.loads, channel, load)
    else:
        context.journal.edit_load(load)
    return load


def take_imported(context: Context, lead: Lead, rep: Rep, channel: str) -> None:
    """Count an imported lead as open, but not as one of today's."""
    load = _load_of(context, rep, channel)
    load.open += 1
    _note(context, rep, channel, load)
    _hold(context, lead, rep, channel)


def _hold(context: Context, lead: Lead, rep: Rep, channel: str) -> None:
    journal, held = context.journal, context.org.held
    journal.edit(lead)
    lead.charged = channel
    of_rep = held.get(rep.number)
    if of_rep is None:
        of_rep = held[rep.number] = {}
    journal.insert(of_rep, lead.lead_id, None)


def move_place(context: Context, lead: Lead, into: Lead) -> None:
    """The place that the open ``lead`` takes is that of ``into``, which its rep has instead."""
    channel, journal = lead.charged, context.journal
    if channel is None or lead.rep is None:
        return
    of_rep = context.org.held[lead.rep]
    journal.put(into, "unanswered", lead.unanswered)
    journal.put(lead, "unanswered", False)
    journal.put(lead, "charged", None)
    journal.remove(of_rep, lead.lead_id)
    journal.put(into, "charged", channel)
    journal.insert(of_rep, into.lead_id, None)


def release(context: Context, lead: Lead) -> None:
    """Give the open lead's place back; today's count stays: it is what was handed out."""
    channel, rep = lead.charged, context.rep(lead.rep)
    if channel is None or rep is None:
        return
    load = _load_of(context, rep, channel)
    load.open -= 1
    load.unaccepted -= lead.unanswered
    _note(context, rep, channel, load)
    context.journal.put(lead, "charged", None)
    context.journal.put(lead, "unanswered", False)
    context.journal.remove(context.org.held[rep.number], lead.lead_id)
    context.stir()


def stop_accept_clock(context: Context, lead: Lead) -> None:
    """The rep has answered, or did not in time: they may have another lead that waits."""
    _await_no_answer(context, lead)
    context.journal.put(lead, "accept_by_ms", None)


def stop_contact_clock(context: Context, lead: Lead) -> None:
    """End the clock to the first contact; an answer is not waited for if it was the only one."""
    if lead.accept_by_ms is None:
        _await_no_answer(context, lead)
    context.journal.put(lead, "contact_by_ms", None)


def _await_no_answer(context: Context, lead: Lead) -> None:
    rep, channel = context.rep(lead.rep), lead.charged
    if rep is not None and channel is not None and lead.unanswered:
        load = _load_of(context, rep, channel)
        load.unaccepted -= 1
        _note(context, rep, channel, load)
        context.journal.put(lead, "unanswered", False)
        context.stir()


def note_again(context: Context, rep: Rep, channel: str) -> None:
    """A change of the rep's load was taken back: who has room is to follow."""
    load = rep.loads.get(channel)
    if load is not None:
        _note(context, rep, channel, load)


def _note(context: Context, rep: Rep, channel: str, load: Load) -> None:
    compiled = context.compiled
    if compiled is not None and compiled.availability is not None:
        note_load(compiled.availability, rep, channel, load)
