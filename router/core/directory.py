"""Roster, accounts, policies, operators' commands and engagement: what is not a lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from router.core.arrivals import reconsider, try_again, what_remains
from router.core.chains.intentions import look_before
from router.core.clocks import early_day, heard_ms, watch_early
from router.core.decision import Reason
from router.core.events import Account, Command, Engagement, LeaveNote, PolicyPublished, RosterEntry
from router.core.handoffs import hand_off_if_begun, note_if_begun
from router.core.index import add, drop
from router.core.journal import Journal
from router.core.ownership import give
from router.core.person.absorb import raise_engagement
from router.core.persons import after_merges
from router.core.placing import place_in_turn
from router.core.policy import Policy
from router.core.roster.by_hand import by_hand
from router.core.roster.names import drop_rep, index_rep, rep_named, rep_on_roster
from router.core.roster.unknown_names import forget_known
from router.core.state import OPEN_STATUSES, GivenUp, Pool, Rep, SalesOrg, Status, Waiting, is_live
from router.core.tables import build_tables
from router.core.turn import Turn

COMMAND_IDS_MAX = 256
"""Commands remembered of a sales org, to know a repeated one."""


def on_roster(turn: Turn, entry: RosterEntry) -> None:
    """A rep joins, changes or leaves. A number once given is never given again."""
    org, journal = turn.org, turn.journal
    rep = org.reps.get(entry.rep_id)
    if rep is None:
        if entry.removed:
            return
        rep = Rep(len(org.rep_numbers), entry, joined_ms=turn.now_ms)
        journal.insert(org.reps, entry.rep_id, rep)
        org.rep_numbers.append(rep)
        journal.on_unwind(org.rep_numbers.pop)
        index_rep(journal, org, rep)
    else:
        profile = replace(rep.profile, removed=True) if entry.removed else entry
        _give_up_channels(turn, rep, profile)
        drop_rep(journal, org, rep)
        journal.put(rep, "profile", profile)
        index_rep(journal, org, rep)
    turn.touch_rep(rep)
    forget_known(turn)
    journal.put(org, "roster_version", org.roster_version + 1)
    journal.touch("org", org.sales_org, "")
    _rebuild(turn)


def _give_up_channels(turn: Turn, rep: Rep, profile: RosterEntry) -> None:
    """Promoted to another channel: the open leads of the old one are to find new owners.

    What a rep is given by hand, or as a manager, in a channel they never had stays with them.
    """
    left = [channel for channel in rep.profile.channels if channel not in profile.channels]
    given_up = {
        channel: GivenUp(turn.now_ms) if channel in left else rep.given_up[channel]
        for channel in sorted({*rep.given_up, *left} - {*profile.channels})
        if (load := rep.loads.get(channel)) and load.open
    }
    if given_up != rep.given_up:
        turn.journal.put(rep, "given_up", given_up)


def _rebuild(turn: Turn) -> None:
    """Roster or policy changed: compile them anew, and look at all that waits again."""
    turn.org.tables = None
    turn.review_all()


def on_account(turn: Turn, account: Account) -> None:
    """An account appears, changes or goes; leads find it by domain or by name."""
    org, journal = turn.org, turn.journal
    before = org.accounts.get(account.account_id)
    if before is not None:
        for domain in before.domains:
            drop(journal, org.accounts_by_domain, domain, account.account_id)
        if before.name_key:
            drop(journal, org.accounts_by_name, before.name_key, account.account_id)
    if account.removed:
        journal.remove(org.accounts, account.account_id)
    else:
        journal.insert(org.accounts, account.account_id, account)
        index_account(journal, org, account)
    journal.touch("account", org.sales_org, account.account_id)
    turn.review_all()


def index_account(journal: Journal, org: SalesOrg, account: Account) -> None:
    """Let leads find the account; of several with one domain the smallest id counts."""
    for domain in account.domains:
        add(journal, org.accounts_by_domain, domain, account.account_id, str)
    if account.name_key:
        add(journal, org.accounts_by_name, account.name_key, account.account_id, str)


def on_policy(turn: Turn, event: PolicyPublished) -> None:
    """A newer version takes effect now, or waits for its time; one that waits is replaced.

    Until the first is in force there is none, and leads wait for it.

    Raises:
        KeyError: it names a field that does not exist; the policy in force stays.
    """
    org, policy = turn.org, event.policy
    in_force = org.policy
    if in_force is not None and _is_old(in_force, policy):
        return
    build_tables(policy, org.rep_numbers)  # raises here, not at the next lead
    if policy.effective_from_ms > turn.now_ms:
        turn.journal.put(org, "next_policy", policy)
        turn.journal.touch("next_policy", org.sales_org, "")
        return
    activate(turn, policy)


def _is_old(in_force: Policy, policy: Policy) -> bool:
    return policy.policy_id == in_force.policy_id and policy.version <= in_force.version


def activate(turn: Turn, policy: Policy) -> None:
    """From now on this policy decides. Rotation credits of its pools are kept."""
    org, journal = turn.org, turn.journal
    journal.put(org, "policy", policy)
    journal.touch("policy", org.sales_org, "")
    if org.next_policy is not None:
        journal.put(org, "next_policy", None)
        journal.touch("next_policy", org.sales_org, "")
    _rebuild(turn)


def on_engagement(turn: Turn, event: Engagement) -> None:
    """A lead's engagement, absolute: it may rise in the backlog or be handed over."""
    org, journal = turn.org, turn.journal
    lead = org.leads.get(event.lead_id)
    if lead is None:
        _keep_early(turn, event)
        return
    if lead.status is Status.MERGED:
        lead = what_remains(turn, lead)
        before = look_before(turn, lead)
        raise_engagement(turn, lead, event.points_milli, event.at_ms, event.half_life_ms)
        reconsider(turn, lead, opens=False, asks=False, before=before)
        return
    if event.at_ms < lead.engagement_at_ms:
        return
    before = look_before(turn, lead)
    journal.put(lead, "engagement_milli", event.points_milli)
    journal.put(lead, "engagement_at_ms", event.at_ms)
    journal.put(lead, "engagement_half_life_ms", event.half_life_ms)
    journal.put(lead, "last_event_ms", heard_ms(turn, lead))
    turn.touch_lead(lead)
    if lead.status is Status.WAITING:
        note_if_begun(turn, lead, before)
        place_in_turn(turn, lead)
    elif lead.status in OPEN_STATUSES:
        hand_off_if_begun(turn, lead, before)
    elif lead.status is Status.NURTURED:  # this is what nurture is for
        try_again(turn, lead)


