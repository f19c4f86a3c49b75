"""The roster: reps join, change channels, leave."""

from __future__ import annotations

from dataclasses import replace

from router.core.model.events import (
    RosterEntry,
)
from router.core.model.rep import GivenUp, Rep
from router.core.state.context import Context
from router.core.state.rep_names import drop_rep, index_rep
from router.core.state.unknown_names import forget_known


def on_roster(context: Context, entry: RosterEntry) -> None:
    """A rep joins, changes or leaves. A number once given is never given again."""
    org, journal = context.org, context.journal
    rep = org.reps.get(entry.rep_id)
    if rep is None:
        if entry.removed:
            return
        rep = Rep(len(org.rep_numbers), entry, joined_ms=context.now_ms)
        journal.insert(org.reps, entry.rep_id, rep)
        org.rep_numbers.append(rep)
        journal.on_unwind(org.rep_numbers.pop)
        index_rep(journal, org, rep)
    else:
        profile = replace(rep.profile, removed=True) if entry.removed else entry
        _give_up_channels(context, rep, profile)
        drop_rep(journal, org, rep)
        journal.put(rep, "profile", profile)
        index_rep(journal, org, rep)
    context.touch_rep(rep)
    forget_known(context)
    journal.put(org, "roster_version", org.roster_version + 1)
    journal.touch("org", org.sales_org, "")
    context.compile_anew()


def _give_up_channels(context: Context, rep: Rep, profile: RosterEntry) -> None:
    """Promoted to another channel: the open leads of the old one are to find new owners.

    What a rep is given by hand, or as a manager, in a channel they never had stays with them.
    """
    left = [channel for channel in rep.profile.channels if channel not in profile.channels]
    given_up = {
        channel: GivenUp(context.now_ms) if channel in left else rep.given_up[channel]
        for channel in sorted({*rep.given_up, *left} - {*profile.channels})
        if (load := rep.loads.get(channel)) and load.open
    }
    if given_up != rep.given_up:
        context.journal.put(rep, "given_up", given_up)
