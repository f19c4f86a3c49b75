"""The breaker opens on the record that would be one dead letter too many."""

from hypothesis import given
from hypothesis import strategies as st

from router.roles.route.breaker import Breaker, Trip
from router.settings import BreakerSettings

SETTINGS = BreakerSettings(window_records=10, dead_letters_max=2)


def counted(breaker, *offsets):
    for offset in offsets:
        assert breaker.would_trip(offset) is None
        breaker.count(offset)
    return breaker


def test_it_opens_when_the_window_holds_too_many():
    breaker = counted(Breaker(SETTINGS), 100, 105)
    assert breaker.would_trip(109) == Trip(3, 10)


def test_what_lies_before_the_window_does_not_count():
    breaker = counted(Breaker(SETTINGS), 100, 105)
    assert breaker.would_trip(110) is None


def test_dead_letters_that_were_accepted_do_not_count():
    breaker = counted(Breaker(SETTINGS, accept_until=107), 100, 105, 106, 107, 108, 109)
    assert breaker.would_trip(110) == Trip(3, 10)


def test_a_restored_breaker_remembers():
    kept = counted(Breaker(SETTINGS), 100, 105).take_changed()
    restored = Breaker(SETTINGS)
    restored.restore(kept)
    assert restored.would_trip(106) is not None
    accepting = Breaker(SETTINGS, accept_until=106)
    accepting.restore(kept)
    assert accepting.would_trip(107) is None


def test_its_record_is_written_only_when_it_changed():
    breaker = Breaker(SETTINGS)
    assert breaker.take_changed() is None
    counted(breaker, 100)
    assert breaker.take_changed() == [100]
    assert breaker.take_changed() is None


@given(st.sets(st.integers(0, 60)))
def test_no_window_ever_holds_more_than_allowed(offsets):
    breaker = Breaker(SETTINGS)
    buried = []
    for offset in sorted(offsets):
        if breaker.would_trip(offset) is None:
            breaker.count(offset)
            buried.append(offset)
    for end in range(61):
        assert sum(end - 10 < offset <= end for offset in buried) <= 2
