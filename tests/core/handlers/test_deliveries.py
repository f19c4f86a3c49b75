from __future__ import annotations

import pytest
from world import World


@pytest.mark.parametrize("told", ["delivered", "delivery_failed"])
def test_what_became_of_a_delivery_moves_no_lead(told):
    world = World()
    given = world.one("L", employees=10)
    lead = world.org.leads["L"]
    was = (lead.status, lead.rep, lead.accept_by_ms, tuple(lead.event_ids), lead.sequence)
    assert world.feedback(told, "L", rep_id=given["rep_id"]) == []
    assert (lead.status, lead.rep, lead.accept_by_ms, tuple(lead.event_ids), lead.sequence) == was
    assert world.org.feedback_ignored == 0
