"""Leads of the sample company as the board's JSON: stories, backlog, clocks, dead letters.

Stories and "why not" are `explain`'s own words about real decisions of the demo.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from random import Random
from typing import Any

from router.core.explain.explain import headline, tell, why_not
from tests.board.page.sample_company import NOW, POOLS, at, demo

SOURCES = ("web_form", "trade_show", "partner", None)


def backlog_leads() -> list[dict[str, Any]]:
    """Those that wait at the end of the demo, the most valuable first."""
    last = {decision["lead_id"]: decision for decision in demo().decisions}
    random = Random(19)
    waiting = [
        {
            "lead_id": lead_id,
            "reason": decision["reason"].value,
            "since": at(random.randrange(90, 70_000)),
            "deadline": at(-random.randrange(4_000, 420_000)),
            "band": decision["score"]["band"],
            "score_total": decision["score"]["total"],
            "value_expected_minor": decision["value"]["expected_minor"],
            "value_currency": "EUR",
            "pool_id": decision.get("pool_id"),
            "territory_id": decision.get("territory_id"),
            "source": random.choice(SOURCES),
            "policy_version": 12,
        }
        for lead_id, decision in last.items()
        if decision["outcome"] == "queued"
    ]
    return sorted(waiting, key=lambda lead: -lead["value_expected_minor"])


def overloaded_leads(count: int = 3_000) -> list[dict[str, Any]]:
    """After a trade show, in the night: more than anyone can take."""
    random = Random(23)
    reasons = ("all_at_cap",) * 13 + ("all_off_duty",) * 5 + ("owner_away", "pool_paused")
    rows = []
    for number in range(count):
        points = random.randrange(5, 100)
        pool_id, *_ = random.choice(POOLS)
        name = f"expo-2027-hall-{number % 9}-badge-{48_000 + number}" if number % 7 == 0 else None
        rows.append(
            {
                "lead_id": name or f"L-{48_000 + number}",
                "reason": random.choice(reasons),
                "since": at(random.randrange(30, 100_000)),
                "deadline": at(-random.randrange(4_000, 420_000)),
                "band": "hot" if points > 79 else "warm" if points > 39 else "cold",
                "score_total": points,
                "value_expected_minor": random.randrange(40_000, 30_000_000),
                "value_currency": "EUR",
                "pool_id": pool_id,
                "territory_id": random.choice(("de-south", "uk-ie", "us-west", "apac-all", None)),
                "source": random.choice(SOURCES),
                "policy_version": 12,
            }
        )
    return sorted(rows, key=lambda lead: -lead["value_expected_minor"])


_FIELDS = {"pool": "pool_id", "rep": "rep_id"}


def wanted(rows: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    """Those for which the filters in a query hold."""
    asked = {
        _FIELDS.get(name, name): query[name]
        for name in ("outcome", "reason", "pool", "rep", "source", "band")
        if query.get(name)
    }
    return [row for row in rows if all(row.get(name) == value for name, value in asked.items())]


def backlog(leads: list[dict[str, Any]], limit: int, query: dict[str, str]) -> dict[str, Any]:
    """``limit`` of them, and the ages of all."""
    found = wanted(leads, query)
    edges = (900, 3_600, 14_400, 86_400, 259_200, None)
    ages = Counter[int | None]()
    for lead in leads:
        age_s = (NOW - datetime.fromisoformat(lead["since"])).total_seconds()
        ages[next(edge for edge in edges if edge is None or age_s < edge)] += 1
    return {
        "count": len(leads),
        "found": len(found),
        "leads": found[:limit],
        "ages": [{"under_s": edge, "count": ages[edge]} for edge in edges],
    }


def clocks() -> dict[str, Any]:
    """Seven about to expire, three missed."""
    leads = [each["lead_id"] for each in demo().decisions if each["outcome"] == "assigned"]
    names = list(demo().people.names)
    soon = [
        {
            "lead_id": leads[number * 9],
            "rep_id": names[number * 2],
            "name": demo().people.names[names[number * 2]],
            "kind": "contact" if number % 3 else "accept",
            "due": at(-45 - 70 * number),
        }
        for number in range(7)
    ]
    missed = [
        {
            "lead_id": leads[number * 31],
            "rep_id": rep_id,
            "name": demo().people.names[rep_id],
            "kind": "accept",
            "due": at(1_500 + 2_000 * number),
            "at": at(1_499 + 2_000 * number),
        }
        for number, rep_id in enumerate(("kevin", "zara", "petra"))
    ]
    return {"soon": soon, "missed": missed}


def letters() -> list[dict[str, Any]]:
    """The demo's dead letters, and what they hold."""
    found = []
    for number, each in enumerate(demo().dead_letters):
        body = f'{{"lead_id": "{each.lead_id}", "contact": {{"email": "kim.lee@example.org"'
        found.append(
            {
                "id": f"{number % 3}-{17 + number}",
                "at": at(60 + 1_900 * number),
                "step": each.step,
                "topic": "lead-router.leads",
                "partition": number % 6,
                "offset": 10_211 + 97 * number,
                "reason": each.reason,
                "detail": each.detail,
                "bytes": 640 + 211 * number,
                "redriven": number == 5,
                "key": each.lead_id,
                "key_encoding": "text",
                "value": body,
                "encoding": "text",
                "headers": {
                    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
                },
            }
        )
    return found


