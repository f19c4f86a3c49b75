"""Which leads are of the same person: by digests of e-mail and phone."""

from __future__ import annotations

from functools import partial

from router.core.events import Facts
from router.core.index import add, drop, ids_of
from router.core.journal import Journal
from router.core.state import Lead, SalesOrg

MERGES_FOLLOWED_MAX = 16


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
    """The latest other lead of the same person, e-mail before phone; merges are followed."""
    for digest in (lead.facts.email_digest, lead.facts.phone_digest):
        if digest is None or digest not in org.persons:
            continue
        for lead_id in reversed(ids_of(org.persons, digest)):
            found = after_merges(org, org.leads[lead_id])
            if found is not None and found is not lead:
                return found
    return None


def after_merges(org: SalesOrg, lead: Lead) -> Lead | None:
    """The lead that remains of it; None when that one is forgotten."""
    found: Lead | None = lead
    for _ in range(MERGES_FOLLOWED_MAX):
        if found is None or found.merged_into is None:
            return found
        found = org.leads.get(found.merged_into)
    return None
