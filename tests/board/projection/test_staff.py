"""Roster entries of a day: repeated ones are one, too many are too old, and none takes long."""

from __future__ import annotations

from dataclasses import replace

from world import POLICY

from router.board.projection import roster_history as staffs
from router.board.projection.past_pools import PoolPast
from router.board.projection.roster_history import Staff, policy_key
from router.board.statistics.fairness import judge
from router.board.statistics.turns import Turn
from router.core.model.events import RosterEntry
from router.core.model.rep import Rep
from tests.board.projection.test_event_loop import LONGEST_S, longest_s

REPS = 1_000
ROSTER = [RosterEntry(f"rep-{n}", ["inside"], "inside_rep", languages=["en"]) for n in range(REPS)]
KEY = policy_key(POLICY.policy_id, POLICY.version)


def test_an_entry_that_says_the_same_again_is_the_one_before():
    staff, rep = Staff(), Rep(0, ROSTER[0], joined_ms=1)
    for offset in (3, 5, 7):
        staff.add_entry(offset, 10 * offset, ROSTER[0])
    assert [each.from_offset for each in staff.variants([rep], 60)] == [-1, 3]
    assert [each.from_offset for each in staff.variants([rep], 71)] == [-1]
    staff.forget_before(71)
    assert staff.entries == {}


def test_of_too_many_entries_the_oldest_go(monkeypatch):
    monkeypatch.setattr(staffs, "ENTRIES_MAX", 3)
    staff = Staff()
    for offset in range(6):
        staff.add_entry(offset, offset, replace(ROSTER[offset % 2], weight=offset + 1))
    kept = sorted(each.offset for of_rep in staff.entries.values() for each in of_rep)
    assert kept == [3, 4, 5]


def test_a_large_pool_that_changes_a_thousand_times_is_judged_a_little_at_a_time():
    staff = Staff()
    for offset in range(0, 10 * REPS, 10):
        staff.add_entry(offset, offset, replace(ROSTER[offset // 10], weight=2))
    reps = [Rep(n, replace(entry, weight=2), 0) for n, entry in enumerate(ROSTER)]
    variants, numbers = staff.variants(reps, 0), {f"rep-{n}": n for n in range(REPS)}
    turns = [
        Turn(at, 2, "emea-inside", f"rep-{at % REPS}", False, REPS, 0, 1, at, at, REPS, KEY)
        for at in range(10 * REPS)
    ]

    def judged():
        past = PoolPast("emea-inside", variants, {KEY: POLICY})
        return judge(past, turns, numbers)

    assert longest_s(judged) < LONGEST_S
