"""State is the fold of the inbox: exact, restorable, and never half changed."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from auditor import Auditor, check_state, everything, plain, records
from happenings import begin, happenings, next_event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import World, new_shard, restored_shard

from router.core.model.events import Facts, LeadEvent
from router.core.state.journal import Journal

MANY = settings(max_examples=300, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=80, suppress_health_check=list(HealthCheck))


@MANY
@given(happenings)
def test_whatever_happens_the_state_is_sound_and_no_cap_is_exceeded(numbers: list[int]):
    world, auditor = begin(numbers[0]), Auditor()
    for number in numbers:
        event = next_event(number, world)
        decided = world.feed(event)
        check_state(world.shard)
        auditor.see(world.shard, decided)


@FEW
@given(happenings)
def test_the_changelog_holds_the_whole_state_after_every_event(numbers: list[int]):
    world = begin(numbers[0])
    for number in numbers:
        world.feed(next_event(number, world))
        world.keep_changes()
        kept = {key: msgspec.json.decode(value) for key, value in world.changelog.items()}
        clock = kept.pop("clock")
        assert kept == records(world.shard)
        leap = world.shard.leap
        leapt = {} if leap is None else {"leap": [leap.before_ms, leap.at_ms, leap.unlived_ms]}
        assert clock == {"next_offset": len(world.log), "now_ms": world.shard.now_ms, **leapt}


@settings(MANY, max_examples=150)
@given(happenings, st.integers(0, 39))
def test_a_restarted_shard_decides_as_the_one_that_kept_running(numbers: list[int], at: int):
    kept, restarted = begin(numbers[0]), begin(numbers[0])
    for place, number in enumerate(numbers):
        if place == at % len(numbers) or place == 30:
            restarted.restart()
            assert everything(restarted.shard) == everything(kept.shard)
            assert restarted.shard.leap == kept.shard.leap
        event = next_event(number, kept)
        restarted.now_ms = kept.now_ms
        assert plain(restarted.feed(deepcopy(event))) == plain(kept.feed(event))
        restarted.keep_changes()
    assert everything(restarted.shard) == everything(kept.shard)


@FEW
@given(happenings)
def test_a_replay_of_the_inbox_gives_the_same_decisions(numbers: list[int]):
    world = begin(numbers[0])
    for number in numbers:
        world.feed(next_event(number, world))
    again, shard = [], new_shard()
    for offset, (at_ms, event) in enumerate(world.log):
        again += shard.apply("main", event, timestamp_ms=at_ms, offset=offset)
    assert plain(again) == plain(world.decided)
    assert everything(shard) == everything(world.shard)


class _InjectedError(BaseException):
    """No exception that the core would take for a fault of one lead."""


class _LeadError(Exception):
    """One that it would."""


_STEPS = (
    "put", "edit", "edit_load", "put_credits", "insert", "remove", "enqueue", "dequeue", "touch",
)  # fmt: skip


class _Saboteur:
    """Counts the steps of the journal, and makes one of them fail."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.steps, self.fails_at = 0, 0
        self.error: type[BaseException] = _InjectedError
        for name in _STEPS:
            patch.setattr(Journal, name, self._failing(getattr(Journal, name)))

    def arm(self, fails_at: int) -> None:
        self.steps, self.fails_at = 0, fails_at

    def _failing(self, step: Any) -> Any:
        def fail_or(journal: Journal, *args: Any) -> Any:
            self.steps += 1
            if self.steps == self.fails_at:
                raise self.error
            return step(journal, *args)

        return fail_or


@pytest.mark.plain_core
@FEW
@given(happenings, st.integers(0, 97))
def test_an_event_that_raises_leaves_no_trace(numbers: list[int], salt: int):
    with pytest.MonkeyPatch.context() as patch:
        saboteur = _Saboteur(patch)
        world, spared = begin(numbers[0]), begin(numbers[0])
        for place, number in enumerate(numbers):
            event = next_event(number, world)
            spared.now_ms = world.now_ms
            saboteur.arm(0)
            expected = plain(spared.feed(deepcopy(event)))
            if saboteur.steps and (salt + place) % 3 == 0:
                _fail(world, event, saboteur, 1 + (salt * 31 + place) % saboteur.steps)
            assert plain(world.feed(event)) == expected
            if place % 2:
                world.keep_changes()
        assert everything(world.shard) == everything(spared.shard)


def _fail(world: World, event: Any, saboteur: _Saboteur, fails_at: int) -> None:
    before = everything(world.shard)
    saboteur.arm(fails_at)
    offset = len(world.log)
    with pytest.raises(_InjectedError):
        world.shard.apply("main", deepcopy(event), timestamp_ms=world.now_ms, offset=offset)
    saboteur.arm(0)
    assert everything(world.shard) == before
    check_state(world.shard)


@pytest.mark.plain_core
@FEW
@given(happenings, st.integers(0, 97))
def test_a_lead_that_raises_is_set_aside_and_the_state_stays_sound(numbers: list[int], salt: int):
    with pytest.MonkeyPatch.context() as patch:
        saboteur = _Saboteur(patch)
        saboteur.error = _LeadError
        world = begin(numbers[0])
        for place, number in enumerate(numbers):
            event = next_event(number, world)
            if (salt + place) % 3 == 0:
                saboteur.arm(1 + (salt * 31 + place) % 40)
            with suppress(_LeadError):
                world.feed(event)
            saboteur.arm(0)
            check_state(world.shard)
        world.keep_changes()
        assert everything(restored_shard(world.changelog)) == everything(world.shard)


def test_an_event_whose_lead_cannot_be_packed_leaves_no_trace():
    world = begin(1)
    before = everything(world.shard)
    unpackable = LeadEvent("e", "submitted", "L", world.now_ms, Facts(custom={"a": object()}))  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        world.shard.apply("main", unpackable, timestamp_ms=world.now_ms, offset=len(world.log))
    assert everything(world.shard) == before
    check_state(world.shard)
