"""A report that changes nothing is remembered with its reason, by its lead."""

from __future__ import annotations

import pytest
from world import World

from router.core.handlers.ignored_feedback import LEADS_MAX, in_words
from router.core.model.assignment import Ignored


def owned() -> World:
    world = World()
    world.one("L", employees=10)
    return world


def why(world: World, lead_id: str = "L") -> str | None:
    report = world.org.ignored_reports.get(lead_id)
    return None if report is None else report[2]


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("contacted", {"rep_id": "iva"}, Ignored.NOT_CURRENT),
        ("accepted", {"assignment_id": "L.7"}, Ignored.NOT_CURRENT),
        ("owner_changed", {}, Ignored.NO_SUCH_REP),
        ("claimed", {"rep_id": "stranger"}, Ignored.NO_SUCH_REP),
        ("claimed", {"rep_id": "iva"}, Ignored.NOT_WAITING),
        ("merged", {"into_lead_id": "L"}, Ignored.NO_SUCH_MERGE),
    ],
)
def test_a_report_about_an_open_lead_that_changes_nothing_says_why(kind, more, reason):
    world = owned()
    assert world.feedback(kind, "L", **more) == []
    assert why(world) == reason


def test_an_older_word_on_the_owner_is_told_as_older():
    world = owned()
    world.now_ms += 120_000
    world.feedback("owner_changed", "L", rep_id="iva", at_ms=world.now_ms)
    world.feedback("owner_changed", "L", rep_id="ida", at_ms=world.now_ms - 60_000)
    assert why(world) == Ignored.OLDER


@pytest.mark.parametrize("kind", ["accepted", "rejected", "qualified", "handoff_requested"])
def test_a_report_of_work_on_a_lead_that_nobody_has_is_told_as_not_open(kind):
    world = owned()
    world.feedback("won", "L")
    assert world.feedback(kind, "L") == []
    assert why(world) == Ignored.NOT_OPEN


def test_an_end_that_stands_already_is_told():
    world = owned()
    world.feedback("won", "L")
    world.feedback("won", "L")
    assert why(world) == Ignored.ENDED


def test_reports_of_strangers_leads_and_of_erased_ones_are_told():
    world = owned()
    world.feedback("won", "nobody")
    assert why(world, "nobody") == Ignored.UNKNOWN_LEAD
    world.feedback("erased", "L")
    assert why(world) is None
    world.feedback("won", "L")
    assert why(world) == Ignored.ERASED


def test_a_report_that_has_an_effect_leaves_the_last_that_had_none():
    world = owned()
    world.feedback("contacted", "L", rep_id="iva")
    world.feedback("contacted", "L", rep_id="ida")
    assert why(world) == Ignored.NOT_CURRENT
    assert "The report contacted of" in in_words(world.org.ignored_reports["L"])


def test_echoes_repeats_and_early_erasures_are_counted_and_not_remembered():
    world = owned()
    world.feedback("owner_changed", "L", rep_id="iva", actor="lead-router")
    world.feedback("contacted", "L", rep_id="ida", event_id="same")
    world.feedback("contacted", "L", rep_id="ida", event_id="same")
    world.feedback("erased", "to-come")
    assert world.org.feedback_ignored == 3
    assert world.org.ignored_reports == {}


def test_reports_are_remembered_through_a_restart_and_bounded():
    world = owned()
    for number in range(LEADS_MAX + 2):
        world.now_ms += 1
        world.feedback("won", f"x{number}")
    world.restart()
    assert len(world.org.ignored_reports) == LEADS_MAX
    assert why(world, "x1") is None
    assert why(world, "x2") == Ignored.UNKNOWN_LEAD
