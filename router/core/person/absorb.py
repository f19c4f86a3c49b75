"""A merge loses nothing: all that was known of a lead goes to the one it was merged into."""

from __future__ import annotations

from router.core.chains.intentions import look_before
from router.core.clocks import heard_ms
from router.core.events import Facts
from router.core.person.consent import note_consent
from router.core.person.facts import united
from router.core.persons import digests_of, forget_person, know_merge, know_person
from router.core.score import decayed
from router.core.state import Lead
from router.core.turn import Turn
from router.core.waiting.room import review_person


def absorb(turn: Turn, lead: Lead, into: Lead, *, opens: bool, asks: bool) -> None:
    """Let the lead that ``lead`` is merged into take over what it knew, and be decided again.

    ``opens``: it opens if it is closed. ``asks``: its rep is to hear of a request.
    """
    before = look_before(turn, into)
    know_merge(turn.journal, turn.org, lead)
    turn.journal.put(into, "last_event_ms", heard_ms(turn, into))
    facts, times = united(into, lead)
    set_facts(turn, into, facts, times)
    raise_engagement(
        turn, into, lead.engagement_milli, lead.engagement_at_ms, lead.engagement_half_life_ms
    )
    turn.journal.put(into, "declined", into.declined | lead.declined)
    turn.touch_lead(into)
    note_consent(turn, into)
    turn.decide_again(into, opens=opens, asks=asks, before=before)


def set_facts(turn: Turn, lead: Lead, facts: Facts, times: dict[str, int]) -> None:
    """Replace the lead's facts; who waits of the person it was, and is, is looked at anew."""
    journal, org = turn.journal, turn.org
    before = digests_of(lead.facts)
    is_somebody_else = before != digests_of(facts)
    if is_somebody_else:
        review_person(turn, lead)
        forget_person(journal, org, lead)
    journal.put(lead, "facts", facts)
    if is_somebody_else:
        know_person(journal, org, lead)
    journal.put(lead, "field_times", times)
    if is_somebody_else:
        review_person(turn, lead)
    turn.touch_lead(lead)


def raise_engagement(turn: Turn, lead: Lead, milli: int, at_ms: int, half_life_ms: int) -> None:
    """Take over another's engagement where it is higher than the lead's own by now."""
    now_ms = turn.now_ms
    own = decayed(
        lead.engagement_milli, now_ms - lead.engagement_at_ms, lead.engagement_half_life_ms
    )
    if decayed(milli, now_ms - at_ms, half_life_ms) <= own:
        return
    turn.journal.edit(lead)
    lead.engagement_milli, lead.engagement_at_ms = milli, at_ms
    lead.engagement_half_life_ms = half_life_ms
    turn.touch_lead(lead)