def story(lead_id: str) -> dict[str, Any] | None:
    """Every decision about a lead, told; None if there is none."""
    decisions = demo().of_lead(lead_id)
    if not decisions:
        return None
    told = []
    for decision in decisions:
        words = tell(decision, demo().people)
        told.append(
            {
                **{name: decision[name] for name in ("assignment_id", "sequence", "decided_at")},
                "outcome": decision["outcome"].value,
                "reason": decision["reason"].value,
                "headline": words.headline,
                "rows": [{"label": line.label, "text": line.text} for line in words.lines],
                "decision": decision,
            }
        )
    left_out = {"decisions": 0, "reports": 0}
    reports = [
        {
            "at": at(600 - 200 * number),
            "feedback_type": kind,
            "rep_id": "uwe",
            "name": demo().people.names["uwe"],
            "actor": actor,
        }
        for number, (kind, actor) in enumerate((("accepted", None), ("won", "crm-user-0055g")))
    ]
    text = "The report won of 2027-01-12 15:35:12 UTC changed nothing: no rep has the lead."
    return {
        "lead_id": lead_id,
        "reports": reports,
        "warnings": [{"field": "company.employees", "problem": "number"}],
        "ignored": {"text": text, "report": []},
        "left_out": left_out,
        "decisions": told,
    }


def why_not_answers(lead_id: str, rep_id: str) -> dict[str, Any] | None:
    """As `lead-router why-not`; None if there is no such rep or lead."""
    decisions, people = demo().of_lead(lead_id), demo().people
    if not decisions or rep_id not in people.names:
        return None
    answers = [
        {
            "sequence": each["sequence"],
            "decided_at": each["decided_at"],
            "headline": headline(each, people),
            "why": why_not(each, rep_id, people),
        }
        for each in decisions
    ]
    return {"rep_id": rep_id, "name": people.names[rep_id], "answers": answers}


def found_leads(prefix: str, query: dict[str, str]) -> dict[str, Any]:
    """The last decision about each lead whose id begins so."""
    random = Random(31)
    last = {
        each["lead_id"]: each for each in demo().decisions if each["lead_id"].startswith(prefix)
    }
    rows = [
        {
            "lead_id": lead_id,
            "outcome": each["outcome"].value,
            "reason": each["reason"].value,
            "rep_id": each.get("rep_id"),
            "name": demo().people.names.get(each.get("rep_id", "")),
            "pool_id": each.get("pool_id"),
            "band": each["score"]["band"] if "score" in each else None,
            "source": random.choice(SOURCES),
            "decided_at": each["decided_at"],
        }
        for lead_id, each in last.items()
    ]
    return {"leads": wanted(rows, query)[: -int(query.get("limit", 20)) - 1 : -1]}


def known_facts(lead_id: str) -> dict[str, Any] | None:
    """Return a lead as route's state has it; None if there is no such one."""
    if not demo().of_lead(lead_id):
        return None
    facts = {
        "email_kind": "business",
        "role": "director",
        "employees": 320,
        "annual_revenue_minor": 1_250_000_00,
        "annual_revenue_currency": "EUR",
        "industry": "software",
        "country": "DE",
        "lead_source": "web_form",
        "custom": {"crm_in_use": "hubspot", "budget_year": 2027},
    }
    engagement = {"points_milli": 55_000, "at": at(4_000)}
    return {"lead_id": lead_id, "facts": facts, "engagement": engagement}
