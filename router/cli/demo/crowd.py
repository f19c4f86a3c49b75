"""Leads without a story: forms filled in as people do, and badges scanned at a trade show."""

from __future__ import annotations

from random import Random
from typing import Any

Event = dict[str, Any]

_PLACES: tuple[tuple[str, str | None, str, str, str], ...] = (
    ("DE", None, "80331", "München", "de"),
    ("DE", None, "20095", "Hamburg", "de"),
    ("AT", None, "1010", "Wien", "de"),
    ("GB", None, "EC1A 1BB", "London", "en"),
    ("FR", None, "75001", "Paris", "fr"),
    ("IT", None, "20121", "Milano", "it"),
    ("US", "CA", "94105", "San Francisco", "en"),
    ("US", "NY", "10001", "New York", "en"),
    ("US", "TX", "73301", "Austin", "es"),
    ("CA", "QC", "H2Y 1C6", "Montréal", "fr"),
    ("AU", "NSW", "2000", "Sydney", "en"),
    ("JP", None, "100-0001", "Tokyo", "ja"),
)
_INDUSTRIES = ("software", "finance", "manufacturing", "retail", "logistics", "healthcare")
_TITLES = ("CEO", "VP Sales", "Director of Operations", "Office Manager", "Intern", "Analyst")
_REQUESTS = ("demo", "quote", "inquiry", "inquiry", "order")
_SIZES = (4, 12, 30, 75, 140, 220, 400, 900, 3_000)
_FIRST = ("Alex", "Bea", "Chris", "Dana", "Emil", "Farah", "Gus", "Helen", "Ivan", "Julia")
_LAST = ("Meyer", "Rossi", "Dubois", "Smith", "Tanaka", "Olsen", "Silva", "Novak", "Kim", "Lopez")


def from_the_web(random: Random) -> Event:
    """A form filled in as people do: much of it left out."""
    country, state, postal_code, city, language = random.choice(_PLACES)
    name = f"company{random.randrange(10_000)}"
    free = _often(random, percent=15)
    first, last = random.choice(_FIRST), random.choice(_LAST)
    mailbox = f"demo.{last}.{random.randrange(10_000)}".lower()
    contact: Event = {
        "first_name": first,
        "last_name": last,
        "email": f"{mailbox}@{'gmail.com' if free else f'{name}.example'}",
    }
    event: Event = {"contact": contact, "request": random.choice(_REQUESTS)}
    if _often(random, percent=70):
        contact["job_title"] = random.choice(_TITLES)
    if _often(random, percent=60):
        contact["language"] = language
    if _often(random, percent=90):
        event["location"] = {"country": country, "postal_code": postal_code, "city": city}
        if state:
            event["location"]["state"] = state
    if _often(random, percent=75):
        industry = random.choice(_INDUSTRIES)
        event["company"] = {
            "name": name,
            "employees": random.choice(_SIZES),
            "industry": industry,
        }
    if _often(random, percent=30):
        event["interest"] = {
            "product": random.choice(("Starter", "Team", "Team", "Enterprise")),
            "quantity": random.randrange(1, 4),
        }
    if _often(random, percent=15):
        amount = random.choice((120, 250, 400, 800, 20_000))
        event["expected_value"] = {"amount": amount, "currency": "EUR"}
    if _often(random, percent=20):
        event["custom"] = {"crm_in_use": random.choice(("salesforce", "hubspot", "none"))}
    return event


def at_the_show(random: Random) -> Event:
    """Scanned at a stand: a name, an address, often a country, and a burst of them."""
    event = from_the_web(random)
    event.pop("interest", None)
    event.pop("expected_value", None)
    event["lead_source"] = "trade_show"
    event["campaign"] = {"name": "Hannover Messe", "event": "hannover-messe"}
    event["request"] = "inquiry"
    return event


def _often(random: Random, *, percent: int) -> bool:
    return random.randrange(100) < percent
