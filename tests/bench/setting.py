"""The company whose leads are routed: 4 sales orgs, their reps, accounts and policy.

Caps are far away and duty never ends, so that a benchmark goes on assigning at any hour; the
checks for both are made all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from router.core.model.policy import Policy
from router.intake.policy import load_policy, policy_to_plain
from tests.bench.leads import ACCOUNTS_PER_ORG, SALES_ORGS, company

REPS_PER_ORG = 50
FIELD_SHARE_PERCENT = 40
TERRITORIES = ("de-south", "emea-rest", "us-west", "amer-rest")
ZONES = ("Europe/Berlin", "Europe/Paris", "America/Los_Angeles", "America/New_York")

POLICY = """\
policy: bench-{sales_org}
currency: EUR
markets:
  emea: {{countries: [DE, AT, CH, FR, GB, "NO"]}}
  amer: {{countries: [US, CA]}}
default_market: emea
products:
  team:       {{price: 1200,  margin: 0.80}}
  enterprise: {{price: 60000, margin: 0.75}}
  analytics:  {{price: 9000,  margin: 0.70}}
value:
  - expected_value
  - product_price_times_quantity
  - by_employees: {{"1-49": 1500, "50-249": 9000, "250-999": 30000, "1000+": 90000}}
score:
  fit:
    - {{points: 20,  when: {{employees: "250+"}}}}
    - {{points: 10,  when: {{employees: "50-249"}}}}
    - {{points: 15,  when: {{industry: [software, finance, manufacturing]}}}}
    - {{points: 15,  when: {{role: [director, vp, c_level]}}}}
    - {{points: 10,  when: {{custom.crm_in_use: [salesforce, hubspot]}}}}
    - {{points: 15,  when: {{request: [demo, quote]}}}}
    - {{points: 5,   when: {{lead_source: trade_show}}}}
    - {{points: -20, when: {{email_kind: free_mail}}}}
  engagement:
    demo_request: {{points: 40, half_life: 7d}}
    trade_show:   {{points: 30, half_life: 14d}}
  bands: {{hot: "50+", warm: "20-49", cold: "under 20"}}
before_rotation:
  - {{if: consent_refused,   then: close}}
  - {{if: same_person,       then: same_rep, within: 180d}}
  - {{if: found_by_rep,      then: that_rep}}
  - {{if: account_has_owner, then: owners_inside_partner, when: {{value: "under 5000"}}}}
  - {{if: account_has_owner, then: owner, when_away: {{over: 1d, use: backup}}}}
  - {{if: too_small,         then: nurture, when: {{value: "under 500", band: cold}}}}
channel:
  - {{use: inside, when: {{request: [order, rush_order, account_update]}}}}
  - {{use: field,  when: {{account.tier: strategic}}}}
  - {{use: field,  when: {{value: "50000+", band: [hot, warm]}}}}
  - {{use: inside_then_field, when: {{value: "15000+"}}}}
  - {{use: inside}}
territories:
  de-south:  {{market: emea, when: {{country: DE, postal_code: ["7*", "8*", "9*"]}}}}
  emea-rest: {{market: emea}}
  us-west:   {{market: amer, when: {{country: US, state: [CA, OR, WA]}}}}
  amer-rest: {{market: amer}}
pools:
  emea-field:  {{market: emea, channel: field,  members: {{role: field_rep}},  match: [territory, language]}}
  emea-inside: {{market: emea, channel: inside, members: {{role: inside_rep}}, match: [language]}}
  amer-field:  {{market: amer, channel: field,  members: {{role: field_rep}},  match: [territory]}}
  amer-inside: {{market: amer, channel: inside, members: {{role: inside_rep}}}}
rotation: {{fair_by: turns, weights: {{junior: 1, senior: 2}}}}
caps:
  field:  {{per_day: 100000, open: 100000}}
  inside: {{per_day: 100000, open: 100000, per_day_from: {{trade_show: 100000}}}}
hours:
  inside: {{on_duty: "daily 00:00-24:00", holidays: none}}
  field:  {{on_duty: own_schedule, holidays: none}}
sla:
  inside: {{accept: 30m, contact: 2h, remind: 20m, missed: next_rep, at_most: 2, then: manager}}
  field:  {{accept: 4h, contact: 2d, missed: tell_manager}}
handoff:
  inside_to_field: {{when: {{feedback: qualified, value: "15000+"}}}}
