"""Never two live owners, merged with the present owner, and ``lead.owners`` says who."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import Decision, History, LeadKey

GIVES = frozenset({"assigned", "reassigned", "handed_off", "escalated"})
"""Outcomes after which a rep has the lead."""
ENDS = frozenset({"queued", "nurtured", "merged", "recalled", "closed"})
"""Outcomes after which nobody works on it."""


BY_PEOPLE = frozenset({"changed_in_crm", "by_operator", "owner_not_on_roster", "merged_in_crm"})
"""Reasons that move a lead which the CRM gave to somebody outside the roster."""


def check_ownership(history: History) -> Iterator[Finding]:
    """All checks on owners."""
    for decisions in history.by_lead.values():
        yield from _one_owner(decisions)
    yield from _merges(history)
    yield from _owners_topic(history)


def is_after_sale(decision: Decision) -> bool:
    """A won customer passed on for care: no lead in work, nobody's capacity."""
    return decision.outcome == "handed_off" and decision.reason == "won"


def is_told_only(decision: Decision) -> bool:
    """Another request about a lead, told to the rep who has it or to whom it was left."""
    return decision.reason == "asked_again" and decision.body.get("previous_rep_id") is None


def _one_owner(decisions: list[Decision]) -> Iterator[Finding]:
    owner: str | None = None
    is_outside = False
    for decision in decisions:
        rep_id, outcome = decision.rep_id, decision.outcome
        name = f"{decision.lead[0]}/{decision.body['assignment_id']}"
        may_be = outcome in {"closed", "merged", "recalled"} or decision.reason in BY_PEOPLE
        if is_outside and not may_be:
            yield Finding("behind_the_crm", name, f"{outcome} by {decision.reason}")
        is_outside = outcome == "recalled"
        if outcome in ENDS or is_after_sale(decision):
            owner = None
            continue
        if outcome not in GIVES or rep_id is None:
            yield Finding("owner", name, f"{outcome} to {rep_id}")
            continue
        previous = decision.body.get("previous_rep_id")
        if owner == rep_id and is_told_only(decision):
            continue
        if owner is not None and outcome == "assigned":
            yield Finding("two_owners", name, f"assigned to {rep_id} while {owner} has it")
        elif owner is not None and owner not in {rep_id, previous}:
            yield Finding("two_owners", name, f"{outcome} from {previous} while {owner} has it")
        owner = rep_id


def _merges(history: History) -> Iterator[Finding]:
    """A lead of the same person goes with the owner whom the other one has at that moment."""
    owners: dict[LeadKey, str | None] = {}
    for _, decisions in history.walk():
        before = {lead: owners.get(lead) for lead in _targets(decisions)}
        for decision in decisions:
            gives = decision.outcome in GIVES and not is_after_sale(decision)
            owners[decision.lead] = decision.rep_id if gives else None
        for decision in decisions:
            if decision.outcome != "merged" or decision.reason != "same_person":
                continue
            target = (decision.lead[0], decision.body["merged_into"])
            if decision.rep_id not in {before[target], owners.get(target)}:
                yield Finding(
                    "merged_owner",
                    f"{decision.lead[0]}/{decision.body['assignment_id']}",
                    f"with {decision.rep_id}, but {target[1]} is with {owners.get(target)}",
                )


def _targets(decisions: list[Decision]) -> list[LeadKey]:
    return [
        (decision.lead[0], decision.body["merged_into"])
        for decision in decisions
        if "merged_into" in decision.body
    ]


def _owners_topic(history: History) -> Iterator[Finding]:
    yield from _owners_keys(history)
    rows = _last_rows(history)
    for lead, decisions in history.by_lead.items():
        row, last = rows.pop(lead, None), decisions[-1].body
        if decisions[-1].reason == "erased":
            if row is not None:
                yield Finding("owners_topic", "/".join(lead), "is erased and has a row")
        elif row is None:
            yield Finding("owners_topic", "/".join(lead), "has no row")
        elif wrong := [name for name, value in _flat(last).items() if row.get(name) != value]:
            yield Finding("owners_topic", "/".join(lead), f"{wrong} is not the last decision's")
    for lead in rows:
        yield Finding("owners_topic", "/".join(lead), "has a row and no decision")


def _owners_keys(history: History) -> Iterator[Finding]:
    """Each row is under its lead's key, and all of a lead's are in one partition."""
    partitions: dict[bytes | None, int] = {}
    for record in history.records("lead.owners"):
        if partitions.setdefault(record.key, record.partition) != record.partition:
            yield Finding("owners_topic", str(record), "compaction keeps another row of its lead")
        row = json.loads(record.value) if record.value is not None else None
        if row is not None and (record.key or b"").decode() != row.get("lead_id"):
            yield Finding("owners_topic", str(record), "its key is not its lead")


def _last_rows(history: History) -> dict[LeadKey, dict[str, Any]]:
    """The last row of each lead; a tombstone takes away those of its key."""
    rows: dict[LeadKey, dict[str, Any]] = {}
    for record in history.records("lead.owners"):
        if record.value is None:
            lead_id = (record.key or b"").decode()
            rows = {lead: row for lead, row in rows.items() if lead[1] != lead_id}
        else:
            row = json.loads(record.value)
            rows[row.get("sales_org", ""), row.get("lead_id", "")] = row
    return rows


_SAME = (
    "lead_id",
    "sales_org",
    "assignment_id",
    "sequence",
    "outcome",
    "reason",
    "rep_id",
    "previous_rep_id",
    "sales_channel",
    "pool_id",
    "territory_id",
    "account_id",
    "decided_at",
)


def _flat(last: dict[str, Any]) -> dict[str, Any]:
    score, value, policy = (last.get(name) or {} for name in ("score", "value", "policy"))
    return {name: last.get(name) for name in _SAME} | {
        "score_total": score.get("total"),
        "score_band": score.get("band"),
        "value_expected_minor": value.get("expected_minor"),
        "value_currency": value.get("currency"),
        "policy_id": policy.get("id"),
        "policy_version": policy.get("version"),
    }
