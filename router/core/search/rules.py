"""The questions asked before rotation: same person, found by a rep, the account's owner, too small.

Each answers with a placement or None, and the policy's order decides which is asked first. A rep
who was chosen and could not have the lead is noted on the view
(:mod:`router.core.search.passed_over`).
"""

from __future__ import annotations

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.view import View
from router.core.model.assignment import Exclusion, Outcome, Reason
from router.core.model.lead import OPEN_STATUSES, Lead, Status
from router.core.model.placement import Placement
from router.core.model.policy import ExitLine
from router.core.model.rep import Rep
from router.core.search.consent import is_held, is_refused
from router.core.search.options import need
from router.core.search.passed_over import absence, bar, full, note, refusal
from router.core.search.stand_ins import in_line, is_there
from router.core.state.availability import has_room
from router.core.state.bursts import is_beyond_burst
from router.core.state.context import Context
from router.core.state.persons import earlier_lead
from router.core.state.rep_names import rep_named, why_nobody
from router.core.state.waiting_class import AWAY, OWNER, URGENT


def held_for_consent(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View
) -> Placement | None:
    """No rep may have a lead of which nobody knows whether its person refuses."""
    if not is_held(context.org, lead):
        return None
    channel = lead.channel or "inside"
    found = Placement(Outcome.QUEUED, Reason.CONSENT_UNREADABLE, channel=channel)
    found.needs = need(context, compiled, lead, view, [])
    return found


def kept_from_rotation(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View
) -> Placement | None:
    """A throw-away address takes nobody's turn, and of a burst the rest is held for a look."""
    if lead.facts.email_kind == "disposable":
        return Placement(Outcome.NURTURED, Reason.DISPOSABLE_EMAIL)
    if not is_beyond_burst(context, compiled.policy, lead):
        return None
    found = Placement(Outcome.QUEUED, Reason.SOURCE_BURST, channel=view.channel)
    found.needs = need(context, compiled, lead, view, [])
    return found


def first_answer(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View
) -> Placement | None:
    """Ask the policy's questions in its order; the first that fits ends the search."""
    for line in view.lines.exits:
        found = _ask(context, compiled, lead, view, line)
        if found is not None:
            found.rule = line.label
            return found
    return None


def _ask(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, line: ExitLine
) -> Placement | None:
    on = line.on
    if on == "same_person":
        return _same_person(context, compiled, lead, view, line)
    if on == "consent_refused":
        refused = is_refused(context.org, lead)
        return Placement(Outcome.CLOSED, Reason.CONSENT_REFUSED) if refused else None
    if on == "account_has_owner":
        return _account_has_owner(context, compiled, lead, view, line)
    if on == "found_by_rep":
        return _found_by_rep(context, compiled, lead, view)
    return Placement(Outcome.NURTURED, Reason.TOO_SMALL)  # the line's `when` has said it all


def _same_person(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, line: ExitLine
) -> Placement | None:
    """The person's earlier lead: merged into it while it is open, else to the same rep.

    A closed lead that is submitted again may have a rep of its own, whom the CRM named last: they
    are asked before the rep of another lead.
    """
    earlier, within_ms = earlier_lead(context.org, lead), line.within_ms or 0
    if earlier is not None and context.now_ms - earlier.last_event_ms > within_ms:
        earlier = None
    if earlier is not None and (
        earlier.status is Status.WAITING or earlier.status in OPEN_STATUSES
    ):
        return Placement(
            Outcome.MERGED,
            Reason.SAME_PERSON,
            rep=context.rep(earlier.rep),
            channel=earlier.channel,
            merged_into=earlier.lead_id,
        )
    found: Placement | None = None
    if lead.status is Status.CLOSED:
        since_ms = lead.assigned_at_ms or lead.received_ms
        if context.now_ms - since_ms <= within_ms:
            found = _to_rep_of(context, compiled, lead, view, lead)
    if found is None and earlier is not None:
        found = _to_rep_of(context, compiled, lead, view, earlier)
    return found


