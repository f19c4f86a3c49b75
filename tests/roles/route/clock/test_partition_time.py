"""The owner of a partition and the core together, by a broker's clock that is set by hand."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, World

from router.core.model.policy import BacklogRule, Sla
from router.intake.wire.codec import decode_event
from router.observe.meters import RoutingMeters
from router.roles.route.clock.partition_time import PartitionTime

TEN_MINUTES = Sla(10 * MINUTE_MS, 30 * MINUTE_MS, None, "next_rep", 9, "manager", "duty")
AT_ALL_HOURS = replace(POLICY, sla={"inside": TEN_MINUTES}, hours={}, caps={})
CLOCKS = {"accept_missed", "contact_missed", "waited_too_long"}


class Partition:
    """An inbox partition with an owner, who looks around once a second."""

    def __init__(self, policy=AT_ALL_HOURS):
        self.world = World(policy)
        self.local_ms = 5_000_000
        self.broker_ahead_ms = self.world.now_ms - self.local_ms
        self.wall_ahead_ms = self.broker_ahead_ms
        self.meters = RoutingMeters()
        self.lived_ms = 0
        self.began_ms = {}
        self.lasted_ms = {}  # each lead's first clock, in time that was lived through
        self.ticks = 0
        self.take_over()

    def take_over(self, *, after_ms=0, **options):
        """A new owner, who knows what is in the state."""
        self.world.restart()
        self.local_ms += after_ms
        self.lived_ms += after_ms
        self.time = PartitionTime(
            0,
            self.meters,
            MINUTE_MS,
            even_ms=lambda: self.local_ms,
            wall_ms=lambda: self.local_ms + self.wall_ahead_ms,
            **options,
        )
        self.time.open(self.shard)

    @property
    def shard(self):
        return self.world.shard

    @property
    def broker_ms(self):
        return self.local_ms + self.broker_ahead_ms

    def leap(self, by_ms):
        self.broker_ahead_ms += by_ms

    def submit(self, count, name="L"):
        self.world.now_ms = self.broker_ms
        for n in range(count):
            self.world.one(f"{name}{n:03}", employees=10)
            self.began_ms[f"{name}{n:03}"] = self.lived_ms
        self.time.read(self.broker_ms)

    def live(self, ms):
        """Live through a time; returns the leads whose clocks fired."""
        fired = []
        for _ in range(ms // 1_000):
            self.local_ms += 1_000
            self.lived_ms += 1_000
            decided = self._look_around()
            fired += [one["lead_id"] for one in decided if one["reason"] in CLOCKS]
            for name in fired:
                self.lasted_ms.setdefault(name, self.lived_ms - self.began_ms[name])
        return fired

    def _look_around(self):
        decided = []
        while self.time.wants_tick(self.shard):
            self.ticks += 1
            value = self.time.tick(self.shard)
            self.world.now_ms = self.broker_ms
            offset = len(self.world.log)
            self.time.tick_committed(offset, self.broker_ms, self.shard)
            self.time.read(self.broker_ms)
            decided += self.world.feed(decode_event(value))
            self.time.applied(self.shard)
            if not self.time.is_urgent:
                break
        return decided

    def told(self, change):
        return self.meters.clock_changes.values["0", change]


def test_an_hours_leap_costs_none_of_a_hundred_leads_its_clock():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(100)
    partition.live(4 * MINUTE_MS)
    partition.leap(HOUR_MS)
    with capture_logs() as logged:
        assert partition.live(5 * MINUTE_MS) == []
    assert [entry["change"] for entry in logged] == ["leapt", "confirmed"]
    assert partition.time.leap_ms == 0
    assert partition.live(MINUTE_MS - 5_000) == []
    assert len(partition.live(10_000)) == 100
    assert (partition.told("leapt"), partition.told("confirmed")) == (1, 1)


def test_leads_that_come_after_the_leap_have_their_ten_minutes_too():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.leap(HOUR_MS)
    partition.submit(100)
    assert partition.time.leap_ms > 0, "told by the first record, not by the next tick"
    assert partition.live(10 * MINUTE_MS - 5_000) == []
    assert len(partition.live(10_000)) == 100


def test_a_clock_that_comes_back_after_ten_minutes_costs_nobody_anything():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(10, "before")
    partition.live(MINUTE_MS)
    partition.leap(HOUR_MS)
    partition.submit(10, "within")
    assert partition.live(5 * MINUTE_MS) == []
    partition.submit(10, "believed")
    partition.live(5 * MINUTE_MS)
    partition.leap(-HOUR_MS)
    partition.submit(10, "unnoticed")
    partition.live(MINUTE_MS)
    partition.submit(10, "after")
    partition.live(12 * MINUTE_MS)
    assert partition.shard.now_ms == pytest.approx(partition.broker_ms, abs=MINUTE_MS)
    assert {name[:-3] for name in partition.lasted_ms} == {
        "before",
        "within",
        "believed",
        "unnoticed",
        "after",
    }
    assert min(partition.lasted_ms.values()) >= 10 * MINUTE_MS
    assert max(partition.lasted_ms.values()) <= 11 * MINUTE_MS + 5_000, "until a tick has seen it"


def test_a_clock_that_comes_back_within_a_minute_was_never_believed():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(10, "before")
    partition.leap(HOUR_MS)
    partition.submit(10, "within")
    partition.live(45_000)
    partition.leap(-HOUR_MS)
    assert partition.live(9 * MINUTE_MS) == []
    assert len(partition.live(MINUTE_MS)) == 20
    assert (partition.told("returned"), partition.told("confirmed")) == (1, 0)


def test_a_clock_that_is_set_back_costs_nobody_anything():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(10)
    partition.live(MINUTE_MS)
    partition.leap(-HOUR_MS)
    assert partition.live(9 * MINUTE_MS - 5_000) == []
    assert len(partition.live(70_000)) == 10
    assert partition.told("set_back") == 1


def test_an_owner_who_takes_over_in_the_midst_goes_on_with_what_the_one_before_knew():
    """Also where this machine's own time of day has leapt with the broker's."""
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(100)
    partition.live(MINUTE_MS)
    partition.leap(HOUR_MS)
    partition.wall_ahead_ms += HOUR_MS
    partition.live(65_000)
    partition.take_over(after_ms=20_000)
    assert partition.live(4 * MINUTE_MS) == []
    assert partition.told("confirmed") == 1, "it does not hold for ever"
    assert len(partition.live(4 * MINUTE_MS)) == 100


def test_an_owner_who_takes_over_after_the_leap_holds_it_by_its_own_time_of_day():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(100)
    partition.leap(HOUR_MS)
    partition.take_over(after_ms=20_000)
    assert partition.live(9 * MINUTE_MS) == []
    assert len(partition.live(MINUTE_MS)) == 100


def test_an_owner_who_takes_over_after_the_clock_came_back_sets_the_logs_time_back():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(10)
    partition.leap(HOUR_MS)
    partition.live(65_000)
    partition.leap(-HOUR_MS)
    partition.take_over(after_ms=20_000)
    assert partition.live(8 * MINUTE_MS) == []
    assert len(partition.live(MINUTE_MS)) == 10
    assert partition.shard.now_ms == pytest.approx(partition.broker_ms, abs=MINUTE_MS)


def test_hours_in_which_the_service_was_off_count():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(3)
    partition.take_over(after_ms=3 * HOUR_MS)
    assert partition.live(2_000) == ["L000", "L001", "L002"]
    assert partition.told("leapt") == 0


def test_records_that_were_written_while_nobody_routed_are_no_leap():
    partition = Partition()
    partition.live(MINUTE_MS)
    for n in range(5):
        partition.local_ms += 10 * MINUTE_MS
        partition.submit(1, f"L{n}-")
    partition.take_over()
    partition.live(2_000)
    assert (partition.told("leapt"), partition.shard.leap) == (0, None)


def test_a_machine_whose_time_of_day_is_wrong_costs_nobody_anything():
    for wrong_ms in (-HOUR_MS, HOUR_MS):
        partition = Partition()
        partition.wall_ahead_ms += wrong_ms
        partition.live(MINUTE_MS)
        partition.submit(3)
        with capture_logs() as logged:
            partition.take_over(after_ms=20_000)
            assert partition.live(9 * MINUTE_MS) == []
        assert [entry["event"] for entry in logged] == ["broker_clock.differs"]
        assert len(partition.live(MINUTE_MS)) == 3


def test_two_months_in_which_the_service_was_off_wait_for_an_operator():
    partition = Partition(replace(AT_ALL_HOURS, backlog=BacklogRule(at_most_ms=DAY_MS)))
    partition.live(MINUTE_MS)
    partition.submit(3)
    partition.take_over(after_ms=60 * DAY_MS)
    assert partition.live(30 * MINUTE_MS) == []
    assert partition.time.leap_ms > 0
    partition.take_over(accepts_leap=True)
    assert partition.live(2_000) == ["L000", "L001", "L002"]
    partition.live(MINUTE_MS)
    partition.leap(HOUR_MS)
    partition.live(2 * MINUTE_MS)
    assert partition.time.leap_ms > 0, "what was accepted was that leap alone"


def test_an_operator_may_have_an_hour_counted():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(3)
    partition.leap(HOUR_MS)
    partition.live(65_000)
    partition.take_over(accepts_leap=True)
    assert partition.live(2_000) == ["L000", "L001", "L002"]


def test_a_clock_that_is_not_believed_is_asked_every_ten_seconds_and_not_more():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(700)
    partition.leap(HOUR_MS)
    partition.live(65_000)
    before = partition.ticks
    partition.live(100_000)
    assert partition.ticks - before == 10


def test_deadlines_are_overdue_by_the_time_that_is_believed():
    partition = Partition()
    partition.live(MINUTE_MS)
    partition.submit(1)
    due_ms = partition.shard.next_due_ms()
    partition.leap(HOUR_MS)
    partition.live(65_000)
    assert partition.time.overdue_ms(due_ms) == 0