nobody_free:
  field:  [next_territory, any_language, other_channel, backlog]
  inside: [any_language, backlog]
backlog: {{order: value, at_most: 5d, then: nurture}}
"""  # noqa: E501 - a policy is written as people write it

Role = Literal["policies", "roster", "accounts"]


@dataclass(frozen=True, slots=True)
class SettingRecord:
    """What goes into an input topic before the first lead; ``role`` is the topic's role."""

    role: Role
    sales_org: str
    key: bytes
    value: bytes


def setting(reps_per_org: int = REPS_PER_ORG) -> Iterator[SettingRecord]:
    """Roster, accounts and policy of every sales org, in the order in which they must arrive."""
    for org_number, sales_org in enumerate(SALES_ORGS):
        for number in range(reps_per_org):
            entry = rep(sales_org, number, reps_per_org)
            yield _record("roster", sales_org, entry["rep_id"], entry)
        for number in range(ACCOUNTS_PER_ORG):
            customer = account(sales_org, org_number, number, reps_per_org)
            yield _record("accounts", sales_org, customer["account_id"], customer)
        document = policy_document(sales_org)
        yield _record("policies", sales_org, document["policy_id"], document)


def _record(role: Role, sales_org: str, key: str, value: dict[str, Any]) -> SettingRecord:
    return SettingRecord(role, sales_org, key.encode(), msgspec.json.encode(value))


def field_reps(reps_per_org: int) -> int:
    """How many of them sell in the field; they have the lowest numbers."""
    return reps_per_org * FIELD_SHARE_PERCENT // 100


def rep_id(sales_org: str, number: int) -> str:
    """A rep's id; numbers begin at 0 in each sales org."""
    return f"{sales_org}-rep-{number:04d}"


def rep(sales_org: str, number: int, reps_per_org: int = REPS_PER_ORG) -> dict[str, Any]:
    """A roster entry of the public contract. One rep in 25 is on leave, never an owner."""
    field_count = field_reps(reps_per_org)
    in_field = number < field_count
    entry: dict[str, Any] = {
        "rep_id": rep_id(sales_org, number),
        "name": f"Rep {number} of {sales_org}",
        "sales_org": sales_org,
        "channels": ["field" if in_field else "inside"],
        "role": "field_rep" if in_field else "inside_rep",
        "seniority": "senior" if number % 3 == 0 else "junior",
        "languages": ["en", "de", "fr"] if number // 4 % 2 == 0 else ["en", "de"],
        "time_zone": ZONES[number % len(ZONES)],
        "crm_ids": {"salesforce": f"005{number:012d}", "hubspot": str(41_000_000 + number)},
    }
    if in_field:
        entry["territories"] = [TERRITORIES[number % len(TERRITORIES)]]
        inside_count = reps_per_org - field_count
        entry["partner_rep_id"] = rep_id(sales_org, field_count + number % inside_count)
    elif number % 25 == 24:
        today = datetime.now(UTC).date()
        entry["time_off"] = [
            {"from": str(today - timedelta(days=2)), "to": str(today + timedelta(days=14))}
        ]
    return entry


def account(sales_org: str, org_number: int, number: int, reps_per_org: int) -> dict[str, Any]:
    """An account of the public contract, owned by a rep in the field."""
    customer = company(org_number * ACCOUNTS_PER_ORG + number)
    return {
        "account_id": f"acc-{org_number}-{number:05d}",
        "sales_org": sales_org,
        "name": customer.name,
        "domains": [customer.domain],
        "owner_rep_id": rep_id(sales_org, number % field_reps(reps_per_org)),
        "tier": "strategic" if number % 10 == 0 else "standard",
        "employees": customer.employees,
    }


def policy_document(sales_org: str) -> dict[str, Any]:
    """A published policy of the public contract."""
    source = POLICY.format(sales_org=sales_org)
    published_at = datetime.now(UTC) - timedelta(days=1)
    policy = load_policy(source, published_at_ms=int(published_at.timestamp() * 1_000))
    if not isinstance(policy, Policy):
        raise TypeError(f"the benchmark's policy is wrong: {policy}")
    return {
        "policy_id": policy.policy_id,
        "version": 1,
        "sales_org": sales_org,
        "published_at": published_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "source": source,
        "compiled": policy_to_plain(policy),
    }
