"""Looks at a shard from outside: what it holds, and whether that can be true."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import msgspec

from router.core.assign.deadlines import due_ms, silent_day
from router.core.assign.waiting.room import class_key, item_of
from router.core.explain.messages import CHOSEN
from router.core.model.assignment import Assignment
from router.core.model.events import RepCap
from router.core.model.lead import OPEN_STATUSES, Lead, Status
from router.core.shard import Shard
from router.core.state.records import record_of
from router.core.state.sales_org import SalesOrg

EXEMPT = {"urgent_customer", "imported", "changed_in_crm", "by_operator"}
BY_PEOPLE = {"changed_in_crm", "by_operator", "owner_not_on_roster", "merged_in_crm"}
PERSONS_A_NUMBER = 3
TIMES_MAX = 6
"""How often one event decides a lead at most: a late tick misses both clocks and ends it, say."""
ASSIGNMENTS_KEPT = timedelta(days=400)


def records(shard: Shard) -> dict[str, Any]:
    """Every persistent record of the shard, by changelog key, as JSON would give it back."""
    found: dict[str, Any] = {}
    for name, org in shard.orgs.items():
        kinds = {
            "lead": org.leads,
            "rep": org.reps,
            "load": [rep_id for rep_id, rep in org.reps.items() if rep.loads],
            "pool": org.pools,
            "account": org.accounts,
            "engagement": org.early_engagement,
            "forgotten": org.forgotten,
            "suppressed": [str(digest) for digest in org.suppressed],
            "erased": org.erased,
            "aside": org.aside,
            "unknown_name": org.unknown_names,
            "ignored": org.ignored_reports,
            "demand": org.demand,
            "commands": [""] if org.command_ids else [],
            "early_merges": [""] if org.early_merges else [],
            "policy": [""] if org.policy else [],
            "next_policy": [""] if org.next_policy else [],
            "org": [""] if org.boundary_ms or org.roster_version or org.feedback_ignored else [],
        }
        for kind, ids in kinds.items():
            for entity_id in ids:
                plain = msgspec.json.decode(msgspec.json.encode(record_of(org, kind, entity_id)))
                found[f"{kind}/{name}/{entity_id}"] = plain
    return found


def indexes(shard: Shard) -> dict[str, Any]:
    """Everything derived on which a decision may rest, in a comparable form."""
    return {name: _indexes(org) for name, org in shard.orgs.items()}


def _indexes(org: SalesOrg) -> dict[str, Any]:
    return {
        "persons": dict(org.persons),
        "merged": dict(org.merged),
        "domains": dict(org.accounts_by_domain),
        "names": dict(org.accounts_by_name),
        "crm_ids": dict(org.reps_by_crm_id),
        "room": {key: list(waiting.items) for key, waiting in org.room.items()},
        "unaccepted": {
            rep_id: {name: load.unaccepted for name, load in rep.loads.items()}
            for rep_id, rep in org.reps.items()
        },
        "numbers": [rep.profile.rep_id for rep in org.rep_numbers],
        "deadlines": sorted(
            {
                entry
                for entry in org.deadlines
                if entry[1] in org.leads and due_ms(org.leads[entry[1]]) == entry[0]
            }
        ),
    }


def everything(shard: Shard) -> dict[str, Any]:
    return {"records": records(shard), "indexes": indexes(shard)}


def plain(decisions: list[Assignment]) -> str:
    """Decisions as they would be published."""
    return json.dumps(decisions)


def check_state(shard: Shard) -> None:
    """What must hold of the state after any event."""
    for org in shard.orgs.values():
        _check_leads(org)
        _check_room(org)
        _check_outside(org)
        _check_loads(org)
        _check_persons(org)
        _check_turns(org)


def _check_turns(org: SalesOrg) -> None:
    """Check that the credits of a pool come to nothing, whatever is charged and given back."""
    for pool in org.pools.values():
        assert sum(pool.credits) == 0, pool
    for lead in org.leads.values():
        if lead.among:
            assert lead.stake, lead
            assert lead.rep is not None, lead


def _check_leads(org: SalesOrg) -> None:
    deadlines = set(org.deadlines)
    watched: dict[str, int] = {}
    for day, of_day in org.silent_days.items():
        for lead_id in of_day.ids:
            watched[lead_id] = min(day, watched.get(lead_id, day))
    for lead in org.leads.values():
        waits = lead.status is Status.WAITING
        owned = lead.status in OPEN_STATUSES
        assert (lead.charged is not None) == owned, lead
        if owned:
            assert lead.rep is not None, lead
            assert lead.channel is not None, lead
        if waits or lead.status in (Status.NURTURED, Status.OUTSIDE):
            assert lead.rep is None, lead
        due = due_ms(lead)
        if due is not None:
            assert (due, lead.lead_id) in deadlines, (due, lead)
        if owned or lead.status is Status.NURTURED:
            assert lead.wait_until_ms is None, lead
        assert watched[lead.lead_id] <= silent_day(lead), lead


def _check_room(org: SalesOrg) -> None:
    stands = Counter(item[2] for waiting in org.room.values() for item in waiting.items)
    deadlines = set(org.deadlines)
    for lead in org.leads.values():
        for_field = lead.status in OPEN_STATUSES and lead.handoff_at_ms is not None
        waits = lead.status is Status.WAITING
        assert (lead.needs is not None) == (waits or for_field), lead
        assert lead.channel == "inside" or not for_field, lead
        key = class_key(lead)
        assert stands[lead.lead_id] == (key is not None), lead
        if key is not None:
            assert item_of(lead) in org.room[key].items, lead
        if lead.review_at_ms is not None:
            assert lead.needs is not None, lead
            assert (lead.review_at_ms, lead.lead_id) in deadlines, lead
    assert all(waiting.items for waiting in org.room.values())


def _check_outside(org: SalesOrg) -> None:
    for lead in org.leads.values():
        if lead.awaits is not None:
            assert lead.status in {Status.OUTSIDE, Status.CLOSED}, lead
        else:
            assert lead.status is not Status.OUTSIDE, lead
        if lead.outside_rep_id is not None:
            assert (lead.status, lead.rep, lead.awaits) == (Status.CLOSED, None, None), lead


def _check_loads(org: SalesOrg) -> None:
    counted: Counter[tuple[int, str]] = Counter()
    to_accept: Counter[tuple[int, str]] = Counter()
    for lead in org.leads.values():
        if lead.charged is not None and lead.rep is not None:
            counted[lead.rep, lead.charged] += 1
            has_clock = lead.accept_by_ms is not None or lead.contact_by_ms is not None
            assert not lead.unanswered or (lead.status is Status.ASSIGNED and has_clock), lead
            to_accept[lead.rep, lead.charged] += lead.unanswered
        else:
            assert not lead.unanswered, lead
    for rep in org.rep_numbers:
        held = set(org.held.get(rep.number, ()))
        assert held == {
            lead.lead_id
            for lead in org.leads.values()
            if lead.rep == rep.number and lead.charged is not None
        }
        for channel in ("field", "inside"):
            load = rep.loads.get(channel)
            assert (load.open if load else 0) == counted[rep.number, channel], (rep, channel)
            unaccepted = load.unaccepted if load else 0
            assert unaccepted == to_accept[rep.number, channel], (rep, channel)


def _check_persons(org: SalesOrg) -> None:
    expected: dict[int, list[tuple[int, str]]] = {}
    for lead in org.leads.values():
        digests = {lead.facts.email_digest, lead.facts.phone_digest} - {None}
        for digest in digests:
            expected.setdefault(digest or 0, []).append((lead.received_ms, lead.lead_id))
    held = {
        digest: [ids] if isinstance(ids, str) else list(ids) for digest, ids in org.persons.items()
    }
    assert held == {digest: [one[1] for one in sorted(ids)] for digest, ids in expected.items()}


class Auditor:
    """Follows decisions as a consumer does, and knows the caps without asking the router."""

    def __init__(self) -> None:
        self.counted: dict[str, tuple[int, datetime]] = {}
        self.outside: set[str] = set()

    def see(self, shard: Shard, decisions: list[Assignment]) -> None:
        org = shard.orgs["main"]
        beyond = {one.get("rep_id") for one in decisions if one["reason"] in EXEMPT}
        times = Counter(one["lead_id"] for one in decisions)
        assert max(times.values(), default=0) <= TIMES_MAX, times
        for decision in decisions:
            if decision.get("shadow"):
                continue
            self._count(decision)
            _check_passed_over(org, decision)
            _check_owner_outside_is_named(org, decision)
            self._leave_alone(decision)
            _check_not_to_leavers(org, decision, shard.now_ms)
            assert ("policy" in decision) == (org.policy is not None), decision
            if _is_routers_pick(decision) and decision["lead_id"] in org.leads:
                decided = datetime.fromisoformat(decision["decided_at"])
                for clock in ("accept_by", "contact_by", "remind_at"):
                    if clock in decision:
                        assert datetime.fromisoformat(decision[clock]) >= decided, decision  # type: ignore[literal-required]
                starts_ms = org.reps[decision["rep_id"]].profile.starts_ms
                assert starts_ms is None or starts_ms <= shard.now_ms, decision
                if decision["rep_id"] not in beyond:
                    _check_caps(org, decision, shard.now_ms)

    def _count(self, decision: Assignment) -> None:
        """1, 2, 3 …, also of a lead that was forgotten, while its last decision is kept."""
        lead_id, decided = decision["lead_id"], datetime.fromisoformat(decision["decided_at"])
        last, last_decided = self.counted.get(lead_id, (0, decided))
        anew = {1} if decided - last_decided > ASSIGNMENTS_KEPT else set()
        assert decision["sequence"] in {last + 1, *anew}, decision
        assert decision["assignment_id"] == f"{lead_id}.{decision['sequence']}"
        self.counted[lead_id] = decision["sequence"], decided

    def _leave_alone(self, decision: Assignment) -> None:
        """What the CRM gave to somebody outside the roster is moved by people, or ends."""
        lead_id = decision["lead_id"]
        if lead_id in self.outside:
            ended = decision["outcome"] in {"closed", "merged", "recalled"}
            assert ended or decision["reason"] in BY_PEOPLE, decision
            self.outside.remove(lead_id)
        if decision["outcome"] == "recalled":
            assert "rep_id" not in decision, decision
            self.outside.add(lead_id)


def _check_not_to_leavers(org: SalesOrg, decision: Assignment, now_ms: int) -> None:
    """Nobody's word gives a lead to a rep who has left."""
    if decision["reason"] in {"imported", "changed_in_crm", "by_operator"} and "rep_id" in decision:
        profile = org.reps[decision["rep_id"]].profile
        assert not profile.removed, decision
        assert profile.leaves_ms is None or profile.leaves_ms > now_ms, decision


