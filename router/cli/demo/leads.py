"""The leads of the demo: drawn from a seed, with the cases that sales teams know among them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from router.cli.demo.crowd import at_the_show, from_the_web
from router.core.model.timestamps import rfc3339
from router.intake.wire.cloudevents import TopicRole

LEADS_IN = 500
_BURST = 90

Kind = Literal["first", "repeat", "update", "broken"]
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A record for the topic ``leads``; ``kind`` is what the sender knows of it.

    ``story`` says in words what is special about it, empty for one of the crowd.
    """

    value: bytes
    lead_id: str
    at_ms: int
    kind: Kind
    story: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is heard of a lead later: from the CRM, or from the engagement scores."""

    role: TopicRole
    lead_id: str
    body: Event
    story: str


@dataclass(frozen=True, slots=True)
class _Case:
    """One lead with a story: where among the 500 it comes, and what it holds."""

    place: int
    lead_id: str
    story: str
    event: Event
    kind: Kind = "first"


def _customer(domain: str, request: str, amount: int, **more: Any) -> Event:
    return {
        "contact": {"email": f"purchasing@{domain}", "job_title": "Buyer", "language": "en"},
        "company": {"domain": domain},
        "request": request,
        "expected_value": {"amount": amount, "currency": "EUR"},
        **more,
    }


def _prospect(name: str, employees: int, amount: int, country: str = "DE") -> Event:
    return {
        "contact": {"email": f"lead@{name}.example", "job_title": "Analyst", "language": "en"},
        "company": {"name": name, "employees": employees, "industry": "software"},
        "location": {"country": country, "postal_code": "80331" if country == "DE" else "10001"},
        "request": "demo",
        "expected_value": {"amount": amount, "currency": "EUR"},
    }


def _cases() -> tuple[_Case, ...]:
    refused = {"email": "denied", "phone": "denied", "sms": "denied"}
    again = {"contact": {"email": "Lead@Orbit.example"}, "request": "quote"}
    return (
        _Case(3, "small-order", "a customer's small order",
              _customer("acme-maschinen.example", "order", 1_800)),
        _Case(5, "big-project", "a customer's large project",
              _customer("thames-analytics.example", "quote", 140_000)),
        _Case(9, "junior-big-deal", "an intern, 4,000 employees",
              _prospect("zenith", 4_000, 95_000)),
        _Case(14, "engaged", "warm, and will read prices",
              _prospect("lumen", 300, 24_000)),
        _Case(17, "to-qualify", "to qualify by phone first",
              _prospect("quanta", 700, 32_000, "GB")),
        _Case(21, "orbit-1", "asks for the first time", _prospect("orbit", 80, 9_000)),
        _Case(40, "orbit-2", "the same person again", again),
        _Case(44, "rush-order", "a customer's rush order",
              _customer("hudson-freight.example", "rush_order", 22_000)),
        _Case(52, "found-by-carla", "found by a rep on a call",
              {**_prospect("vinci", 60, 7_000, "IT"), "sourced_by_rep_id": "carla"}),
        _Case(60, "hopeless", "a student with EUR 90",
              {"contact": {"email": "demo.nobody@gmail.com", "job_title": "Student"},
               "expected_value": {"amount": 90, "currency": "EUR"}}),
        _Case(66, "no-consent", "refuses to be reached",
              {**_prospect("quiet", 120, 5_000), "consent": refused}),
        _Case(70, "sparse", "nothing but an id", {}),
        _Case(75, "trial", "a test",
              {**_prospect("test", 10, 1_000), "test": True}),
        _Case(80, "unlucky", "its rep will reject it", _prospect("nimbus", 45, 6_500)),
        _Case(88, "moved-by-hand", "CRM will change its owner",
              _prospect("kepler", 55, 4_000)),
        _Case(95, "quick-win", "will be won", _prospect("tempo", 90, 8_000, "US")),
        _Case(120, "changed-mind", "asks, withdraws later", _prospect("fickle", 30, 3_000)),
        _Case(320, "changed-mind", "withdraws", {"event_type": "withdrawn"}, "update"),
        _Case(330, "hopeless", "an update: now EUR 9,000",
              {"event_type": "updated", "expected_value": {"amount": 9_000, "currency": "EUR"}},
              "update"),
    )  # fmt: skip


_BROKEN: tuple[tuple[int, str, bytes], ...] = (
    (101, "not JSON", b"lead_id=17&name=Meyer"),
    (140, "no lead_id", b'{"event_id":"x1","event_type":"submitted"}'),
    (180, "unknown event type", b""),
    (222, "e-mail address as lead_id", b""),
    (260, "a list, and no object", b'["x4"]'),
    (300, "the same key twice", b'{"event_id":"x2","event_id":"x3"}'),
)
_REPEATS = (160, 161, 200, 240, 280, 340, 380, 420)
"""Places where a sender repeats the record that came 30 places before."""


def demo_leads(seed: int, start_ms: int, *, apart_ms: int) -> list[Sent]:
    """The 500 records in their order, the first at ``start_ms``, the rest ``apart_ms`` apart."""
    random = Random(seed)  # noqa: S311 - the same demo every time is what is wanted
    cases = {case.place: case for case in _cases()}
    broken = {place: (story, value) for place, story, value in _BROKEN}
    sent: list[Sent] = []
    for place in range(LEADS_IN):
        at_ms = start_ms + place * apart_ms
        if place in broken:
            sent.append(_broken(place, *broken[place], at_ms))
        elif place in _REPEATS:
            before = sent[place - 30]
            sent.append(Sent(before.value, before.lead_id, at_ms, "repeat", "sent a second time"))
        elif place in cases:
            case = cases[place]
            event = _event(case.lead_id, place, at_ms, case.event)
            sent.append(Sent(_encode(event), case.lead_id, at_ms, case.kind, case.story))
        else:
            lead_id = f"demo-{place:03d}"
            body = at_the_show(random) if place >= LEADS_IN - _BURST else from_the_web(random)
            sent.append(Sent(_encode(_event(lead_id, place, at_ms, body)), lead_id, at_ms, "first"))
    return sent


def demo_reports(at_ms: int) -> Iterator[Report]:
    """What is heard after the leads are in: four reports of the CRM and one score."""
    engagement = {"points_milli": 55_000, "half_life_ms": 7 * 86_400_000}
    score = {"lead_id": "engaged", "occurred_at": rfc3339(at_ms), **engagement}
    yield Report("engagement", "engaged", score, "engagement rises to 55 points")
    told: tuple[tuple[str, str, Event, str], ...] = (
        ("to-qualify", "qualified", {}, "the inside rep qualifies it"),
        ("unlucky", "rejected", {"reason": "not_my_industry"}, "its rep rejects it"),
        # To a field rep: to one of the rotation it may have gone already, and nothing would follow.
        ("moved-by-hand", "owner_changed", {"rep_id": "vera"}, "moved to vera in the CRM"),
        ("quick-win", "won", {"amount": {"amount": 8_000, "currency": "EUR"}}, "won"),
    )
    for place, (lead_id, kind, more, story) in enumerate(told):
        body = {
            "event_id": f"demo-report-{place}",
            "lead_id": lead_id,
            "feedback_type": kind,
            "occurred_at": rfc3339(at_ms),
            **more,
        }
        yield Report("feedback", lead_id, body, story)


def _event(lead_id: str, place: int, at_ms: int, body: Event) -> Event:
    event = {
        "event_id": f"demo-event-{place}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": rfc3339(at_ms),
        "lead_source": "web_form",
    }
    return event | body


def _broken(place: int, story: str, value: bytes, at_ms: int) -> Sent:
    event = _event(f"broken-{place}", place, at_ms, {})
    if "event type" in story:
        value = _encode(event | {"event_type": "teleported"})
    elif "e-mail" in story:
        value = _encode(event | {"lead_id": "jo.meyer@orbit.example"})
    return Sent(value, f"broken-{place}", at_ms, "broken", story)


def _encode(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
