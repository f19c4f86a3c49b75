"""Whether a person may be reached, by all that was heard of them.

A refusal stands until consent is granted by name at a later time: no other lead of theirs, no
unknown value and no cleared field takes it back.
"""

from __future__ import annotations

from typing import Final

from router.core.model.events import Facts
from router.core.model.lead import Lead
from router.core.model.person import Suppressed
from router.core.state.context import Context
from router.core.state.persons import emails_of
from router.core.state.sales_org import SalesOrg
from router.core.state.suppression_list import NOTHING, stricter, suppress, suppressed

UNREADABLE: Final = "unreadable"
"""A consent of which something was said that nobody could read."""


def is_refused(org: SalesOrg, lead: Lead) -> bool:
    """Whether every way to reach the person that the lead knows is refused.

    Not stated is not refused. Who refuses calls refuses texts with them, unless these are granted
    by name.
    """
    if not org.suppressed and not refuses(lead.facts):  # nearly always
        return False
    return _is_shut(lead.facts, stricter(suppressed(org, lead), _stated(lead)))


def is_held(org: SalesOrg, lead: Lead) -> bool:
    """Whether a consent that nobody could read may be such a refusal: then the lead is held."""
    facts = lead.facts
    if UNREADABLE not in (facts.consent_email, facts.consent_phone, facts.consent_sms):
        return False
    stated = _stated(lead, unreadable=-1)
    return _is_shut(facts, stricter(suppressed(org, lead), stated))


def _is_shut(facts: Facts, word: Suppressed) -> bool:
    no_email, no_phone = word.email < 0, word.phone < 0
    if not no_email and not no_phone:
        return False
    has_email, has_phone = facts.email_digest is not None, facts.phone_digest is not None
    if has_phone and word.sms > 0:
        return False
    if not has_email and not has_phone:
        return no_email and no_phone
    return (no_email or not has_email) and (no_phone or not has_phone)


def _stated(lead: Lead, unreadable: int = 0) -> Suppressed:
    """The consents among the lead's facts, with the times at which they were said.

    ``unreadable`` is the sign of what nobody could read: it counts for nothing, or as refused.
    """
    facts = lead.facts
    if facts.consent_email is None and facts.consent_phone is None and facts.consent_sms is None:
        return NOTHING
    signs = {"denied": -1, "granted": 1, UNREADABLE: unreadable}
    return Suppressed(
        _word(lead, "consent_email", signs),
        _word(lead, "consent_phone", signs),
        _word(lead, "consent_sms", signs),
    )


def _word(lead: Lead, name: str, signs: dict[str, int]) -> int:
    at_ms = max((lead.field_times or {}).get(name, lead.occurred_at_ms), 1)
    return signs.get(getattr(lead.facts, name), 0) * at_ms


def note_consent(context: Context, lead: Lead) -> bool:
    """Keep what was said on the lead, for all leads of its person; whether that is a refusal."""
    if not context.org.suppressed and not refuses(lead.facts):  # nearly always
        return False
    stated = _stated(lead)
    known = suppressed(context.org, lead)
    # What is known of a number by the e-mails beside it is not the word of whoever calls by it.
    word = stricter(known, stated) if emails_of(context.org, lead) else stated
    is_said = word != NOTHING and (known != NOTHING or min(word.email, word.phone, word.sms) < 0)
    return is_said and suppress(context, lead, word) and min(word.email, word.phone) < 0


def keeps_refusal(name: str, before: object, value: object) -> bool:
    """Whether a fact is a refusal that ``value`` cannot take back."""
    return name.startswith("consent_") and before == "denied" and value != "granted"


def refuses(facts: Facts) -> bool:
    """Whether anything is refused in what an event says."""
    return (
        facts.consent_email == "denied"
        or facts.consent_phone == "denied"
        or facts.consent_sms == "denied"
    )
