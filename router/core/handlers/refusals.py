"""A person refuses every way to be reached, or is to be forgotten: that ends all their leads.

An erasure outlives the leads. What occurred before it, and whatever is no submission, comes back
from nowhere: not by an update, an import, the same event once more or another lead id of theirs.
"""

from __future__ import annotations

from router.core.assign.apply import close
from router.core.assign.deadlines import watch_silence
from router.core.assign.waiting.room import review_person
from router.core.model.assignment import Reason
from router.core.model.events import Facts, LeadEvent
from router.core.model.lead import Lead, Status, is_live
from router.core.model.person import Suppressed
from router.core.search.consent import is_refused
from router.core.state.context import Context
from router.core.state.index import ids_of
from router.core.state.persons import (
    after_merges,
    digests_of,
    emails_of,
    forget_merge,
    forget_person,
    know_person,
    leads_of_person,
    phones_of,
)
from router.core.state.suppression_list import suppress, suppressed

ERASED = "erased"


def close_refused(context: Context, lead: Lead) -> None:
    """Close every other lead of the person that routing could still do something for."""
    org = context.org
    for digest in (*emails_of(org, lead), *phones_of(org, lead)):
        for lead_id in ids_of(org.persons, digest):
            other = after_merges(org, org.leads[lead_id])
            if other is None or other is lead or not is_live(other):
                continue
            if is_refused(org, other):
                close(context, other, Reason.CONSENT_REFUSED)


def erase(context: Context, lead: Lead, erased_ms: int) -> None:
    """Forget the lead's person as of ``erased_ms``: all their leads but those submitted since."""
    org = context.org
    theirs = leads_of_person(org, lead)
    for each in theirs:
        suppress(context, each, Suppressed(erased_ms=erased_ms))
    for each in theirs:
        if not _was_submitted_since(each, erased_ms):
            _erase(context, each, erased_ms)


def note_erased(context: Context, lead_id: str, erased_ms: int) -> None:
    """Remember by its id that the lead was erased, whether it is known, forgotten or to come."""
    org, journal = context.org, context.journal
    if erased_ms > org.erased.get(lead_id, -1):
        journal.insert(org.erased, lead_id, erased_ms)
        journal.touch("erased", org.sales_org, lead_id)


def _was_submitted_since(lead: Lead, erased_ms: int) -> bool:
    """Of an open lead ``quiet_until_ms`` is the time of its latest submission but the first."""
    return is_live(lead) and max(lead.occurred_at_ms, lead.quiet_until_ms or 0) > erased_ms


def is_erased(lead: Lead) -> bool:
    """Whether the lead's person asked to be forgotten, and has not submitted it anew."""
    return lead.status is Status.CLOSED and lead.closed_as == Reason.ERASED.value


def _erase(context: Context, lead: Lead, erased_ms: int) -> None:
    """The digests and free fields go, the decision stays.

    It is told of a lead that has ended too: whoever keeps a row of its owner must let go of it.
    """
    put = context.journal.put
    note_erased(context, lead.lead_id, erased_ms)
    put(lead, "field_times", {ERASED: erased_ms})
    review_person(context, lead)
    forget_person(context.journal, context.org, lead)
    forget_merge(context.journal, context.org, lead)
    put(lead, "facts", Facts(country=lead.facts.country))
    if not is_erased(lead):
        put(lead, "merged_into", None)
        close(context, lead, Reason.ERASED)
        for name in ("rep", "partner", "outside_rep_id", "assigned_as"):
            put(lead, name, None)  # a new submission is that of a stranger
    context.touch_lead(lead)


def erased_until_ms(context: Context, event: LeadEvent) -> int | None:
    """Up to when the event's lead or person was erased, if that keeps the event out; else None."""
    org = context.org
    if not org.erased and not org.suppressed:  # nearly always
        return None
    stranger = stranger_of(event)
    until_ms = max(org.erased.get(event.lead_id, 0), suppressed(org, stranger).erased_ms)
    if not until_ms:
        return None
    came_back = event.event_type == "submitted" or _is_known_again(context, stranger)
    return None if came_back and event.occurred_at_ms > until_ms else until_ms


def stranger_of(event: LeadEvent) -> Lead:
    """Return a lead of the event that is in no state: to ask what is known of its person."""
    return Lead(event.lead_id, event.facts, event.occurred_at_ms, 0, 0, ())


def _is_known_again(context: Context, lead: Lead) -> bool:
    return any(digest in context.org.persons for digest in digests_of(lead.facts))


def arrive_erased(context: Context, lead: Lead, erased_ms: int) -> None:
    """A lead that has just come was erased before: with it whatever else is known of its person."""
    know_person(context.journal, context.org, lead)
    erase(context, lead, erased_ms)
    if not is_erased(lead):  # dated later, but no submission
        _erase(context, lead, erased_ms)
    watch_silence(context.org, lead)
