"""What is believed of the broker's clock, by a clock of ours that nobody sets."""

import pytest

from router.roles.route.clock.broker_clock import CONFIRM_MS, FAR_MS, BrokerClock, Change

HOUR_MS = 3_600_000
BOUND_MS = 60_000
TRUE_MS = 1_700_000_000_000  # the broker's time when ours is 0


class Broker:
    """A broker whose clock is set by hand, and our clock, which is not."""

    def __init__(self, *, known=True, believes_anything=False):
        self.local_ms = 0
        self.ahead_ms = TRUE_MS
        self.settled_ms = TRUE_MS
        self.clock = BrokerClock(BOUND_MS, believes_anything=believes_anything)
        if known:
            self.clock.assume(TRUE_MS, 0)
            self.tick()

    @property
    def now_ms(self):
        return self.local_ms + self.ahead_ms

    def tick(self, *, took_ms=5, waited_ms=0):
        """Append one; it is answered ``took_ms`` after it was appended, sent so long before."""
        sent_ms = self.local_ms
        self.local_ms += waited_ms
        stamp_ms = self.now_ms
        self.local_ms += took_ms
        change = self.clock.appended(
            stamp_ms, sent_ms=sent_ms, received_ms=self.local_ms, settled_ms=self.settled_ms
        )
        return change and change.change

    def read(self, *, lag_ms=0, ahead_ms=0):
        change = self.clock.read(self.now_ms - lag_ms + ahead_ms, self.local_ms)
        return change and change.change

    @property
    def error_ms(self):
        return self.clock.now_ms(self.local_ms) - self.now_ms


def test_the_brokers_time_is_late_by_a_round_trip_and_never_early():
    broker = Broker()
    assert broker.error_ms == -5
    broker.tick(took_ms=1)
    assert broker.error_ms == -1
    broker.tick(took_ms=300, waited_ms=200)
    assert broker.error_ms == -300
    broker.tick(took_ms=1)
    broker.tick(took_ms=900, waited_ms=900)
    assert broker.error_ms == -1


def test_a_drift_is_followed_minute_by_minute():
    broker = Broker()
    for _ in range(10_000):
        broker.local_ms += 60_000
        broker.ahead_ms -= 30
        assert broker.tick() is None
    assert abs(broker.error_ms) <= 30


def test_an_hours_leap_is_told_by_the_next_tick_and_held():
    broker = Broker()
    broker.local_ms += 60_000
    broker.ahead_ms += HOUR_MS
    until_ms = broker.clock.until_ms(broker.local_ms, broker.settled_ms)
    assert broker.now_ms > until_ms
    assert broker.tick() is Change.LEAPT
    assert broker.clock.leap_ms == pytest.approx(HOUR_MS, abs=10)
    assert broker.clock.now_ms(broker.local_ms) < broker.now_ms - HOUR_MS + 10


def test_a_step_within_the_bound_is_believed():
    broker = Broker()
    broker.ahead_ms += BOUND_MS - 10
    assert broker.tick() is None
    assert broker.error_ms == -5


def test_a_leap_is_told_by_the_first_record_that_is_read_from_the_future():
    broker = Broker()
    broker.local_ms += 1_000
    assert broker.read() is None
    broker.ahead_ms += HOUR_MS
    assert broker.read() is Change.LEAPT
    assert broker.read() is None
    assert broker.tick() is None
    assert broker.clock.leap_ms == pytest.approx(HOUR_MS, abs=10)


def test_a_process_that_reads_with_lag_takes_no_time_for_a_leap():
    broker = Broker()
    for lag_ms in (10 * HOUR_MS, 5 * HOUR_MS, HOUR_MS, 0):
        broker.local_ms += 10
        assert broker.read(lag_ms=lag_ms) is None
    assert broker.tick() is None


def test_a_process_that_was_stopped_between_sending_and_hearing_takes_nothing_for_a_leap():
    broker = Broker()
    assert broker.tick(took_ms=HOUR_MS) is None
    assert broker.tick(waited_ms=HOUR_MS) is None
    assert broker.tick() is None
    assert broker.read() is None
    assert abs(broker.error_ms) <= 5


def test_a_leap_that_goes_on_at_our_pace_is_confirmed_after_three_minutes():
    broker = Broker()
    broker.ahead_ms += HOUR_MS
    told = []
    for _ in range(20):
        told.append(broker.tick())
        broker.local_ms += 10_000
    assert told[0] is Change.LEAPT
    assert told.index(Change.CONFIRMED) == CONFIRM_MS // 10_000
    assert [change for change in told if change] == [Change.LEAPT, Change.CONFIRMED]
    assert broker.clock.leap_ms == 0
    assert broker.clock.unlived_ms == pytest.approx(HOUR_MS, abs=10)
    assert abs(broker.error_ms) <= 10


