"""Everything that is derived from the restored entities, rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify

from router.core.clocks import watch_early, watch_silence, watched_ms
from router.core.directory import index_account
from router.core.forgotten import watch_forgotten
from router.core.journal import Journal
from router.core.persons import know_person
from router.core.state import Lead, SalesOrg

LEADS_A_STEP = 4_000
COUNTS_A_STEP = 100_000


def reindex(org: SalesOrg, now_ms: int) -> Iterator[None]:
    """Rebuild indexes, queues and deadlines of a restored sales org, a step at a time.

    A million leads take seconds; between steps of some thousand the caller can do other things.
    """
    journal = Journal()  # only to share the code that indexes; nothing is taken back
    org.rep_numbers = sorted(org.reps.values(), key=lambda rep: rep.number)
    for rep_id, loads in org.restored_loads.items():
        org.reps[rep_id].loads = loads
    org.restored_loads.clear()
    for account in org.accounts.values():
        index_account(journal, org, account)
    for place, lead in enumerate(org.leads.values()):
        know_person(journal, org, lead)
        journal.keep()
        _watch(org, lead)
        if place % LEADS_A_STEP == 0:
            yield
    heapify(org.deadlines)
    for queue in org.queues.values():
        queue.sort()
    if org.queues:
        org.offers_due_ms = now_ms
    for lead_id, early in org.early_engagement.items():
        watch_early(org, lead_id, early)
    for place, lead_id in enumerate(org.forgotten):
        watch_forgotten(org, lead_id)
        if place % COUNTS_A_STEP == 0:
            yield
    org.leads.forget()  # what indexing looked at goes back to rest


def _watch(org: SalesOrg, lead: Lead) -> None:
    if lead.charged is not None and lead.rep is not None:
        org.held.setdefault(lead.rep, {})[lead.lead_id] = None
    if lead.awaits is not None:
        org.awaited.setdefault(lead.awaits, {})[lead.lead_id] = None
    if lead.queue is not None:
        org.queues.setdefault(lead.queue, []).append((lead.rank, lead.received_ms, lead.lead_id))
    org.deadlines.extend((at_ms, lead.lead_id) for at_ms in watched_ms(lead))
    watch_silence(org, lead)
