"""A merge loses nothing: all that was known of a lead goes to the one it was merged into."""

from __future__ import annotations

from router.core.assign.deadlines import heard_ms
from router.core.assign.intentions import look_before
from router.core.assign.waiting.room import review_person
from router.core.compiled.decay import decayed
from router.core.model.events import Facts
from router.core.model.lead import Lead
from router.core.search.consent import note_consent
from router.core.search.united_facts import united
from router.core.state.context import Context
from router.core.state.persons import digests_of, forget_person, know_merge, know_person


def absorb(context: Context, lead: Lead, into: Lead, *, opens: bool, asks: bool) -> None:
    """Let the lead that ``lead`` is merged into take over what it knew, and be decided again.

    ``opens``: it opens if it is closed. ``asks``: its rep is to hear of a request.
    """
    before = look_before(context, into)
    know_merge(context.journal, context.org, lead)
    context.journal.put(into, "last_event_ms", heard_ms(context, into))
    facts, times = united(into, lead)
    set_facts(context, into, facts, times)
    raise_engagement(
        context, into, lead.engagement_milli, lead.engagement_at_ms, lead.engagement_half_life_ms
    )
    context.journal.put(into, "declined", into.declined | lead.declined)
    context.touch_lead(into)
    note_consent(context, into)
    context.decide_again(into, opens=opens, asks=asks, before=before)


def set_facts(context: Context, lead: Lead, facts: Facts, times: dict[str, int]) -> None:
    """Replace the lead's facts; who waits of the person it was, and is, is looked at anew."""
    journal, org = context.journal, context.org
    before = digests_of(lead.facts)
    is_somebody_else = before != digests_of(facts)
    if is_somebody_else:
        review_person(context, lead)
        forget_person(journal, org, lead)
    journal.put(lead, "facts", facts)
    if is_somebody_else:
        know_person(journal, org, lead)
    journal.put(lead, "field_times", times)
    if is_somebody_else:
        review_person(context, lead)
    context.touch_lead(lead)


def raise_engagement(
    context: Context, lead: Lead, milli: int, at_ms: int, half_life_ms: int
) -> None:
    """Take over another's engagement where it is higher than the lead's own by now."""
    now_ms = context.now_ms
    own = decayed(
        lead.engagement_milli, now_ms - lead.engagement_at_ms, lead.engagement_half_life_ms
    )
    if decayed(milli, now_ms - at_ms, half_life_ms) <= own:
        return
    context.journal.edit(lead)
    lead.engagement_milli, lead.engagement_at_ms = milli, at_ms
    lead.engagement_half_life_ms = half_life_ms
    context.touch_lead(lead)
