"""The collector is off while it is taken over, and back afterwards."""

import gc

import pytest

from router.kafka.runtime.gc_control import QuietCollector


class Loop:
    """Garbage that only the collector can find."""

    alive = 0

    def __init__(self):
        Loop.alive += 1
        self.itself = self

    def __del__(self):
        Loop.alive -= 1


@pytest.fixture
def no_loops():
    gc.collect()
    Loop.alive = 0


def test_it_is_off_inside_and_on_again_outside():
    with QuietCollector():
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_young_garbage_goes_after_enough_work(no_loops):
    with QuietCollector() as collector:
        Loop()
        collector.worked(100)
        assert Loop.alive == 1
        collector.worked(1_000_000)
        assert Loop.alive == 0


def test_a_rest_collects_everything_at_most_once_an_hour(no_loops, monkeypatch):
    with QuietCollector() as collector:
        Loop()
        collector.rested()
        assert Loop.alive == 1
        monkeypatch.setattr("router.kafka.runtime.gc_control._ALL_EVERY_S", 0.0)
        collector.settled()
        Loop()
        collector.rested()
        assert Loop.alive == 1  # what had settled is not looked at again
