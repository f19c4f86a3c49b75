"""Who gets a lead, and for what reason."""

from __future__ import annotations

from world import World


def test_a_small_lead_goes_to_an_inside_rep_in_rotation():
    decision = World().one(employees=10, country="DE")
    assert decision["outcome"] == "assigned"
    assert decision["reason"] == "rotation"
    assert decision["rep_id"] == "ida"
    assert decision["sales_channel"] == "inside"