def _check_passed_over(org: SalesOrg, decision: Assignment) -> None:
    """Whoever was chosen first and has it not is named with a reason, and is no stranger."""
    asked = decision.get("passed_over", [])
    for passed in asked:
        assert passed["reason"] in CHOSEN, decision
        is_nobody = passed["why"] in {"not_on_roster", "ambiguous_id"}
        assert is_nobody == ("rep_id" not in passed), decision
        assert is_nobody or "outside_rep_id" not in passed, decision
        assert passed.get("rep_id", "mia") in org.reps, decision
    if decision["reason"] in {"owner_at_cap", "owner_away", "account_owners_backup"}:
        assert "account_owner" in {passed["reason"] for passed in asked}, decision


def _check_owner_outside_is_named(org: SalesOrg, decision: Assignment) -> None:
    """Who had the person's earlier lead and is not on the roster came first, and is not there."""
    policy, lead = org.policy, org.leads.get(decision["lead_id"])
    if decision["reason"] != "rotation" or policy is None or lead is None:
        return  # the other reasons do not say that every question was asked
    within_ms = max([line.within_ms or 0 for line in policy.before_rotation
                     if line.on == "same_person" and not line.when], default=0)  # fmt: skip
    earlier = _earlier_of(org, lead)
    if earlier is None or earlier.rep is not None:
        return
    outside = earlier.awaits or earlier.outside_rep_id
    if outside is not None and lead.last_event_ms - earlier.last_event_ms < within_ms:
        asked = decision.get("passed_over", [])
        assert "same_person" in {passed["reason"] for passed in asked}, decision


