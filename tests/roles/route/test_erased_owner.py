"""An erased person leaves a tombstone in ``lead.owners``, so that whoever keeps rows lets go."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import count

import pytest

from router.roles.service import run_roles

pytestmark = pytest.mark.kafka

number = count()


class Company:
    """The whole router, and what is said to it."""

    def __init__(self, deployment):
        self._deployment = deployment
        self.topics = deployment.topics

    async def say(self, topic, lead_id, **fields):
        """Send an event that occurs now."""
        event = {
            "event_id": f"event-{next(number)}",
            "lead_id": lead_id,
            "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **fields,
        }
        await self._deployment.write(topic, [(None, json.dumps(event).encode())])

    async def submit(self, lead_id):
        await self.say(self.topics.leads, lead_id, event_type="submitted")

    async def report(self, lead_id, feedback_type):
        await self.say(self.topics.feedback, lead_id, feedback_type=feedback_type)

    async def rows(self, lead_id, at_least):
        """What was written about the lead, as soon as there is so much."""
        async with asyncio.timeout(30):
            while True:
                rows = await self._deployment.read(self.topics.owners)
                found = [row.value for row in rows if row.key == lead_id.encode()]
                if len(found) >= at_least:
                    return [value and json.loads(value)["outcome"] for value in found]
                await asyncio.sleep(0.1)


@pytest.fixture
async def company(deployment):
    stop = asyncio.Event()
    running = asyncio.create_task(run_roles(deployment.settings, ["intake", "route"], stop=stop))
    yield Company(deployment)
    stop.set()
    await running


async def test_its_row_goes_and_comes_back_only_with_a_new_submission(company):
    await company.submit("L")
    assert await company.rows("L", 1) == ["queued"]
    await company.report("L", "erased")
    assert await company.rows("L", 2) == ["queued", None]
    await company.report("L", "won")
    await company.report("L", "erased")
    await company.submit("M")
    await company.rows("M", 1)
    assert await company.rows("L", 2) == ["queued", None], "an echo writes no row"
    await company.submit("L")
    assert await company.rows("L", 3) == ["queued", None, "queued"]


async def test_a_row_goes_that_outlives_what_is_known_of_its_lead(company):
    await company.report("forgotten-long-ago", "won")
    await company.report("forgotten-long-ago", "erased")
    assert await company.rows("forgotten-long-ago", 1) == [None]
