"""A fetch task of aiokafka's dies in each consumer of the role: it is told, and made anew."""

import pytest
from aiokafka.consumer.fetcher import Fetcher

from tests.roles.streams.engagement.test_storage import awaited, points

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]


@pytest.fixture
def kill_fetching(monkeypatch):
    """Has the next fetch of every consumer that there is end its fetch task by a KeyError."""
    fetch = Fetcher._proc_fetch_request
    living, dead = set(), set()

    async def fetch_or_die(self, *arguments):
        if living and self not in dead and self in living:
            dead.add(self)
            raise KeyError
        seen.add(self)
        return await fetch(self, *arguments)

    seen = set()
    monkeypatch.setattr(Fetcher, "_proc_fetch_request", fetch_or_die)

    def kill():
        living.update(seen)
        return dead

    return kill


async def test_a_dead_fetch_task_is_named_and_the_role_goes_on_by_itself(marketing, kill_fetching):
    await marketing.publish_policy()
    _, _, awaits = marketing.run_streams()
    await marketing.act("L-1", "webinar", "a-1")
    await points(marketing, "L-1", 20)
    dead = kill_fetching()
    await awaited(marketing, awaits, "fetch_task of aiokafka's Fetcher has died (KeyError)")

    async def is_ready():
        return awaits() is None

    await marketing.until(is_ready, "readiness")
    await marketing.act("L-1", "webinar", "a-2")
    await points(marketing, "L-1", 40)
    assert len(dead) >= 3, "Faust's, the policies', the board's"
