"""No cap exceeded at any prefix: capacity counted again from the decisions alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.e2e.audit.directory import Directory, Entry
from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import Decision, History, InboxEvent, LeadKey
from tests.e2e.audit.ownership import GIVES, is_after_sale, is_told_only

Desk = tuple[str, str, str]
"""Sales org, rep and channel."""

CHOSEN_BY_PEOPLE = frozenset({"imported", "changed_in_crm", "by_operator", "merged_in_crm"})
"""Reasons that no cap stops."""
BY_HAND = frozenset({"claimed"})
"""Reasons that the caps by source do not stop."""


@dataclass(frozen=True, slots=True)
class _Limits:
    per_day: int | None
    open: int | None
    per_day_from: dict[str, int]


class _Book:
    """What every rep carries, and has been given today."""

    def __init__(self) -> None:
        self.open: Counter[Desk] = Counter()
        self.of_day: Counter[tuple[Desk, str]] = Counter()
        self.of_source: Counter[tuple[Desk, str, str]] = Counter()
        self.held: dict[LeadKey, Desk] = {}

    def release(self, lead: LeadKey) -> None:
        desk = self.held.pop(lead, None)
        if desk is not None:
            self.open[desk] -= 1

    def take(self, lead: LeadKey, desk: Desk, day: str, source: str, *, counts: bool) -> None:
        self.release(lead)
        self.held[lead] = desk
        self.open[desk] += 1
        if counts:
            self.of_day[desk, day] += 1
            self.of_source[desk, day, source] += 1


def check_caps(history: History) -> Iterator[Finding]:
    """Walk the inbox; after each record no new assignment may stand beyond its rep's caps."""
    directory, book = Directory(history), _Book()
    for event, decisions in history.walk():
        directory.learn(event)
        taken = [
            (decision, desk)
            for decision in decisions
            if (desk := _enter(book, directory, event, decision)) is not None
        ]
        # The order within one record is not visible: what passed the cap may have come last.
        passed = Counter(desk for decision, desk in taken if _passes(directory, decision, desk))
        for decision, desk in taken:
            yield from _compare(book, directory, event, decision, desk, passed[desk])


def _enter(book: _Book, directory: Directory, event: InboxEvent, decision: Decision) -> Desk | None:
    """Count the decision; the desk that took the lead, if one did."""
    lead, rep_id = decision.lead, decision.rep_id
    if decision.outcome not in GIVES or is_after_sale(decision) or rep_id is None:
        book.release(lead)
        return None
    desk = (lead[0], rep_id, decision.body.get("sales_channel", ""))
    is_told = decision.outcome == "escalated" or is_told_only(decision)
    if is_told and lead in book.held and book.held[lead][1] == rep_id:
        return None
    day = directory.local_day(lead[0], rep_id, event.now_ms)
    source = directory.facts[lead].get("lead_source", "")
    book.take(lead, desk, day, source, counts=decision.reason not in {"imported", "merged_in_crm"})
    return desk


def _passes(directory: Directory, decision: Decision, desk: Desk) -> bool:
    return decision.reason in CHOSEN_BY_PEOPLE or _is_urgent(directory, decision, desk)


def _compare(
    book: _Book,
    directory: Directory,
    event: InboxEvent,
    decision: Decision,
    desk: Desk,
    passed: int,
) -> Iterator[Finding]:
    org, rep_id, channel = desk
    if decision.reason in CHOSEN_BY_PEOPLE:
        return
    limits = _limits(directory, desk, event.now_ms)
    name = f"{rep_id} ({channel}, {org}) by {decision.body['assignment_id']}"
    if limits.open is not None and book.open[desk] > limits.open:
        yield Finding("open_cap", name, f"{book.open[desk]} open, at most {limits.open}")
    if _is_urgent(directory, decision, desk):
        return
    day = directory.local_day(org, rep_id, event.now_ms)
    given = book.of_day[desk, day] - passed
    if limits.per_day is not None and given > limits.per_day:
        yield Finding("day_cap", name, f"{given} on {day}, at most {limits.per_day}")
    source = directory.facts[decision.lead].get("lead_source", "")
    most = limits.per_day_from.get(source)
    if decision.reason in BY_HAND or decision.outcome == "escalated" or most is None:
        return
    if book.of_source[desk, day, source] > most:
        yield Finding(
            "source_cap", name, f"{book.of_source[desk, day, source]} by {source}, at most {most}"
        )


def _limits(directory: Directory, desk: Desk, now_ms: int) -> _Limits:
    """The rep's own caps before the policy's; a new rep's are scaled."""
    org, rep_id, channel = desk
    policy = directory.policies.get(org, {})
    rep: Entry = directory.rep(org, rep_id) or {}
    general: Entry = policy.get("caps", {}).get(channel, {})
    own: Entry = rep.get("caps", {}).get(channel, {})
    per_day, most_open = (
        own[name] if own.get(name) is not None else general.get(name)
        for name in ("per_day", "open")
    )
    sources = dict(general.get("per_day_from", ()))
    rule = policy.get("new_rep")
    if rule and (starts_ms := rep.get("starts_ms")) and starts_ms + rule["first_ms"] > now_ms:
        share = rule["permille"]
        per_day, most_open = (
            None if cap is None else _scaled(cap, share) for cap in (per_day, most_open)
        )
        sources = {name: _scaled(cap, share) for name, cap in sources.items()}
    return _Limits(per_day, most_open, sources)


def _scaled(cap: int, permille: int) -> int:
    """A new rep's share of a cap: rounded down, but one at least of what is not forbidden."""
    return 0 if cap == 0 else max(1, cap * permille // 1000)


def _is_urgent(directory: Directory, decision: Decision, desk: Desk) -> bool:
    """An urgent request of a field rep's own customer passes the daily cap.

    The reason says so, unless it says why the lead had to be placed again.
    """
    if decision.reason == "urgent_customer":
        return True
    org, rep_id, channel = desk
    facts = directory.facts[decision.lead]
    owner = directory.owner_of(org, directory.account_of(org, facts))
    urgent = directory.policies.get(org, {}).get("urgent_requests", ())
    owns = owner is not None and owner["rep_id"] == rep_id
    return owns and channel == "field" and facts.get("request") in urgent