def _to_rep_of(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, earlier: Lead
) -> Placement | None:
    """To whoever had ``earlier``, by the router or by the CRM's word."""
    rep = context.rep(earlier.rep)
    outside_rep_id = earlier.awaits or earlier.outside_rep_id
    if rep is None and outside_rep_id is not None:
        rep = _rep_or_note(
            context, view, Reason.SAME_PERSON, outside_rep_id
        )  # may have joined since
    if rep is None:
        return None
    return _to_rep_with_room(context, compiled, lead, view, rep, Reason.SAME_PERSON)


def _found_by_rep(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View
) -> Placement | None:
    """Who brings a lead keeps it, while they are here."""
    rep_id = view.facts.sourced_by_rep_id
    if rep_id is None:
        return None
    rep = _rep_or_note(context, view, Reason.FOUND_BY_REP, rep_id)
    if rep is None:
        return None
    return _to_rep_with_room(context, compiled, lead, view, rep, Reason.FOUND_BY_REP)


def _account_has_owner(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, line: ExitLine
) -> Placement | None:
    owner = _owner_of(context, view)
    if owner is None:
        return None
    _review_with_leave(context, owner, line, view)
    away = absence(context.masks(compiled), owner)
    if away is Exclusion.LEFT:
        note(view, Reason.ACCOUNT_OWNER, owner, away)
        return None
    said_no = refusal(owner, lead, view)
    if said_no is not None:
        note(view, Reason.ACCOUNT_OWNER, owner, said_no)
        return None
    if line.then == "owners_inside_partner":
        return _to_partner(context, compiled, lead, view, owner)
    if away is Exclusion.NOT_STARTED:
        note(view, Reason.ACCOUNT_OWNER, owner, away, channel_for(owner, view.channel), OWNER)
    elif _is_away_for_long(context, owner, line):
        waited_for = channel_for(owner, view.channel) if line.away_use == "wait" else None
        note(view, Reason.ACCOUNT_OWNER, owner, Exclusion.TIME_OFF, waited_for, AWAY)
    else:
        return _to_owner(context, compiled, lead, view, owner)
    return _instead_of_owner(context, compiled, lead, view, owner, line)


def _review_with_leave(context: Context, owner: Rep, line: ExitLine, view: View) -> None:
    """Note when the owner's leaves change who is asked: as they begin, and shortly before the end.

    Away until Friday with ``over: 1d``: from Thursday on the owner gets the lead again.
    """
    until_ms = away_until_ms(owner, context.now_ms)
    for at_ms in (until_ms - line.away_over_ms, *(start for start, _ in owner.profile.time_off)):
        if at_ms > context.now_ms:
            view.review_by(at_ms)


def _to_partner(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, owner: Rep
) -> Placement | None:
    """To the owner's partner, or who stands in for them; both stay on it."""
    reason = Reason.ACCOUNT_OWNERS_PARTNER
    partner_id = owner.profile.partner_rep_id
    found = _to_first_there(context, compiled, lead, view, partner_id, reason, wanted="inside")
    if found is not None and found.rep is not owner:
        found.partner = owner
    return found


def accounts_owner(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View
) -> Placement | None:
    """Return a placement with the owner of the lead's account, whatever else the policy asks."""
    for line in view.lines.exits:
        if line.on == "account_has_owner" and line.then == "owner":
            return _account_has_owner(context, compiled, lead, view, line)
    return None


def _owner_of(context: Context, view: View) -> Rep | None:
    """The rep who owns the account, or else its parent."""
    org, account = context.org, view.account
    if account is None:
        return None
    if account.owner_rep_id is None and account.parent_id is not None:
        account = org.accounts.get(account.parent_id)
    if account is None or account.owner_rep_id is None:
        return None
    return _rep_or_note(context, view, Reason.ACCOUNT_OWNER, account.owner_rep_id)