def _remaining(org: SalesOrg, lead: Lead) -> Lead | None:
    found: Lead | None = lead
    while found is not None and found.merged_into is not None:
        found = org.leads.get(found.merged_into)
    return found


def _earlier_of(org: SalesOrg, lead: Lead) -> Lead | None:
    """The person's lead that is open or waits, else their latest other one."""
    others = sorted(org.leads.values(), key=lambda one: (one.received_ms, one.lead_id))
    own, phone = lead.facts.email_digest, lead.facts.phone_digest
    called = [one for one in others if one.facts.phone_digest == phone is not None]
    if len({own, *(one.facts.email_digest for one in called)} - {None}) > PERSONS_A_NUMBER:
        called = []
    mailed = [one for one in others if one.facts.email_digest == own is not None]
    called = [one for one in called if one.facts.email_digest in {None, own} or own is None]
    remaining = [_remaining(org, one) for one in [*mailed[::-1], *called[::-1]]]
    found = [one for one in remaining if one is not None and one.lead_id != lead.lead_id]
    working = [
        one for one in found if one.status in {"waiting", "assigned", "accepted", "contacted"}
    ]
    return next(iter(working or found), None)


def _is_routers_pick(decision: Assignment) -> bool:
    if decision["reason"] in {*EXEMPT, "merged_in_crm"} or "rep_id" not in decision:
        return False
    if decision["reason"] == "asked_again" and decision["outcome"] == "assigned":
        return False  # it is with its rep, and stays there
    if decision["outcome"] == "escalated":
        return decision.get("previous_rep_id", decision["rep_id"]) != decision["rep_id"]
    if decision["outcome"] == "handed_off":
        return decision["reason"] != "won"
    return decision["outcome"] in {"assigned", "reassigned"}


