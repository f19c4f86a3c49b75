"""The suppression list: what a person has said of being reached, kept when their leads are gone.

An entry stands under a digest. Those of a person known by an e-mail stand under it, and under the
phone number beside it stands only whose number that is: with ``p`` shared by ``a@`` and ``b@``, a
word of ``a@`` counts for a lead that knows ``p`` alone, and never for one of ``b@``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from router.core.model.lead import Lead
from router.core.model.person import Suppressed
from router.core.state.context import Context
from router.core.state.persons import PERSONS_A_NUMBER_MAX, emails_of, is_anybodys, phones_of
from router.core.state.sales_org import SalesOrg

NOTHING: Final = Suppressed()
"""No word on anything."""


def suppressed(org: SalesOrg, lead: Lead) -> Suppressed:
    """Everything that stands against the lead's person."""
    found = NOTHING
    if not org.suppressed:
        return found
    emails = emails_of(org, lead)
    for phone in phones_of(org, lead):
        entry = org.suppressed.get(phone)
        if entry is None or len(entry.emails) > PERSONS_A_NUMBER_MAX or is_anybodys(org, phone):
            continue
        found = stricter(found, entry)
        if not emails:
            found = _of_all(org, found, entry.emails)
    return _of_all(org, found, emails)


def _of_all(org: SalesOrg, found: Suppressed, digests: list[int] | tuple[int, ...]) -> Suppressed:
    for digest in digests:
        found = stricter(found, org.suppressed.get(digest, NOTHING))
    return found


def stricter(one: Suppressed, other: Suppressed) -> Suppressed:
    """The later word on each consent; of two at one time the refusal."""
    return Suppressed(
        _later(one.email, other.email),
        _later(one.phone, other.phone),
        _later(one.sms, other.sms),
        max(one.erased_ms, other.erased_ms),
    )


def _later(one: int, other: int) -> int:
    if abs(one) == abs(other):
        return min(one, other)
    return one if abs(one) > abs(other) else other


def suppress(context: Context, lead: Lead, word: Suppressed) -> bool:
    """Put ``word`` under every digest of the lead's person; whether it says anything new."""
    org = context.org
    emails, phones = emails_of(org, lead), phones_of(org, lead)
    is_new = False
    for digest in emails or phones:
        entry = org.suppressed.get(digest, NOTHING)
        after = replace(stricter(entry, word), emails=entry.emails)
        is_new = _put(context, digest, after) or is_new
    if emails:
        for phone in phones:
            entry = org.suppressed.get(phone, NOTHING)
            known = tuple(dict.fromkeys((*entry.emails, *emails)))
            _put(context, phone, replace(entry, emails=known[: PERSONS_A_NUMBER_MAX + 1]))
    return is_new


def _put(context: Context, digest: int, entry: Suppressed) -> bool:
    org, journal = context.org, context.journal
    if org.suppressed.get(digest) == entry:
        return False
    journal.insert(org.suppressed, digest, entry)
    journal.touch("suppressed", org.sales_org, str(digest))
    return True