def _rep_or_note(context: Context, view: View, reason: Reason, name: str) -> Rep | None:
    """Return the rep whom a name means; one that means no one rep is noted as it is."""
    rep = rep_named(context.org, name, context.now_ms)
    if rep is None:
        note(view, reason, None, why_nobody(context.org, name, context.now_ms), name=name)
    return rep


def _instead_of_owner(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, owner: Rep, line: ExitLine
) -> Placement | None:
    """Return the policy's answer for an owner who is not there: wait, the backup, or the pool."""
    if line.away_use == "wait":
        return _wait_for(context, compiled, lead, view, owner, Reason.OWNER_AWAY)
    if line.away_use == "pool":
        return None
    backup_id, reason = owner.profile.backup_rep_id, Reason.ACCOUNT_OWNERS_BACKUP
    return _to_first_there(context, compiled, lead, view, backup_id, reason)


def _to_first_there(
    context: Context,
    compiled: CompiledPolicy,
    lead: Lead,
    view: View,
    rep_id: str | None,
    reason: Reason,
    *,
    wanted: str | None = None,
) -> Placement | None:
    """To the rep, or the first of those who stand in for them who is there, if they can have it."""
    for rep in in_line(context.org, rep_id, context.now_ms):
        found = _to_rep_with_room(context, compiled, lead, view, rep, reason, wanted=wanted)
        if found is not None or is_there(rep, context.now_ms):
            return found
    return None


def _to_owner(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, owner: Rep
) -> Placement:
    masks, channel = context.masks(compiled), channel_for(owner, view.channel)
    urgent = channel == "field" and lead.facts.request in compiled.policy.urgent_requests
    at_cap = full(masks, owner, channel, lead, paced=view.paced and not urgent)
    if at_cap is None:
        return Placement(Outcome.ASSIGNED, Reason.ACCOUNT_OWNER, rep=owner, channel=channel)
    if urgent and has_room(masks, owner, channel, lead, urgent=True):
        return Placement(Outcome.ASSIGNED, Reason.URGENT_CUSTOMER, rep=owner, channel=channel)
    note(view, Reason.ACCOUNT_OWNER, owner, at_cap, channel, URGENT if urgent else OWNER)
    return _wait_for(context, compiled, lead, view, owner, Reason.OWNER_AT_CAP)


def _is_away_for_long(context: Context, rep: Rep, line: ExitLine) -> bool:
    return away_until_ms(rep, context.now_ms) > context.now_ms + line.away_over_ms


def away_until_ms(rep: Rep, now_ms: int) -> int:
    """Return the end of the rep's present leave; now if they are not away."""
    until = now_ms
    for start, end in sorted(rep.profile.time_off):
        if start <= until < end:
            until = end
    return until


def channel_for(rep: Rep, wanted: str) -> str:
    """The channel in which a rep has a lead: the one that is wanted for it, if they work in it.

    Who works in none, such as a manager, has their own accounts' leads in the field.
    """
    channels = rep.profile.channels
    if wanted in channels:
        return wanted
    return channels[0] if channels else "field"


def _wait_for(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, rep: Rep, reason: Reason
) -> Placement:
    # Its own channel, not the owner's: it is no lead of the field for waiting for a field rep.
    found = Placement(Outcome.QUEUED, reason, channel=view.channel)
    found.waits_for = rep
    found.needs = need(context, compiled, lead, view, [])
    return found


def _to_rep_with_room(
    context: Context,
    compiled: CompiledPolicy,
    lead: Lead,
    view: View,
    rep: Rep,
    reason: Reason,
    *,
    wanted: str | None = None,
) -> Placement | None:
    """That rep, if they are here, have not declined it, and their caps allow it.

    ``wanted`` is the channel that the question names instead of the policy's channel line.
    """
    channel = channel_for(rep, wanted or view.channel)
    why = bar(context.masks(compiled), rep, channel, lead, view)
    if why is not None:
        note(view, reason, rep, why, channel)
        return None
    return Placement(Outcome.ASSIGNED, reason, rep=rep, channel=channel)
