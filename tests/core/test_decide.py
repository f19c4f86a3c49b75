"""Who gets a lead, and for what reason."""

from __future__ import annotations

from pathlib import Path

from world import World

from router.core.model.assignment import Exclusion, Outcome, Reason

CORE = Path(__file__).parents[2] / "router" / "core"


def test_a_small_lead_goes_to_an_inside_rep_in_rotation():
    decision = World().one(employees=10, country="DE")
    assert decision["outcome"] == "assigned"
    assert decision["reason"] == "rotation"
    assert decision["rep_id"] == "ida"
    assert decision["sales_channel"] == "inside"


def test_nothing_that_the_contract_names_is_never_said():
    """Every outcome, reason and exclusion stands somewhere in the core, beside its own words."""
    files = [
        path for path in CORE.rglob("*.py") if path.name not in {"assignment.py", "messages.py"}
    ]
    core = "\n".join(path.read_text(encoding="utf-8") for path in files)
    kinds = (Outcome, Reason, Exclusion)
    named = [f"{kind.__name__}.{each.name}" for kind in kinds for each in kind]
    assert [name for name in named if name not in core] == []
