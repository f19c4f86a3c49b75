"""One or more examples of every message: they stand in the schemas, and tests feed them in."""

from __future__ import annotations

from typing import Any

import msgspec

from router.core.model.policy import (
    ChannelLine,
    ExitLine,
    FitLine,
    Market,
    Policy,
    Pool,
    Product,
    Test,
)

Example = dict[str, Any]

_POLICY = Policy(
    policy_id="b2b-software",
    version=3,
    effective_from_ms=1_798_984_800_000,
    currency="EUR",
    markets=(Market("emea", ("DE", "AT", "CH")),),
    default_market_id="emea",
    products=(Product("enterprise", 6_000_000, 750),),
    fit=(FitLine(20, (Test("employees", ranges=((250, None),)),), "employees: 250+"),),
    before_rotation=(ExitLine("account_has_owner", "owner", (), "account_has_owner"),),
    channel=(
        ChannelLine("field", (Test("value", ranges=((5_000_000, None),)),), "value: 50000+"),
        ChannelLine("inside", (), "everything else"),
    ),
    pools=(
        Pool("emea-inside", "emea", "inside", (Test("role", ("inside_rep",)),), ("language",)),
        Pool("emea-field", "emea", "field", (Test("role", ("field_rep",)),)),
    ),
)

_LEADS: list[Example] = [
    {
        "event_id": "01JDCEXQ6S5TMEYY4N6ZKX2H3A",
        "event_type": "submitted",
        "lead_id": "web-48213",
        "occurred_at": "2026-11-23T09:30:00Z",
        "lead_source": "web_form",
        "contact": {
            "first_name": "Marianne",
            "last_name": "Oberhuber",
            "email": "marianne.oberhuber@werke.example",
            "phone": "+49 89 5550123",
            "job_title": "Leiterin Einkauf",
            "language": "de",
            "preferred_times": ["09:00-12:00"],
        },
        "company": {
            "name": "Example Werke GmbH",
            "domain": "werke.example",
            "employees": "201-500",
            "annual_revenue": {"amount": 48_000_000, "currency": "EUR"},
            "industry": "manufacturing",
        },
        "location": {"country": "DE", "state": "BY", "city": "München", "postal_code": "80331"},
        "request": "quote",
        "interest": {"product": "enterprise", "quantity": 3, "segment": "b2b"},
        "expected_value": {"amount": "60000.00", "currency": "EUR"},
        "campaign": {"id": "c-77", "name": "Autumn fair", "source": "google", "medium": "cpc"},
        "consent": {"email": "granted", "phone": "unknown"},
        "scores": {"marketo": 57},
        "custom": {"crm_in_use": "salesforce", "seats": 40},
        "external_ids": {"hubspot": "129381"},
    },
    {
        "event_id": "01JDCF0Q6S5TMEYY4N6ZKX2H3B",
        "event_type": "updated",
        "lead_id": "web-48213",
        "occurred_at": "2026-11-23T09:42:10Z",
        "contact": {"phone": None, "job_title": "CFO"},
        "interest": {"quantity": 12},
    },
    {
        "event_id": "badge-scan-991",
        "event_type": "submitted",
        "lead_id": "fair-2026-991",
        "occurred_at": "2026-11-23T14:05:00+01:00",
        "lead_source": "trade_show",
        "campaign": {"event": "Example Fair 2026"},
    },
]

