"""The account's owner is honoured: no lead of theirs goes to a stranger."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.audit.directory import Directory, Entry
from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import Decision, History

EARLIER_EXITS = frozenset(
    {
        "consent_refused",
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


def check_accounts(history: History) -> Iterator[Finding]:
    """Look at the first decision of every lead whose company or business e-mail is an account's."""
    directory = Directory(history)
    for event, decisions in history.walk():
        directory.learn(event)
        for decision in decisions:
            if event.kind != "lead" or decision.lead != event.lead or decision.sequence != 1:
                continue
            org = decision.lead[0]
            account = directory.account_of(org, event.body.get("facts", {}))
            owner = directory.owner_of(org, account)
            if owner is None or not _is_present(owner, event.now_ms):
                continue
            if not _honours(decision, owner):
                yield Finding(
                    "account_owner",
                    f"{org}/{decision.body['assignment_id']}",
                    f"{decision.outcome} ({decision.reason}) to {decision.rep_id},"
                    f" the account is {owner['rep_id']}'s",
                )


def _is_present(rep: Entry, now_ms: int) -> bool:
    leaves_ms = rep.get("leaves_ms")
    gone = rep.get("removed", False) or (leaves_ms is not None and leaves_ms <= now_ms)
    away = any(start <= now_ms < end for start, end in rep.get("time_off", ()))
    return not gone and not away


def _honours(decision: Decision, owner: Entry) -> bool:
    rep_id, reason = decision.rep_id, decision.reason
    if reason in EARLIER_EXITS:
        return True
    if reason in {"account_owner", "urgent_customer"}:
        return rep_id == owner["rep_id"]
    if reason == "account_owners_partner":
        return rep_id == owner.get("partner_rep_id")
    if reason == "account_owners_backup":
        return rep_id == owner.get("backup_rep_id")
    return decision.outcome == "queued" and reason in {"owner_at_cap", "owner_away"}
