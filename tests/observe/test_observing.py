"""A role that adds itself is seen on every page, whoever runs it."""

from dataclasses import dataclass

import aiohttp
from router.observe.observing import observed

from router.settings import TelemetrySettings


@dataclass
class Role:
    name: str
    awaits: str | None = None
    has_ended: bool = False


async def test_a_part_that_adds_itself_is_asked_for_readiness_and_counted(free_port):
    settings = TelemetrySettings(port=free_port)
    address = f"http://127.0.0.1:{free_port}"
    async with observed(settings) as observation, aiohttp.ClientSession() as session:
        streams = Role("streams", awaits="streams restores its table")
        observation.parts += [Role("route"), streams]
        async with session.get(f"{address}/ready") as answer:
            assert (answer.status, await answer.text()) == (503, "streams restores its table\n")
        async with session.get(f"{address}/metrics") as answer:
            shown = await answer.text()
        assert 'lead_router_ready{role="route"} 1.0' in shown
        assert 'lead_router_ready{role="streams"} 0.0' in shown
        streams.awaits = None
        async with session.get(f"{address}/ready") as answer:
            assert answer.status == 200


async def test_without_settings_a_process_is_watched_by_nobody_and_counts_all_the_same():
    async with observed(TelemetrySettings()) as observation:
        observation.meters.steps.transactions.add("route")
        assert observation.tracing is None
