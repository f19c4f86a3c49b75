"""Each lead exactly one current outcome, each cause decided once, everything in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import Decision, History, InboxEvent, LeadKey, Place

TIMES_MAX_BY_TICK = 6
"""A late one misses both clocks, takes the lead from who has left, and ends it, say."""


def check_decisions(history: History) -> Iterator[Finding]:
    """All checks on the decisions as such."""
    yield from _outcomes(history)
    yield from _sequences(history)
    yield from _causes(history)
    yield from _order(history)
    yield from _repeats(history)


def _outcomes(history: History) -> Iterator[Finding]:
    """Every lead that came in was decided, first by the event that brought it."""
    arrivals: dict[LeadKey, InboxEvent] = {}
    for event in history.inbox:
        if event.kind == "lead" and event.lead and not event.is_shadow:
            arrivals.setdefault(event.lead, event)
    for lead, event in arrivals.items():
        decisions = history.by_lead.get(lead)
        if not decisions:
            yield Finding("outcome", _name(lead), "came in and has no outcome")
        elif decisions[0].cause != event.place:
            yield Finding(
                "outcome", _name(lead), f"came at {event.place}, decided at {decisions[0].cause}"
            )
    for lead in history.by_lead.keys() - arrivals.keys():
        yield Finding("outcome", _name(lead), "decided and never came in")


def _sequences(history: History) -> Iterator[Finding]:
    """1, 2, 3 … in the order of the partition, and the id says the same."""
    for lead, decisions in history.by_lead.items():
        sequences = [decision.sequence for decision in decisions]
        if sequences != list(range(1, len(sequences) + 1)):
            yield Finding("sequence", _name(lead), f"{sequences}")
        if len({decision.place[0] for decision in decisions}) > 1:
            yield Finding("sequence", _name(lead), "in more than one partition")
        for decision in decisions:
            named = f"{lead[1]}.{decision.sequence}"
            if decision.body["assignment_id"] != named:
                yield Finding("sequence", named, f"is called {decision.body['assignment_id']}")


def _causes(history: History) -> Iterator[Finding]:
    """A decision has a cause in the inbox, and a cause decides a lead once.

    A tick may decide one lead several times: a missed clock puts it back, a rep who has become free
    takes it. A merge may twice: the lead that remains takes over an owner, and what is known of the
    other ends it or hands it over; the other may have come just now.
    """
    of_lead: Counter[tuple[Place, LeadKey]] = Counter()
    at_most: dict[tuple[Place, LeadKey], int] = {}
    whole: Counter[tuple[Place, LeadKey, int]] = Counter()
    for decision in history.decisions:
        event = history.events.get(decision.cause)
        if event is None or (event.kind != "tick" and event.sales_org != decision.lead[0]):
            yield Finding("cause", _said(decision), f"no such inbox record: {decision.cause}")
            continue
        named = event.body.get("event_id")
        if named is not None and named != decision.body["event_id"]:
            yield Finding("cause", _said(decision), f"is by {named} in the inbox")
        whole[decision.cause, decision.lead, decision.sequence] += 1
        of_lead[decision.cause, decision.lead] += 1
        if event.kind == "tick":
            at_most[decision.cause, decision.lead] = TIMES_MAX_BY_TICK
        elif into := decision.body.get("merged_into"):
            for lead in (decision.lead, (decision.lead[0], into)):
                at_most[decision.cause, lead] = 2
    too_often = [key for key, count in of_lead.items() if count > at_most.get(key, 1)]
    for key in [*too_often, *(key for key, count in whole.items() if count > 1)]:
        yield Finding("cause_twice", _name(key[1]), f"decided too often by {key[0]}")


def _order(history: History) -> Iterator[Finding]:
    """In every partition, and so for every lead, decisions follow the inbox."""
    latest: dict[tuple[int, int], int] = {}
    for decision in history.decisions:
        partition, offset = decision.cause
        stream = (decision.place[0], partition)
        if offset < latest.get(stream, -1):
            yield Finding("order", _said(decision), f"by {offset} after {latest[stream]}")
        latest[stream] = max(offset, latest.get(stream, -1))


def _repeats(history: History) -> Iterator[Finding]:
    """An event sent again decides nothing; having come before its lead it does not count."""
    known: set[LeadKey] = set()
    seen: set[tuple[str, LeadKey, str]] = set()
    for event, decisions in history.walk():
        event_id, lead = event.body.get("event_id"), event.lead
        if event_id is None or lead is None or (event.is_shadow and lead not in known):
            continue
        if event.kind == "lead":
            known.add(lead)
        if lead not in known:
            continue
        named = (event.kind, lead, event_id)
        if named in seen and decisions:
            yield Finding("repeat", f"{_name(lead)} {event_id}", "decided something again")
        seen.add(named)
    yield from _commands_again(history)


def _commands_again(history: History) -> Iterator[Finding]:
    """Nor does an operator's command; one that could do nothing the first time may."""
    done: set[tuple[str, str]] = set()
    for event, decisions in history.walk():
        command_id = event.body.get("command_id")
        if event.kind != "command" or command_id is None:
            continue
        named = (event.sales_org, command_id)
        if named in done and decisions:
            yield Finding("repeat", "/".join(named), "was carried out again")
        if decisions:
            done.add(named)


def _name(lead: LeadKey) -> str:
    return "/".join(lead)


def _said(decision: Decision) -> str:
    return f"{decision.lead[0]}/{decision.lead[1]}.{decision.sequence}"
