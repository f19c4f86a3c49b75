"""The core decides on decoded records as on its own events."""

from __future__ import annotations

from world import World

from router.core.model.events import Facts, LeadEvent
from router.intake import decode_event, encode_event


def test_a_lead_read_from_the_inbox_can_be_updated_by_another():
    world = World()
    for event in (
        LeadEvent("e1", "submitted", "a", world.now_ms, Facts(employees=10, custom={"x": 1})),
        LeadEvent("e2", "updated", "a", world.now_ms + 5, Facts(employees=500), ["custom.x"]),
    ):
        world.feed(decode_event(encode_event(event)))
    lead = world.org.leads["a"]
    assert (lead.facts.employees, lead.facts.custom) == (500, None)
