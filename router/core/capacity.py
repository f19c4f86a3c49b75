"""What reps carry: taken with an assignment, given back when the lead leaves them."""

from __future__ import annotations

from dataclasses import replace

from router.core.availability import note_load
from router.core.duty import local_day
from router.core.state import Lead, Load, Rep
from router.core.turn import Turn


def take(turn: Turn, lead: Lead, rep: Rep, channel: str) -> None:
    """Count the lead as open, and as one of today's, for ``rep`` in ``channel``."""
    today = local_day(rep.profile.utc_offsets, turn.now_ms)
    load = rep.loads.get(channel) or Load()
    source = lead.facts.lead_source
    same_day = load.day == today
    sources = load.day_sources if same_day else None
    if source is not None and _is_capped(turn, channel, source):
        sources = {**(sources or {}), source: (sources or {}).get(source, 0) + 1}
    after = Load(load.open + 1, today, (load.day_count if same_day else 0) + 1, sources)
    _set_load(turn, rep, channel, after)
    turn.journal.put(lead, "charged", channel)


def _is_capped(turn: Turn, channel: str, source: str) -> bool:
    tables = turn.tables
    cap = tables.policy.caps.get(channel) if tables else None
    return cap is not None and any(name == source for name, _ in cap.per_day_from)


def take_imported(turn: Turn, lead: Lead, rep: Rep, channel: str) -> None:
    """Count an imported lead as open, but not as one of today's."""
    load = rep.loads.get(channel) or Load()
    _set_load(turn, rep, channel, replace(load, open=load.open + 1))
    turn.journal.put(lead, "charged", channel)


def release(turn: Turn, lead: Lead) -> None:
    """Give the open lead's place back; today's count stays: it is what was handed out."""
    channel, rep = lead.charged, turn.rep(lead.rep)
    if channel is None or rep is None:
        return
    load = rep.loads[channel]
    _set_load(turn, rep, channel, replace(load, open=load.open - 1))
    turn.journal.put(lead, "charged", None)
    open_backlog(turn)


def open_backlog(turn: Turn) -> None:
    """A rep may be free now: the backlog is to be offered at the next tick."""
    org = turn.org
    turn.note_opening()
    if org.offers_due_ms is None and org.queues:
        org.offers_due_ms = turn.now_ms


def _set_load(turn: Turn, rep: Rep, channel: str, load: Load) -> None:
    turn.journal.insert(rep.loads, channel, load)
    turn.touch_rep(rep)
    tables = turn.tables
    if tables is not None and tables.availability is not None:
        note_load(tables.availability, tables, rep, channel, load, turn.now_ms)
