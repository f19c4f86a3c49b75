"""News of leads: submissions, updates, imports, withdrawals, engagement."""

from __future__ import annotations

from typing import Any

from tests.golden.company import BERLIN, REP_IDS, Company
from tests.golden.core_names import Engagement, Facts, LeadEvent
from tests.golden.dice import DAY_MS, HOUR_MS, MINUTE_MS, Dice

KINDS: tuple[Any, ...] = (
    *["submitted"] * 6, *["updated"] * 3, "imported", "withdrawn",
)  # fmt: skip


def lead_event(dice: Dice, company: Company, now_ms: int) -> LeadEvent:
    """A lead, new or known. Some events come again, and some late."""
    kind, number = dice.of(KINDS), company.next_number()
    known = company.lead_ids
    is_new = len(known) < company.lead_ids_max and (not known or dice.chance(55))
    lead_id = f"{company.sales_org}-{number}" if is_new else dice.of(known)
    if is_new:
        known.append(lead_id)
    event_id = f"e{number - dice.below(30)}" if dice.chance(4) else f"e{number}"
    at_ms = now_ms - dice.of((0, 0, 0, MINUTE_MS, HOUR_MS))
    found, cleared = facts(dice, company)
    if kind == "imported" and dice.below(3):
        found["owner_rep_id"] = dice.of((*REP_IDS, "nobody", "77", "0055g00000AbCdE"))
    return LeadEvent(event_id, kind, lead_id, at_ms, Facts(**found), cleared)


def engagement(dice: Dice, company: Company, now_ms: int) -> Engagement:
    """Engagement of a lead, at times of one that is still to come."""
    early = f"{company.sales_org}-{company.count + dice.below(3)}"
    lead_id = early if dice.chance(10) or not company.lead_ids else dice.of(company.lead_ids)
    points = dice.of((0, 5_000, 40_000, 90_000))
    at_ms = now_ms - dice.of((0, 0, HOUR_MS, 2 * DAY_MS))
    return Engagement(lead_id, points, at_ms, dice.of((0, DAY_MS, 7 * DAY_MS, 7 * DAY_MS)))


def facts(dice: Dice, company: Company) -> tuple[dict[str, Any], list[str]]:
    """Return facts of a lead, sparse as real ones are, and those that an update clears."""
    persons = 6 if company.lead_ids_max < 20 else company.lead_ids_max
    found: dict[str, Any] = {
        "email_digest": 1 + dice.below(persons) if dice.below(2) else None,
        "phone_digest": 10_003 + dice.below(persons) if dice.below(4) == 0 else None,
        "employees": dice.maybe((5, 300)),
        "expected_value_minor": dice.maybe((1_000, 300_000, 2_000_000, 9_000_000)),
        "expected_value_currency": dice.maybe(("EUR", "EUR", "USD", "JPY")),
        "language": dice.maybe(("en", "de", "fr", "xx")),
        "country": dice.maybe(("DE", "US", "BR")),
        "postal_code": dice.maybe(("80331", "10115")),
        "lead_source": dice.maybe(("trade_show", "web")),
        "industry": dice.maybe(("software",)),
        "product": dice.maybe(("solar", "heat", "thing")),
        "segment": dice.maybe(("b2b", "b2c")),
    }
    found |= _rare_facts(dice)
    cleared = [
        name
        for name in ("country", "expected_value_minor", "custom.a", "custom.none", "language")
        if dice.below(8) == 0
    ]
    return {name: value for name, value in found.items() if value is not None}, cleared


def _rare_facts(dice: Dice) -> dict[str, Any]:
    """One of the facts that seldom come."""
    options: tuple[dict[str, Any], ...] = (
        *[{}] * 6,
        {"company_domain": "acme.example"},
        {"email_kind": "business", "email_domain": "beta.example"},
        {"company_key": "beta"},
        {"company_domain": "acme.example", "expected_value_minor": 9_000_000},
        {"company_domain": "acme.example", "expected_value_minor": 600_000},
        {"sourced_by_rep_id": dice.of((*REP_IDS, "nobody", "77", "a person"))},
        {"consent_email": "denied", "consent_phone": "denied",
         "consent_sms": dice.maybe(("granted", "denied"))},
        {"consent_email": dice.of(("granted", "unknown"))},
        {"consent_email": "unreadable"},
        {"consent_phone": dice.of(("unreadable", "denied")), "consent_email": "unreadable"},
        {"consent_email": "granted", "consent_phone": "granted"},
        {"test": True},
        {"do_not_route": True},
        {"request": "rush_order", "company_domain": "acme.example"},
        {"custom": {"a": dice.below(2), "skill": dice.of(("x", True))}, "scores": {"fit": 3.5}},
        {"custom": {"seniority": "senior", "b": True}, "scores": {"fit": 50, "intent": 4}},
        {"external_ids": {"hubspot": "7"}, "utc_offset_minutes": -300},
        {"preferred_windows": [(480, 600)], "utc_offset_minutes": 60},
        {"utc_offset_minutes": 60, "utc_offset_steps": BERLIN[1:]},
        {"utc_offset_minutes": 540, "utc_offset_steps": []},
        {"owner_rep_id": dice.of(REP_IDS)},
        {"annual_revenue_minor": 5_000, "consent_email": "granted", "campaign_source": "google"},
        {"quantity": dice.of((0, 3)), "timeframe": "now", "state": "BY", "city": "Ulm"},
    )  # fmt: skip
    return dice.of(options)
