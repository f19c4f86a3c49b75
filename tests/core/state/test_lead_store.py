"""Leads at rest are the leads that were put there."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from world import World

from router.core.model.events import Facts
from router.core.model.lead import LEAD_FIELDS, Lead, Status
from router.core.state.journal import Journal
from router.core.state.lead_codec import JSON_PACKING
from router.core.state.lead_store import LeadStore

NAMES = st.sampled_from("abcd")
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "change", "drop", "rest", "fail"]), NAMES), max_size=40
)


def store() -> LeadStore:
    return LeadStore(JSON_PACKING.pack_lead, JSON_PACKING.unpack_lead)


def lead(name: str, points: int = 0) -> Lead:
    return Lead(name, Facts(country="DE"), 1, 2, 3, ("e",), points=points)


@settings(max_examples=200)
@given(STEPS)
def test_it_holds_what_a_plain_mapping_would_hold(steps: list[tuple[str, str]]):
    held, model, changed = store(), dict[str, int](), dict[str, None]()
    for points, (step, name) in enumerate(steps):
        if step == "rest":
            held.rest(held.pack_touched())
            told = dict(held.take_changes())
            assert {key for key, packed in told.items() if packed is not None} <= changed.keys()
            assert changed.keys() & model.keys() <= told.keys()
            assert {key for key, packed in told.items() if packed is None} == (
                told.keys() - model.keys()
            )
            changed = {}
        elif step == "fail":  # an event that drops, adds, and is taken back
            journal = Journal()
            journal.remove(held, name)
            journal.insert(held, name, lead(name, 99))
            journal.remove(held, name)
            journal.unwind()
        else:
            changed[name] = None
            held.touch(name)
            if step == "drop":
                held.pop(name, None)
                model.pop(name, None)
            elif step == "add" or name not in model:
                held[name] = lead(name, points)
                model[name] = points
            else:
                held[name].points = points
                model[name] = points
        assert {name: held[name].points for name in held} == model
        assert {one.lead_id: one.points for one in held.values()} == model
        assert len(held) == len(model)
        assert [name in held for name in "abcd"] == [name in model for name in "abcd"]


def resting(name: str) -> LeadStore:
    held = store()
    held[name] = lead(name)
    held.touch(name)
    held.rest(held.pack_touched())
    return held


def test_a_lead_is_one_object_until_it_is_put_to_rest():
    held = resting("a")
    before = held["a"]
    assert held["a"] is before
    held.rest(held.pack_touched())
    assert held["a"] is not before


def test_a_change_that_nobody_was_told_of_does_not_outlive_the_event():
    held = resting("a")
    held["a"].points = 7
    held.rest(held.pack_touched())
    assert held["a"].points == 0


def test_nothing_stays_of_an_event_that_was_taken_back():
    held = resting("a")
    held.touch("a")
    held["a"].points = 7
    held.forget()
    assert held["a"].points == 0
    held.rest(held.pack_touched())
    assert [lead_id for lead_id, _ in held.take_changes()] == ["a"]  # from when it came


def test_a_lead_is_given_out_once_though_looking_through_them_wakes_it():
    held = resting("a")
    held["b"] = lead("b")
    held.touch("b")
    held.rest(held.pack_touched())
    found = []
    for one in held.values():
        held.get("a")
        held.get("b")
        found.append(one.lead_id)
    assert found == ["a", "b"]


def test_every_field_comes_back_from_rest_as_it_was():
    world = World()
    world.one("L", employees=10, custom={"a": 1.5, "b": True}, scores={"x": 2}, quantity=0)
    before = world.org.leads["L"]
    before.declined = 1 << 200 | 5
    before.missed_by = 1 << 150 | 2
    before.missed_until_ms, before.waits_from_ms, before.handoff_by = 5, 6, "rise"
    assert before.unanswered
    before.status = Status.ACCEPTED
    after = JSON_PACKING.unpack_lead(JSON_PACKING.pack_lead(before))
    for name in LEAD_FIELDS:
        assert getattr(after, name) == getattr(before, name), name
