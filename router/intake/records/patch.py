"""Merge patches: which facts an ``updated`` event sets to nothing."""

from __future__ import annotations

from typing import Any

from router.core.model.events import ReadProblem
from router.intake.contract.lead import LeadEvent
from router.intake.wire.findings import Findings

FACTS_OF: dict[str, dict[str, tuple[str, ...]]] = {
    "contact": {
        "email": ("email_digest", "email_domain", "email_kind"),
        "phone": ("phone_digest",),
        "job_title": ("role",),
        "language": ("language",),
        "time_zone": ("utc_offset_minutes", "utc_offset_steps"),
        "preferred_times": ("preferred_windows",),
    },
    "company": {
        "name": ("company_key",),
        "domain": ("company_domain",),
        "employees": ("employees",),
        "annual_revenue": ("annual_revenue_minor", "annual_revenue_currency"),
        "industry": ("industry",),
    },
    "location": {
        "country": ("country", "utc_offset_minutes", "utc_offset_steps"),
        "state": ("state",),
        "city": ("city",),
        "postal_code": ("postal_code",),
    },
    "interest": {
        "product": ("product",),
        "quantity": ("quantity",),
        "timeframe": ("timeframe",),
        "segment": ("segment",),
    },
    "campaign": {
        name: (f"campaign_{name}",) for name in ("id", "name", "source", "medium", "event")
    },
    "consent": {name: (f"consent_{name}",) for name in ("email", "phone", "sms")},
}
"""Facts that come from each nested field of a lead event."""

FACTS_OF_TOP: dict[str, tuple[str, ...]] = {
    "lead_source": ("lead_source",),
    "request": ("request",),
    "expected_value": ("expected_value_minor", "expected_value_currency"),
    "sourced_by_rep_id": ("sourced_by_rep_id",),
    "owner_rep_id": ("owner_rep_id",),
    "test": ("test",),
    "do_not_route": ("do_not_route",),
}

MAPS = ("scores", "custom", "external_ids")


FIELD_OF_FACT: dict[str, str] = {
    **{name: name for name in MAPS},
    **{fact: field for field, facts in FACTS_OF_TOP.items() for fact in facts},
    **{
        fact: f"{outer}.{field}"
        for outer, fields in FACTS_OF.items()
        for field, facts in fields.items()
        for fact in facts
    },
}
"""The field of a lead event that a fact comes from."""


def cleared_facts(lead: LeadEvent, facts: dict[str, Any], findings: Findings) -> list[str]:
    """Names of facts that the event's fields are about and that have no value in ``facts``.

    Null, empty text and placeholders mean: what was known no longer holds. What cannot be read
    counts as not given, so that what was known stands. One entry of a map is named
    ``custom.NAME``; the whole map ``custom``.
    """
    unread = {name for name, problem in findings.items() if problem != ReadProblem.PLACEHOLDER}
    named: dict[str, None] = {}
    for field, value in lead.items():
        if field in FACTS_OF:
            parts = FACTS_OF[field] if value is None else value
            for part in parts if isinstance(parts, dict) else ():
                if f"{field}.{part}" not in unread:
                    named |= dict.fromkeys(FACTS_OF[field].get(part, ()))
        elif field in FACTS_OF_TOP and field not in unread:
            named |= dict.fromkeys(FACTS_OF_TOP[field])
        elif field in MAPS:
            named |= dict.fromkeys(_of_map(field, value))
    return [name for name in named if name not in facts]


def _of_map(field: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        return [field]
    return [f"{field}.{name}" for name, entry in value.items() if entry in (None, "")]
