"""A small company that sells at any hour, and its good records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OCCURRED_AT = "2026-01-05T09:00:00Z"

POLICY = """\
policy: always-open
currency: EUR
markets:
  everywhere: {countries: all}
default_market: everywhere
value: [expected_value]
score:
  fit:
    - {points: 20, when: {country: DE}}
  engagement:
    demo_request: {points: 40, half_life: 7d}
  bands: {hot: "20+", cold: "under 20"}
channel:
  - {use: inside}
pools:
  inside: {channel: inside, members: {role: inside_rep}}
rotation: {fair_by: turns}
hours:
  inside: {on_duty: own_schedule}
nobody_free:
  inside: [backlog]
"""

ROSTER = """\
rep_id,name,channels,role,time_zone
ann,Ann Example,inside,inside_rep,Europe/Berlin
ben,Ben Example,inside,inside_rep,Europe/Berlin
cid,Cid Example,inside,inside_rep,America/Chicago
"""


def write_company(folder: Path) -> None:
    """Write policy.yaml and roster.csv."""
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "roster.csv").write_text(ROSTER)


def lead(lead_id: str, **fields: Any) -> dict[str, Any]:
    """A lead event with what is required and the fields given."""
    return {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": OCCURRED_AT,
        **fields,
    }


def good(role: str, number: int) -> dict[str, Any]:
    """A record of the contract that has to be admitted, for an input topic of ``role``."""
    bodies: dict[str, dict[str, Any]] = {
        "leads": lead(f"lead-{number}", location={"country": "DE"}),
        "roster": {"rep_id": f"rep-{number}", "role": "inside_rep", "channels": ["inside"]},
        "accounts": {"account_id": f"account-{number}", "name": f"Company {number}"},
        "feedback": {
            "event_id": f"feedback-{number}",
            "lead_id": f"unheard-of-{number}",
            "feedback_type": "accepted",
            "occurred_at": OCCURRED_AT,
        },
        "engagement": {
            "lead_id": f"unheard-of-{number}",
            "points_milli": 5_000,
            "half_life_ms": 86_400_000,
            "occurred_at": OCCURRED_AT,
        },
        "commands": {
            "command_id": f"command-{number}",
            "command": "resume_pool",
            "subject": "inside",
            "actor": "ops-1",
            "occurred_at": OCCURRED_AT,
        },
    }
    return bodies[role]


def encoded(body: Any) -> bytes:
    """Compact JSON, as inbox records are."""
    return json.dumps(body, separators=(",", ":")).encode()
