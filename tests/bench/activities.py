"""What leads do, as marketing systems report it: repeated, late, out of order; the same each run.

The same arguments always give the same activities around the same ``now_ms``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

SEED = 20_270_311
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

ENGAGEMENT = {  # points and half-life in days; how often it happens
    "page_view": (1, 3, 50),
    "email_open": (1, 2, 20),
    "email_click": (4, 4, 10),
    "form": (15, 7, 3),
    "download": (10, 7, 4),
    "webinar": (20, 14, 2),
    "trade_show_visit": (30, 14, 1),
    "demo_request": (40, 7, 1),
    "pricing_page": (8, 3, 5),
}
UNPRICED = {"unsubscribe": 1, "custom_quiz": 2}
"""Types that the policy gives no points, and how often they happen."""

LATE_SHARE, REPEATED_SHARE, WEIGHTED_SHARE = 0.08, 0.02, 0.05
_TYPES = [*ENGAGEMENT, *UNPRICED]
_OFTEN = [line[2] for line in ENGAGEMENT.values()] + list(UNPRICED.values())
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class RawActivity:
    """One record: its key and its value."""

    key: bytes
    value: bytes


def engagement_lines() -> str:
    """The lines of a policy's ``engagement``."""
    return "\n".join(
        f"    {name}: {{points: {points}, half_life: {days}d}}"
        for name, (points, days, _) in ENGAGEMENT.items()
    )


def lead_id(number: int) -> str:
    """The id of a lead; numbers begin at 0."""
    return f"lead-{number:07d}"


def activities(count: int, leads: int, now_ms: int, *, seed: int = SEED) -> Iterator[RawActivity]:
    """``count`` records about ``leads`` leads, most of the last hour, some up to 20 days late."""
    chosen = random.Random(seed)
    recent: list[RawActivity] = []
    for number in range(count):
        if recent and chosen.random() < REPEATED_SHARE:
            yield chosen.choice(recent)
            continue
        made = _activity(chosen, number, leads, now_ms)
        if len(recent) < 2_000:
            recent.append(made)
        else:
            recent[chosen.randrange(2_000)] = made
        yield made


def _activity(chosen: random.Random, number: int, leads: int, now_ms: int) -> RawActivity:
    lead = lead_id(chosen.randrange(leads))
    late = chosen.random() < LATE_SHARE
    at_ms = now_ms - chosen.randrange(20 * DAY_MS if late else HOUR_MS)
    activity: dict[str, object] = {
        "activity_id": f"activity-{number:09d}",
        "lead_id": lead,
        "activity_type": chosen.choices(_TYPES, _OFTEN)[0],
        "occurred_at": _rfc3339(at_ms),
    }
    if chosen.random() < WEIGHTED_SHARE:
        activity["weight"] = chosen.choice((0.25, 0.5, 2, 3))
    return RawActivity(lead.encode(), _encode(activity))


def _rfc3339(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
