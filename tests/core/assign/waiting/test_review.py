"""A look at all that waits costs a search for each class where only the hour has changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from auditor import plain
from happenings import begin, happenings, next_event
from hypothesis import HealthCheck, given, settings
from world import DAY_MS, HOUR_MS, World

import router.core.handlers.placing
from router.core.decide import find_owner
from router.core.model.events import Event
from router.core.state.context import Context
from tests.core.assign.waiting.test_waiting_room import crowd, crowding

FEW = settings(max_examples=100, suppress_health_check=list(HealthCheck))


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The leads that were searched for."""
    found: list[str] = []

    def counted(turn: Context, lead: object, **how: bool) -> object:
        found.append(lead.lead_id)  # type: ignore[attr-defined]
        return find_owner(turn, lead, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(router.core.handlers.placing, "find_owner", counted)
    return found


def night() -> World:
    """Forty leads wait since the evening, in two languages; it is before the first shift."""
    world = World()
    world.now_ms += 8 * HOUR_MS
    for n in range(20):
        world.one(f"A{n:02}", employees=10, language="en")
        world.one(f"B{n:02}", employees=10, language="xx")
    world.wait(HOUR_MS)
    return world


@pytest.mark.plain_core
def test_a_midnight_at_which_nobody_is_free_looks_at_the_first_of_each_class(searches: list[str]):
    world = night()
    searches.clear()
    world.wait(5 * HOUR_MS)
    assert 0 < len(searches) <= 2 * len(world.org.room)


@pytest.mark.plain_core
def test_a_leave_that_begins_has_all_looked_at(searches: list[str]):
    world = night()
    world.roster("ida", time_off=[(world.now_ms + HOUR_MS, world.now_ms + DAY_MS)])
    world.wait(0)
    searches.clear()
    world.wait(HOUR_MS)
    assert len(set(searches)) == 40


@pytest.mark.plain_core
@FEW
@given(happenings)
@pytest.mark.parametrize(
    ("start", "what"), [(begin, next_event), (crowd, crowding)], ids=["anything", "a crowd"]
)
def test_what_is_decided_is_the_same_as_if_every_lead_were_looked_at(
    start: Callable[[int], World], what: Callable[[int, World], Event], numbers: list[int]
):
    world = start(numbers[0])
    for number in numbers:
        world.feed(what(number, world))
    with pytest.MonkeyPatch.context() as patch:
        by_class = Context.review_all
        patch.setattr(Context, "review_all", lambda turn, **_: by_class(turn))
        other = start(numbers[0])
        for at_ms, event in world.log[len(other.log) :]:
            other.now_ms = at_ms
            other.feed(event)
    assert plain(other.decided) == plain(world.decided)
