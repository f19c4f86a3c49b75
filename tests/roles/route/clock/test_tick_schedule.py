"""When a tick is sent: due, once a minute, one at a time."""

from router.roles.route.clock.tick_schedule import TickSchedule

MINUTE_MS = 60_000


def sent_and_applied(*, at_ms, more_is_due=False):
    schedule = TickSchedule()
    schedule.sent(5, at_ms)
    assert schedule.applied(6, more_is_due=more_is_due)
    return schedule


def test_the_first_tick_is_wanted_at_once_also_just_after_the_machine_has_started():
    assert TickSchedule().is_wanted(5, is_due=False)


def test_a_tick_is_wanted_when_something_is_due_and_not_before():
    schedule = sent_and_applied(at_ms=100_000)
    assert not schedule.is_wanted(102_000, is_due=False)
    assert schedule.is_wanted(102_000, is_due=True)


def test_a_tick_is_wanted_once_a_minute_although_nothing_is_due():
    schedule = sent_and_applied(at_ms=100_000)
    assert not schedule.is_wanted(100_000 + MINUTE_MS - 1, is_due=False)
    assert schedule.is_wanted(100_000 + MINUTE_MS, is_due=False)


def test_no_second_tick_is_wanted_while_one_is_on_its_way():
    schedule = TickSchedule()
    schedule.sent(5, 100_000)
    assert not schedule.applied(5, more_is_due=True)
    assert not schedule.is_wanted(100_000 + 10 * MINUTE_MS, is_due=True)
    assert schedule.applied(6, more_is_due=False)
    assert schedule.is_wanted(100_000 + 10 * MINUTE_MS, is_due=True)


def test_ticks_are_at_least_a_second_apart():
    schedule = sent_and_applied(at_ms=100_000)
    assert not schedule.is_wanted(100_999, is_due=True)
    assert schedule.is_wanted(101_000, is_due=True)


def test_a_tick_that_left_work_is_followed_at_once_but_not_for_ever():
    schedule = TickSchedule()
    at_once = 0
    for offset in range(1_000):
        schedule.sent(offset, 100_000)
        schedule.applied(offset + 1, more_is_due=True)
        at_once += schedule.follows_at_once
    assert 100 < at_once < 1_000
    assert not schedule.is_wanted(100_500, is_due=True)
    assert schedule.is_wanted(101_000, is_due=True)


def test_while_the_brokers_clock_is_not_believed_it_is_asked_six_times_a_minute():
    schedule = sent_and_applied(at_ms=100_000, more_is_due=True)
    assert not schedule.is_wanted(109_999, is_due=True, is_held=True)
    assert schedule.is_wanted(110_000, is_due=False, is_held=True)