def test_a_leap_that_leaps_on_begins_its_three_minutes_anew_and_all_of_it_was_not_lived_through():
    broker = Broker()
    broker.ahead_ms += HOUR_MS
    broker.tick()
    broker.local_ms += CONFIRM_MS - 1_000
    broker.ahead_ms += HOUR_MS
    assert broker.tick() is Change.LEAPT
    broker.local_ms += CONFIRM_MS - 1_000
    assert broker.tick() is None
    broker.local_ms += 1_000
    assert broker.tick() is Change.CONFIRMED
    assert broker.clock.unlived_ms == pytest.approx(2 * HOUR_MS, abs=20)


def test_a_leap_that_comes_back_leaves_no_trace():
    broker = Broker()
    broker.ahead_ms += HOUR_MS
    broker.tick()
    broker.local_ms += 60_000
    broker.ahead_ms -= HOUR_MS
    assert broker.tick() is Change.RETURNED
    assert (broker.clock.leap_ms, broker.clock.unlived_ms) == (0, 0)
    assert broker.error_ms == -5


def test_a_clock_that_is_set_back_is_believed_at_once():
    broker = Broker()
    broker.ahead_ms -= HOUR_MS
    assert broker.tick() is Change.SET_BACK
    assert abs(broker.error_ms) <= 5
    assert broker.tick() is None


def test_a_new_owner_believes_a_broker_that_agrees_with_its_guess():
    broker = Broker(known=False)
    broker.clock.assume(TRUE_MS + 30_000, 0)
    assert broker.tick() is None
    assert broker.clock.is_proven
    assert broker.error_ms == -5


def test_a_new_owner_takes_no_broker_that_is_behind_its_guess_for_one_that_was_set_back():
    broker = Broker(known=False)
    broker.clock.assume(TRUE_MS + HOUR_MS, 0)
    assert broker.tick() is None
    assert abs(broker.error_ms) <= 5


def test_a_new_owner_holds_what_is_beyond_its_guess():
    broker = Broker(known=False)
    broker.clock.assume(TRUE_MS - HOUR_MS, 0)
    assert broker.tick() is Change.LEAPT
    broker.clock.assume(TRUE_MS, broker.local_ms)
    assert broker.clock.leap_ms == pytest.approx(HOUR_MS, abs=10)
    broker.local_ms += CONFIRM_MS
    assert broker.tick() is Change.CONFIRMED


def test_what_was_read_proves_nothing_to_a_new_owner():
    broker = Broker(known=False)
    broker.clock.assume(TRUE_MS - HOUR_MS, 0)
    assert broker.read() is None


def test_an_operator_may_have_any_time_believed():
    broker = Broker(known=False, believes_anything=True)
    broker.clock.assume(TRUE_MS - 50 * FAR_MS, 0)
    broker.settled_ms = TRUE_MS - 50 * FAR_MS
    assert broker.clock.until_ms(0, broker.settled_ms) is None
    assert broker.tick() is None
    assert (broker.error_ms, broker.clock.unlived_ms) == (-5, 0)
    broker.settled_ms = broker.now_ms
    broker.ahead_ms += HOUR_MS
    assert broker.tick() is Change.LEAPT


def test_forty_days_are_not_confirmed_by_any_clock():
    broker = Broker()
    broker.ahead_ms += FAR_MS + BOUND_MS
    assert broker.tick() is Change.LEAPT
    broker.local_ms += 100 * CONFIRM_MS
    assert broker.tick() is None
    assert broker.clock.leap_ms > FAR_MS


def test_forty_days_are_not_confirmed_by_this_machines_time_of_day_either():
    broker = Broker(known=False)
    broker.clock.assume(TRUE_MS, 0)
    broker.settled_ms = TRUE_MS - FAR_MS - 1
    assert broker.clock.until_ms(0, broker.settled_ms) < TRUE_MS
    assert broker.tick() is Change.LEAPT
    broker.local_ms += 100 * CONFIRM_MS
    assert broker.tick() is None
    assert broker.clock.leap_ms > FAR_MS


def test_the_first_record_of_all_may_have_any_time():
    broker = Broker(known=False)
    broker.clock.assume(TRUE_MS - 50 * FAR_MS, 0)
    broker.settled_ms = 0
    assert broker.clock.until_ms(0, 0) is None
    assert broker.tick() is None
