"""A deployment that has routed a load with everything in it, and rests."""

from __future__ import annotations

import pytest

from router.settings import Settings
from tests.audit.routed import BROKEN, ERASED, TWICE, Routed
from tests.e2e.faults.company import message
from tests.e2e.load import SALES_ORGS, make_load

LEADS = 150


def event(lead_id, topic="leads", **fields):
    """An event of a lead, whose id begins with its sales org."""
    body = {
        "event_id": f"{lead_id}-{'-'.join(fields.values())}",
        "lead_id": lead_id,
        "sales_org": lead_id.partition("-")[0],
        "occurred_at": "2026-01-05T08:00:00Z",
    }
    return message(topic, body | fields)


@pytest.fixture
async def routed(topics_ready: Settings) -> Routed:
    made = Routed(topics_ready.model_copy(update={"sales_orgs": list(SALES_ORGS)}))
    load = make_load(12, leads=LEADS, waves=4)
    assert load.broken_count == BROKEN
    await made.write(made.topics.inbox, [(b"main", b"not an inbox record")])
    first = [*load.company, *(each for wave in load.waves for each in wave)]
    later = [
        event(ERASED, "crm.feedback", feedback_type="erased"),
        event(TWICE, event_type="withdrawn"),
    ]
    await made.route([*first, event(TWICE, event_type="submitted")], later)
    return made