def _keep_early(turn: Turn, event: Engagement) -> None:
    """Keep engagement whose lead has not come yet; the latest stands."""
    org, journal = turn.org, turn.journal
    before = org.early_engagement.get(event.lead_id)
    if before is not None and event.at_ms < before.at_ms:
        return
    early = Waiting(event.points_milli, event.at_ms, event.half_life_ms)
    journal.insert(org.early_engagement, event.lead_id, early)
    journal.touch("engagement", org.sales_org, event.lead_id)
    if before is None or early_day(before) != early_day(early):
        watch_early(org, event.lead_id, early)


def on_command(turn: Turn, command: Command) -> None:
    """An operator's command, once; one about something unknown changes nothing.

    Such a one is not remembered either: sent again when its lead has come, it counts.
    """
    org, journal = turn.org, turn.journal
    if command.command_id not in org.command_ids and _COMMANDS[command.command](turn, command):
        latest = org.command_ids[1 - COMMAND_IDS_MAX :]
        journal.put(org, "command_ids", (*latest, command.command_id))
        journal.touch("commands", org.sales_org, "")


def _set_paused(turn: Turn, command: Command) -> bool:
    org, journal = turn.org, turn.journal
    pool = org.pools.get(command.subject)
    if pool is None:
        pool = Pool(command.subject)
        journal.insert(org.pools, command.subject, pool)
    journal.put(pool, "paused", command.command == "pause_pool")
    journal.put(pool, "by_hand", by_hand(command))
    journal.touch("pool", org.sales_org, command.subject)
    for waiting in org.room.values():
        waiting.tables = None  # who may serve it is to be found anew
    turn.review_all()
    return True


def _rep_away(turn: Turn, command: Command) -> bool:
    rep = rep_named(turn.org, command.subject, turn.now_ms)
    if rep is None or command.from_ms is None or command.until_ms is None:
        return False
    time_off = [*rep.profile.time_off, (command.from_ms, command.until_ms)]
    note = LeaveNote(command.from_ms, command.until_ms, command.actor, command.reason)
    notes = [*rep.profile.leave_notes, note]
    profile = replace(rep.profile, time_off=sorted(time_off), leave_notes=notes)
    turn.journal.put(rep, "profile", profile)
    turn.touch_rep(rep)
    _rebuild(turn)
    return True


def _assign(turn: Turn, command: Command) -> bool:
    named = turn.org.leads.get(command.subject)
    lead = None if named is None else after_merges(turn.org, named)
    rep = rep_on_roster(turn.org, command.rep_id, turn.now_ms)
    if lead is None or rep is None or not is_live(lead):
        return False
    if lead.rep != rep.number:
        give(turn, lead, rep, Reason.BY_OPERATOR)
        turn.out[-1]["by_hand"] = by_hand(command)
    return True


def _reoffer_backlog(turn: Turn, command: Command) -> bool:
    del command
    turn.review_all()
    return True


_COMMANDS: dict[str, Callable[[Turn, Command], bool]] = {
    "pause_pool": _set_paused,
    "resume_pool": _set_paused,
    "rep_away": _rep_away,
    "assign": _assign,
    "reoffer_backlog": _reoffer_backlog,
}
