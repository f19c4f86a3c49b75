"""Everything that is derived from the restored entities, rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify

from router.core.assign.deadlines import watch_early, watch_silence, watched_ms
from router.core.assign.sequence_memory import watch_forgotten
from router.core.assign.waiting.room import class_key, item_of
from router.core.handlers.accounts import index_account
from router.core.model.lead import OPEN_STATUSES, Lead
from router.core.state.journal import Journal
from router.core.state.persons import know_merge, know_person
from router.core.state.rep_names import index_rep
from router.core.state.sales_org import SalesOrg
from router.core.state.waiting_class import UNKNOWN, WaitingClass, reason_in

LEADS_A_STEP = 4_000
COUNTS_A_STEP = 100_000


def reindex(org: SalesOrg) -> Iterator[None]:
    """Rebuild indexes, classes and deadlines of a restored sales org, a step at a time.

    A million leads take seconds; between steps of some thousand the caller can do other things.
    """
    journal = Journal()  # only to share the code that indexes; nothing is taken back
    org.rep_numbers = sorted(org.reps.values(), key=lambda rep: rep.number)
    for rep_id, loads in org.restored_loads.items():
        org.reps[rep_id].loads = loads
    org.restored_loads.clear()
    for rep in org.rep_numbers:
        index_rep(journal, org, rep)
    for account in org.accounts.values():
        index_account(journal, org, account)
    for place, lead in enumerate(org.leads.values()):
        know_person(journal, org, lead)
        know_merge(journal, org, lead)
        journal.keep()
        _take_up_waiting(org, lead)
        _watch(org, lead)
        if place % LEADS_A_STEP == 0:
            yield
    heapify(org.deadlines)
    for waiting in org.room.values():
        waiting.items.sort()
    for lead_id, early in org.early_engagement.items():
        watch_early(org, lead_id, early)
    for place, lead_id in enumerate(org.forgotten):
        watch_forgotten(org, lead_id)
        if place % COUNTS_A_STEP == 0:
            yield
    org.leads.forget()  # what indexing looked at goes back to rest


def _take_up_waiting(org: SalesOrg, lead: Lead) -> None:
    """State of core version 3 names queues, and an hour at which to ask the field once more.

    Such leads stand among those that nobody has looked at.
    """
    names_queue = lead.needs is not None and (
        ":" in reason_in(lead.needs) or lead.needs == "policy"
    )
    asks_again = lead.needs is None and lead.handoff_at_ms is not None
    if names_queue or (asks_again and lead.status in OPEN_STATUSES):
        lead.needs = UNKNOWN
        org.leads.put_right(lead)


def _watch(org: SalesOrg, lead: Lead) -> None:
    if lead.charged is not None and lead.rep is not None:
        org.held.setdefault(lead.rep, {})[lead.lead_id] = None
        if lead.unanswered:
            org.rep_numbers[lead.rep].loads[lead.charged].unaccepted += 1
    if (key := class_key(lead)) is not None:
        if key not in org.room:
            org.room[key] = WaitingClass(key)
        org.room[key].items.append(item_of(lead))
    org.deadlines.extend((at_ms, lead.lead_id) for at_ms in watched_ms(lead))
    watch_silence(org, lead)