EXAMPLES: dict[str, list[Example]] = {
    "lead-event": _LEADS,
    "roster-entry": [
        {
            "rep_id": "r-anna",
            "name": "Anna Beispiel",
            "channels": ["inside"],
            "role": "inside_rep",
            "seniority": "senior",
            "manager_rep_id": "r-max",
            "backup_rep_id": "r-ben",
            "languages": ["de", "en"],
            "weight": 2,
            "caps": {"inside": {"per_day": 30}},
            "hours": "Mon-Fri 08:30-17:00",
            "time_zone": "Europe/Berlin",
            "holidays": "DE-BY",
            "time_off": [{"from": "2026-12-24", "to": "2027-01-03"}],
            "starts": "2024-02-01",
            "crm_ids": {"hubspot": "41629779"},
        }
    ],
    "account": [
        {
            "account_id": "a-1001",
            "name": "Example Werke GmbH",
            "domains": ["werke.example"],
            "owner_rep_id": "r-max",
            "tier": "strategic",
            "country": "DE",
            "employees": 350,
            "annual_revenue": {"amount": 48_000_000, "currency": "EUR"},
        }
    ],
    "activity": [
        {
            "activity_id": "act-7712",
            "lead_id": "web-48213",
            "activity_type": "pricing_page",
            "occurred_at": "2026-11-23T09:51:00Z",
        }
    ],
    "engagement": [
        {
            "lead_id": "web-48213",
            "points_milli": 15_000,
            "half_life_ms": 259_200_000,
            "occurred_at": "2026-11-23T09:51:00Z",
        }
    ],
    "feedback": [
        {
            "event_id": "hs-990017",
            "lead_id": "web-48213",
            "feedback_type": "accepted",
            "occurred_at": "2026-11-23T09:33:12Z",
            "assignment_id": "web-48213.1",
            "rep_id": "r-anna",
        },
        {
            "event_id": "hs-990231",
            "lead_id": "web-48213",
            "feedback_type": "won",
            "occurred_at": "2027-02-02T16:00:00Z",
            "amount": {"amount": 58_500, "currency": "EUR"},
        },
    ],
    "command": [
        {
            "command_id": "01JDCG7Q6S5TMEYY4N6ZKX2H3C",
            "command": "rep_away",
            "subject": "r-anna",
            "actor": "ops-1",
            "occurred_at": "2026-11-23T10:00:00Z",
            "from": "2026-11-23T10:00:00Z",
            "until": "2026-11-25T07:00:00Z",
            "reason": "ill",
        }
    ],
    "policy": [
        {
            "policy_id": "b2b-software",
            "version": 3,
            "published_at": "2026-11-23T08:00:00Z",
            "source": "policy: b2b-software\ncurrency: EUR\n",
            "compiled": msgspec.json.decode(msgspec.json.encode(_POLICY)),
        }
    ],
    "assignment": [
        {
            "assignment_id": "web-48213.1",
            "event_id": "01JDCEXQ6S5TMEYY4N6ZKX2H3A",
            "lead_id": "web-48213",
            "external_ids": {"hubspot": "129381"},
            "sales_org": "main",
            "sequence": 1,
            "outcome": "assigned",
            "reason": "rotation",
            "rule": "everything else",
            "rep_id": "r-anna",
            "owner_crm_ids": {"hubspot": "41629779"},
            "sales_channel": "inside",
            "pool_id": "emea-inside",
            "score": {
                "total": 20,
                "fit": 20,
                "engagement": 0,
                "band": "cold",
                "terms": [{"rule": "employees: 250+", "points": 20}],
            },
            "value": {"expected_minor": 6_000_000, "currency": "EUR", "known_by": "expected_value"},
            "candidates": {
                "considered": 5,
                "eligible": 3,
                "excluded": {"time_off": "4", "day_cap": "10"},
                "credit": 1_500_000,
                "runners_up": [{"rep_id": "r-ben", "credit": 1_000_000}],
            },
            "passed_over": [{"reason": "found_by_rep", "rep_id": "r-cleo", "why": "day_cap"}],
            "accept_by": "2026-11-23T09:35:00.041Z",
            "policy": {"id": "b2b-software", "version": 3},
            "roster_version": 35,
            "core_version": "2",
            "occurred_at": "2026-11-23T09:30:00.000Z",
            "decided_at": "2026-11-23T09:30:00.041Z",
            "inbox": {"partition": 0, "offset": 4711},
        }
    ],
    "lead-owner": [
        {
            "lead_id": "web-48213",
            "sales_org": "main",
            "assignment_id": "web-48213.1",
            "sequence": 1,
            "outcome": "assigned",
            "reason": "rotation",
            "rep_id": "r-anna",
            "previous_rep_id": None,
            "owner_crm_id": "41629779",
            "sales_channel": "inside",
            "pool_id": "emea-inside",
            "territory_id": None,
            "account_id": None,
            "score_total": 20,
            "score_band": "cold",
            "value_expected_minor": 6_000_000,
            "value_currency": "EUR",
            "policy_id": "b2b-software",
            "policy_version": 3,
            "decided_at": "2026-11-23T09:30:00.041Z",
        }
    ],
    "rep-number": [{"sales_org": "main", "number": 4, "rep_id": "r-anna"}],
    "inbox-event": [
        {
            "kind": "lead",
            "event_id": "badge-scan-991",
            "event_type": "submitted",
            "lead_id": "fair-2026-991",
            "occurred_at_ms": 1_795_439_100_000,
            "facts": {"lead_source": "trade_show", "campaign_event": "Example Fair 2026"},
        },
        {"kind": "tick", "due_ms": 1_795_439_400_000},
    ],
    "dead-letter-headers": [
        {
            "reason": "invalid_field",
            "detail": "occurred_at lies before the year 2000",
            "step": "intake",
            "topic": "lead-router.leads",
            "partition": "2",
            "offset": "18211",
            "timestamp_ms": "1795426200000",
        }
    ],
}
"""By the name of the message."""
