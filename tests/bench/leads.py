"""Leads of about 700 bytes, as forms and marketing systems send them; the same for every run.

The same arguments always give the same leads. E-mail addresses and lead ids never repeat, even
between parts of a stream that were made apart.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

SALES_ORGS = ("org-1", "org-2", "org-3", "org-4")
ACCOUNTS_PER_ORG = 400
COMPANIES = 40_000
SEED = 20_270_104


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = _words(
    "Anna Björn Chloé David Elena Farid Grace Hugo Ines Jonas Katrin Liam Maria Noah Olga Paul "
    "Quinn Rosa Sven Tara Uwe Vera Wout Xenia Yusuf Zoë"
)
LAST_NAMES = _words(
    "Müller Smith García Dubois Rossi Nowak Jensen Kaya Okafor Tanaka Lindqvist O'Brien Haddad "
    "Silva Novák Weber Johnson Martin Fischer Andersson"
)
STEMS = _words(
    "acme alpine apex aurora basalt beacon birch bluebird cascade cedar cobalt condor copper "
    "coral delta ember falcon fjord garnet glacier granite harbor heron indigo iris juniper "
    "keystone lagoon lumen maple meridian nimbus nova onyx orchid osprey pioneer quartz raven "
    "ridge saffron sierra summit tundra umbra vertex willow zephyr"
)
TRADES = _words(
    "software finance manufacturing retail healthcare logistics energy media education "
    "construction insurance telecom pharma automotive hospitality government"
)
FORMS = ("GmbH", "AG", "Ltd", "Inc.", "SA", "BV", "LLC", "AB")
PLACES = (  # country, state, city, postal code, language
    ("DE", "BY", "München", "80331", "de"),
    ("DE", "BW", "Stuttgart", "70173", "de"),
    ("DE", "HH", "Hamburg", "20095", "de"),
    ("DE", "BE", "Berlin", "10115", "de"),
    ("AT", "W", "Wien", "1010", "de"),
    ("CH", "ZH", "Zürich", "8001", "de"),
    ("FR", "IDF", "Paris", "75001", "fr"),
    ("FR", "ARA", "Lyon", "69001", "fr"),
    ("GB", "ENG", "Manchester", "M1 1AE", "en"),
    ("NO", "03", "Oslo", "0150", "en"),
    ("US", "CA", "San Francisco", "94103", "en"),
    ("US", "OR", "Portland", "97201", "en"),
    ("US", "NY", "New York", "10001", "en"),
    ("US", "TX", "Austin", "73301", "en"),
    ("CA", "ON", "Toronto", "M5H 2N2", "en"),
)
DIAL_PLANS = {  # national numbers that exist, but for their last digits
    "DE": "+49 30 2{:07d}",
    "AT": "+43 1 5{:06d}",
    "CH": "+41 44 6{:02d} {:02d} {:02d}",
    "FR": "+33 1 4{:07d}",
    "GB": "+44 161 4{:06d}",
    "NO": "+47 22 {:06d}",
    "US": "+1 415 5{:06d}",
    "CA": "+1 416 5{:06d}",
}
JOB_TITLES = (
    "Head of Sales Operations",
    "Purchasing Manager",
    "VP Engineering",
    "Chief Technology Officer",
    "Working Student Marketing",
    "Director of Procurement",
    "IT Administrator",
    "Office Assistant",
    "Managing Director",
)
PRODUCTS = ("team", "team", "team", "enterprise", "analytics", "support")
REQUESTS = ("demo", "demo", "quote", "quote", "inquiry", "inquiry", "order", "rush_order")
LEAD_SOURCES = ("web_form", "web_form", "trade_show", "partner", "webinar", "chat")
FREE_MAIL = ("gmail.com", "outlook.com", "gmx.de", "yahoo.com")


@dataclass(frozen=True, slots=True)
class Company:
    """One of the companies that leads come from; the first of them are known accounts."""

    name: str
    domain: str
    employees: int
    industry: str


@dataclass(frozen=True, slots=True)
class RawLead:
    """A lead event of the public contract: key and value of a record of topic ``leads``."""

    sales_org: str
    account_domain: str
    value: bytes


def company(number: int) -> Company:
    """The company of a number below :data:`COMPANIES`; names and domains are its own."""
    rng = random.Random(f"company-{number}")
    first, second = rng.choice(STEMS), rng.choice(STEMS)
    trade = TRADES[number % len(TRADES)]
    return Company(
        name=f"{first.title()} {second.title()} {number} {rng.choice(FORMS)}",
        domain=f"{first}-{second}{number}.example",
        employees=min(int(rng.paretovariate(0.7) * 8), 200_000),
        industry=trade,
    )


def companies() -> list[Company]:
    """All of them; those below ``4 * ACCOUNTS_PER_ORG`` are accounts."""
    return [company(number) for number in range(COMPANIES)]


def leads(
    count: int, *, first: int = 0, seed: int = SEED, occurred_at_ms: int | None = None
) -> Iterator[RawLead]:
    """Lead events ``first`` to ``first + count``, taking turns among :data:`SALES_ORGS`.

    ``occurred_at_ms`` (default: now) is when the first of all was submitted; they follow 2 ms
    apart from ``first`` on.
    """
    known = companies()
    started_ms = occurred_at_ms or int(datetime.now(UTC).timestamp() * 1_000)
    rng = random.Random(f"{seed}-{first}")
    encode = msgspec.json.Encoder().encode
    for number in range(first, first + count):
        org_number = number % len(SALES_ORGS)
        asks = known[_company_number(rng, org_number)]
        event = _event(rng, number, asks, started_ms + 2 * (number - first))
        event["sales_org"] = SALES_ORGS[org_number]
        yield RawLead(SALES_ORGS[org_number], asks.domain, encode(event))


def _company_number(rng: random.Random, org_number: int) -> int:
    """One lead in eight comes from an account of its own sales org."""
    if rng.random() < 0.125:
        return org_number * ACCOUNTS_PER_ORG + rng.randrange(ACCOUNTS_PER_ORG)
    return rng.randrange(len(SALES_ORGS) * ACCOUNTS_PER_ORG, COMPANIES)


def _event(rng: random.Random, number: int, asks: Company, occurred_at_ms: int) -> dict[str, Any]:
    country, state, city, postal_code, language = rng.choice(PLACES)
    first_name, last_name = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    domain = asks.domain if rng.random() < 0.75 else rng.choice(FREE_MAIL)
    occurred_at = datetime.fromtimestamp(occurred_at_ms / 1_000, UTC)
    return {
        "event_id": f"{rng.getrandbits(64):016x}",
        "event_type": "submitted",
        "lead_id": f"00Q{number:012d}",
        "occurred_at": occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lead_source": rng.choice(LEAD_SOURCES),
        "contact": {
            "first_name": first_name,
            "last_name": last_name,
            "email": f"{_ascii(first_name)}.{_ascii(last_name)}.{number}@{domain}",
            "phone": _phone(country, number),
            "job_title": rng.choice(JOB_TITLES),
            "language": language,
        },
        "company": {
            "name": asks.name,
            "domain": asks.domain,
            "employees": asks.employees,
            "industry": asks.industry,
        },
        "location": {
            "country": country,
            "state": state,
            "city": city,
            "postal_code": postal_code,
        },
        "request": rng.choice(REQUESTS),
        "interest": {"product": rng.choice(PRODUCTS), "quantity": rng.randint(1, 40)},
        "campaign": {"id": f"cmp-{rng.randrange(60)}", "source": "google"},
        "consent": {"email": "granted", "phone": rng.choice(("granted", "unknown"))},
        "custom": {"crm_in_use": rng.choice(("salesforce", "hubspot", "none"))},
    }


def _ascii(name: str) -> str:
    return name.lower().replace("'", "").encode("ascii", "ignore").decode()


def _phone(country: str, number: int) -> str:
    plan = DIAL_PLANS[country]
    if country == "CH":
        return plan.format(number // 10_000 % 100, number // 100 % 100, number % 100)
    digits = int(plan.rsplit(":0", 1)[1][0])
    return plan.format(number % 10**digits)
