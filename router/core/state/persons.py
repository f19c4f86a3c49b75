"""Which leads are of the same person: by digests of e-mail and phone, and by merges.

An e-mail is one person's. A phone number may be a family's or a switchboard's: it joins two leads
only where their e-mails do not differ, because one of them has none. A number beside which more
than a few e-mails stand is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from router.core.model.events import Facts
from router.core.model.lead import OPEN_STATUSES, Lead, Status
from router.core.state.index import add, drop, ids_of
from router.core.state.journal import Journal
from router.core.state.sales_org import SalesOrg

MERGES_FOLLOWED_MAX = 16
PERSONS_A_NUMBER_MAX: Final = 3
"""E-mails beside one phone number; with more of them it says nothing of who is calling."""
LEADS_LOOKED_AT_MAX: Final = 64
"""The latest leads of one digest that are asked who they are of, and how they stand."""


def know_person(journal: Journal, org: SalesOrg, lead: Lead) -> None:
    """Let other leads of the same person find this one."""
    email, phone = lead.facts.email_digest, lead.facts.phone_digest
    if email is not None:
        _know_by(journal, org, lead, email)
    if phone is not None:
        _know_by(journal, org, lead, phone)


def _know_by(journal: Journal, org: SalesOrg, lead: Lead, digest: int) -> None:
    if digest not in org.persons:
        journal.insert(org.persons, digest, lead.lead_id)
    else:
        add(journal, org.persons, digest, lead.lead_id, partial(_arrival, org))


def _arrival(org: SalesOrg, lead_id: str) -> tuple[int, str]:
    return org.leads[lead_id].received_ms, lead_id


def forget_person(journal: Journal, org: SalesOrg, lead: Lead) -> None:
    """The lead's digests lead to it no more."""
    for digest in digests_of(lead.facts):
        drop(journal, org.persons, digest, lead.lead_id)


def digests_of(facts: Facts) -> list[int]:
    """The digests a person is known by."""
    return [digest for digest in (facts.email_digest, facts.phone_digest) if digest is not None]


def earlier_lead(org: SalesOrg, lead: Lead) -> Lead | None:
    """The lead of the same person that is open or waits, else their latest other one.

    By e-mail before phone; merges are followed.
    """
    facts, lead_id = lead.facts, lead.lead_id
    if _is_only(org, facts.email_digest, lead_id) and _is_only(org, facts.phone_digest, lead_id):
        return None  # nearly always
    latest: Lead | None = None
    for lead_ids in (_by_email(org, lead), _by_phone(org, lead)):
        for lead_id in reversed(lead_ids):
            found = after_merges(org, org.leads[lead_id])
            if found is None or found is lead:
                continue
            if found.status is Status.WAITING or found.status in OPEN_STATUSES:
                return found
            latest = latest or found
    return latest


def _is_only(org: SalesOrg, digest: int | None, lead_id: str) -> bool:
    """Whether no other lead is known by the digest."""
    found = None if digest is None else org.persons.get(digest)
    return found is None or found == lead_id


def _by_email(org: SalesOrg, lead: Lead) -> tuple[str, ...]:
    email = lead.facts.email_digest
    return () if email is None else ids_of(org.persons, email)[-LEADS_LOOKED_AT_MAX:]


def _by_phone(org: SalesOrg, lead: Lead) -> list[str]:
    phone, own = lead.facts.phone_digest, lead.facts.email_digest
    lead_ids = () if phone is None else ids_of(org.persons, phone)[-LEADS_LOOKED_AT_MAX:]
    if not lead_ids or lead_ids == (lead.lead_id,):
        return []
    emails = {lead_id: org.leads[lead_id].facts.email_digest for lead_id in lead_ids}
    if _are_many(dict.fromkeys((own, *emails.values()))):
        return []
    return [each for each, email in emails.items() if email in {None, own} or own is None]


def _are_many(emails: dict[int | None, None]) -> bool:
    return len(emails) - (None in emails) > PERSONS_A_NUMBER_MAX


def is_anybodys(org: SalesOrg, phone: int) -> bool:
    """Whether more than a few persons share the number."""
    lead_ids = ids_of(org.persons, phone)[-LEADS_LOOKED_AT_MAX:]
    return _are_many(dict.fromkeys(org.leads[each].facts.email_digest for each in lead_ids))


def leads_of_person(org: SalesOrg, lead: Lead) -> list[Lead]:
    """All leads of the lead's person, merged ones too; the first is the one given.

    E-mails and merges are followed on and on, a phone number once: of two persons who share one
    neither is the other.
    """
    found: dict[str, Lead] = {}
    _follow(org, found, [lead])
    known_by_email = any(one.facts.email_digest is not None for one in found.values())
    called: list[Lead] = []
    for one in list(found.values()):
        ids = _by_phone(org, one)
        others = (org.leads[lead_id] for lead_id in ids if lead_id not in found)
        called += [each for each in others if not known_by_email or each.facts.email_digest is None]
    _follow(org, found, called)
    return list(found.values())


def _follow(org: SalesOrg, found: dict[str, Lead], leads: list[Lead]) -> None:
    """Add ``leads`` and whatever e-mails and merges lead to from there."""
    while leads:
        lead = leads.pop(0)
        if lead.lead_id in found:
            continue
        found[lead.lead_id] = lead
        survivor = org.leads.get(lead.merged_into or "")
        leads += [] if survivor is None else [survivor]
        leads += [org.leads[each] for each in ids_of(org.merged, lead.lead_id)]
        email = lead.facts.email_digest
        if email is not None:
            others = ids_of(org.persons, email)
            leads += [org.leads[each] for each in others if each not in found]


def emails_of(org: SalesOrg, lead: Lead) -> list[int]:
    """Digests of the lead's e-mail, and of those of the leads that were merged into it."""
    return _digests(org, lead, "email_digest")


def phones_of(org: SalesOrg, lead: Lead) -> list[int]:
    """Digests of the lead's phone number, and of those of the leads that were merged into it."""
    return _digests(org, lead, "phone_digest")


def _digests(org: SalesOrg, lead: Lead, name: str) -> list[int]:
    own: int | None = getattr(lead.facts, name)
    if lead.lead_id not in org.merged:  # nearly always
        return [] if own is None else [own]
    digests = dict.fromkeys([own, *(getattr(each.facts, name) for each in merged_into(org, lead))])
    return [digest for digest in digests if digest is not None]


def merged_into(org: SalesOrg, lead: Lead) -> Iterator[Lead]:
    """The leads that were merged into the lead, and into those."""
    for lead_id in ids_of(org.merged, lead.lead_id)[-LEADS_LOOKED_AT_MAX:]:
        each = org.leads[lead_id]
        yield each
        yield from merged_into(org, each)


def know_merge(journal: Journal, org: SalesOrg, lead: Lead) -> None:
    """Let the lead that remains find the one that was merged into it."""
    if lead.merged_into is not None:
        add(journal, org.merged, lead.merged_into, lead.lead_id, partial(_arrival, org))


def forget_merge(journal: Journal, org: SalesOrg, lead: Lead) -> None:
    """The lead is forgotten, or no longer merged: it is found through no other."""
    if lead.merged_into is not None:
        drop(journal, org.merged, lead.merged_into, lead.lead_id)


def after_merges(org: SalesOrg, lead: Lead) -> Lead | None:
    """The lead that remains of it; None when that one is forgotten."""
    found: Lead | None = lead
    for _ in range(MERGES_FOLLOWED_MAX):
        if found is None or found.merged_into is None:
            return found
        found = org.leads.get(found.merged_into)
    return None