def _check_caps(org: SalesOrg, decision: Assignment, now_ms: int) -> None:
    """Exact, because the pick that took the place is the last thing that changed the load."""
    rep, channel, policy = org.reps[decision["rep_id"]], decision["sales_channel"], org.policy
    assert policy is not None
    cap = policy.caps.get(channel)
    own = rep.profile.caps.get(channel)
    over_all = rep.profile.caps.get("all", RepCap())
    per_day = own.per_day if own and own.per_day is not None else cap and cap.per_day
    at_once = own.open if own and own.open is not None else cap and cap.open
    if over_all.per_day is not None and not (own and own.per_day is not None):
        per_day = None
    if over_all.open is not None and not (own and own.open is not None):
        at_once = None
    total_per_day, total_at_once = over_all.per_day, over_all.open
    rule, starts = policy.new_rep, rep.profile.starts_ms
    if rule and starts is not None and now_ms < starts + rule.first_ms:
        per_day, at_once, total_per_day, total_at_once = (
            most and max(1, most * rule.permille // 1000)
            for most in (per_day, at_once, total_per_day, total_at_once)
        )
    load, loads = rep.loads[channel], rep.loads.values()
    given = sum(each.day_count for each in loads if each.day == load.day)
    assert total_at_once is None or sum(each.open for each in loads) <= total_at_once, decision
    assert total_per_day is None or given <= total_per_day, decision
    assert at_once is None or load.open <= at_once, decision
    assert per_day is None or load.day_count <= per_day, decision
    has_own = own is not None or over_all != RepCap()
    for name, most in (("hour", cap and cap.per_hour), ("week", cap and cap.per_week)):
        given = (load.counts or {}).get(name, (0, 0))[1]
        assert most is None or has_own or given <= most, decision
    source = org.leads[decision["lead_id"]].facts.lead_source
    for name, most in cap.per_day_from if cap else ():
        if name == source:
            assert (load.day_sources or {}).get(name, 0) <= most, decision
