"""What is due by day: a day may have a bulk of it."""

from __future__ import annotations

from auditor import everything
from world import DAY_MS, World

from router.core.assign.sequence_memory import KEPT_DAYS, watch_forgotten
from router.core.state.day_queue import DayIds
from router.core.state.records import packed_count


class _Id(str):
    """An id that counts how often it was compared."""

    __slots__ = ()
    compared = 0

    def __lt__(self, other: str) -> bool:
        _Id.compared += 1
        return str.__lt__(self, other)


def with_old_counts(names: list[str]) -> World:
    """Leads forgotten long ago, whose counts are to be dropped since yesterday."""
    world = World()
    for name in names:
        day = world.now_ms // DAY_MS - KEPT_DAYS - 2
        world.org.forgotten[name] = packed_count(2, day)
        watch_forgotten(world.org, name)
    return world


def test_a_days_bulk_is_put_in_order_once_however_many_ticks_it_takes():
    world = with_old_counts([_Id(f"lead-{n * 7 % 2_000:04}") for n in range(2_000)])
    compared, left = [], []
    for _ in range(4):
        _Id.compared = 0
        world.tick()
        compared.append(_Id.compared)
        left.append(len(world.org.forgotten))
    assert compared[0] > 2_000
    assert compared[1:] == [0, 0, 0]
    assert left == [1_500, 1_000, 500, 0]


def test_what_comes_to_a_day_that_is_partly_done_takes_its_place_in_the_order():
    world = with_old_counts([f"lead-{n:04}" for n in range(1_200)])
    world.tick()
    world.org.forgotten["lead-0000"] = world.org.forgotten["lead-1199"]
    watch_forgotten(world.org, "lead-0000")
    world.tick()
    assert min(world.org.forgotten) == "lead-0999"
    assert len(world.org.forgotten) == 201


def test_a_bulk_half_done_comes_back_from_the_changelog_as_it_was():
    kept, restarted = (with_old_counts([f"lead-{n:04}" for n in range(1_200)]) for _ in range(2))
    for world in (kept, restarted):
        for name in world.org.forgotten:
            world.shard._journal.touch("forgotten", "main", name)
        world.tick()
    restarted.restart()
    for world in (kept, restarted):
        world.tick()
        assert len(world.org.forgotten) == 200
    assert everything(kept.shard) == everything(restarted.shard)


def test_an_id_that_was_noted_twice_is_done_once():
    of_day = DayIds()
    of_day.ids += ["b", "a", "b"]
    assert of_day.put_in_order() == ["b", "a"]
    assert len(of_day) == 2
