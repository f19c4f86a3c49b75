"""The account's owner is honoured; nobody is chosen before their first day or after their last."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.audit.directory import Directory, Entry
from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import Decision, History
from tests.e2e.audit.ownership import GIVES, is_after_sale, is_told_only

EARLIER_EXITS = frozenset(
    {
        "consent_refused",
        "consent_unreadable",
        "erased",
        "not_submitted",
        "withdrawn",
        "same_person",
        "found_by_rep",
        "imported",
        "owner_not_on_roster",
        "no_policy",
        "test_lead",
        "do_not_route",
    }
)
"""Reasons that come before the question for the account."""

CHOSEN_BY_PEOPLE = frozenset({"imported", "changed_in_crm", "by_operator", "merged_in_crm"})
"""Reasons with which a lead may come to a rep who has not started."""


def check_accounts(history: History) -> Iterator[Finding]:
    """Look at the first decision of every lead whose company or business e-mail is an account's."""
    directory = Directory(history)
    for event, decisions in history.walk():
        directory.learn(event)
        for decision in decisions:
            yield from _too_early(directory, decision, event.now_ms)
            yield from _too_late(directory, decision, event.now_ms)
            if event.kind != "lead" or decision.lead != event.lead or decision.sequence != 1:
                continue
            org = decision.lead[0]
            account = directory.account_of(org, event.body.get("facts", {}))
            owner = directory.owner_of(org, account)
            if owner is None or not _is_present(owner, event.now_ms):
                continue
            if not _honours(directory, decision, owner):
                yield Finding(
                    "account_owner",
                    f"{org}/{decision.body['assignment_id']}",
                    f"{decision.outcome} ({decision.reason}) to {decision.rep_id},"
                    f" the account is {owner['rep_id']}'s",
                )


def _too_early(directory: Directory, decision: Decision, now_ms: int) -> Iterator[Finding]:
    previous = decision.body.get("previous_rep_id")
    if decision.outcome not in GIVES or is_after_sale(decision) or decision.rep_id == previous:
        return
    told_only = is_told_only(decision) or (decision.outcome == "escalated" and previous is None)
    if told_only or decision.reason in CHOSEN_BY_PEOPLE:
        return
    rep = directory.rep(decision.lead[0], decision.rep_id)
    if rep is not None and _is_to_come(rep, now_ms):
        name = f"{decision.lead[0]}/{decision.body['assignment_id']}"
        yield Finding("too_early", name, f"{decision.rep_id} has not started")


def _too_late(directory: Directory, decision: Decision, now_ms: int) -> Iterator[Finding]:
    """People's word gives a lead to nobody who has left: it would be taken from them at once."""
    by_name = decision.reason in CHOSEN_BY_PEOPLE and decision.outcome != "merged"
    if not by_name or decision.rep_id is None:
        return
    rep = directory.rep(decision.lead[0], decision.rep_id)
    if rep is not None and _has_left(rep, now_ms):
        name = f"{decision.lead[0]}/{decision.body['assignment_id']}"
        yield Finding("too_late", name, f"{decision.rep_id} has left")


def _is_to_come(rep: Entry, now_ms: int) -> bool:
    starts_ms = rep.get("starts_ms")
    return starts_ms is not None and bool(starts_ms > now_ms)


def _has_left(rep: Entry, now_ms: int) -> bool:
    leaves_ms = rep.get("leaves_ms")
    return bool(rep.get("removed", False) or (leaves_ms is not None and leaves_ms <= now_ms))


def _is_present(rep: Entry, now_ms: int) -> bool:
    away = any(start <= now_ms < end for start, end in rep.get("time_off", ()))
    return not _has_left(rep, now_ms) and not away and not _is_to_come(rep, now_ms)


def _honours(directory: Directory, decision: Decision, owner: Entry) -> bool:
    rep_id, reason = decision.rep_id, decision.reason
    if reason in EARLIER_EXITS:
        return True
    if reason in {"account_owner", "urgent_customer"}:
        return rep_id == owner["rep_id"]
    if reason == "account_owners_partner":
        return rep_id in _in_line(directory, decision.lead[0], owner.get("partner_rep_id"))
    if reason == "account_owners_backup":
        return rep_id in _in_line(directory, decision.lead[0], owner.get("backup_rep_id"))
    return decision.outcome == "queued" and reason in {"owner_at_cap", "owner_away"}


def _in_line(directory: Directory, org: str, rep_id: str | None) -> list[str]:
    """Return the rep, and who stands in for them one after the other."""
    found: list[str] = []
    while rep_id is not None and rep_id not in found:
        found.append(rep_id)
        rep = directory.rep(org, rep_id)
        rep_id = None if rep is None else rep.get("backup_rep_id")
    return found
