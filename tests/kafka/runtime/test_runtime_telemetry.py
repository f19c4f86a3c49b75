"""A partition that waits for an operator, and a broker that is away, show on every page."""

import asyncio
import contextlib
import socket

import aiohttp
import pytest

from router.errors import LeadRouterError
from router.kafka.client.ports import free_port
from router.settings import BreakerSettings, TelemetrySettings

pytestmark = pytest.mark.kafka

WAIT_S = 30.0


@pytest.fixture
def telemetry():
    return TelemetrySettings(port=free_port())


@pytest.fixture
async def page(telemetry):
    async with aiohttp.ClientSession() as session:

        async def page(name):
            async with session.get(f"http://127.0.0.1:{telemetry.port}/{name}") as answer:
                return answer.status, await answer.text()

        yield page


@pytest.fixture
def until(page):
    async def until(name, status, words=""):
        async with asyncio.timeout(WAIT_S):
            while True:
                with contextlib.suppress(aiohttp.ClientConnectionError):
                    found = await page(name)
                    if found[0] == status and words in found[1]:
                        return found[1]
                await asyncio.sleep(0.05)

    return until


async def test_a_halted_partition_is_not_ready_says_why_and_is_counted(
    deployment, telemetry, page, until
):
    settings = deployment.settings.model_copy(
        update={"breaker": BreakerSettings(window_records=100, dead_letters_max=3)}
        | {"telemetry": telemetry}
    )
    task, stop = deployment.run("route", settings=settings)
    await until("ready", 200)
    await deployment.submit("lead-1", *(f"bad-{number}" for number in range(10)))
    said = await until("ready", 503, "waits for an operator")
    assert said.count("\n") == 1
    assert "lead-router run --accept-dead-letters-until 4" in said
    assert (await page("health"))[0] == 200, "it lives, and serves the other partitions"
    _, metrics = await page("metrics")
    assert 'lead_router_leads_set_aside_total{partition="0"} 0.0' in metrics
    assert 'lead_router_partitions{state="halted",step="route"} 1.0' in metrics
    assert 'lead_router_partitions{state="open",step="route"} 3.0' in metrics
    assert 'lead_router_ready{role="route"} 0.0' in metrics
    topic = deployment.topics.inbox
    assert (
        "lead_router_dead_letters_total"
        f'{{reason="unexpected_error",step="route",topic="{topic}"}} 3.0'
    ) in metrics
    stop.set()
    with pytest.raises(LeadRouterError, match="accept-dead-letters-until"):
        await asyncio.wait_for(task, WAIT_S)


async def test_without_a_port_nothing_listens(deployment, page):
    running = deployment.run("route")
    await deployment.submit("lead-1")
    await deployment.read_at_least(deployment.topics.assignments, 1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await page("health")
    await deployment.stop(running)


async def test_a_port_that_is_taken_ends_it_in_one_line_before_it_joins(deployment, telemetry):
    settings = deployment.settings.model_copy(update={"telemetry": telemetry})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", telemetry.port))
        taken.listen()
        task, _ = deployment.run("route", settings=settings)
        with pytest.raises(LeadRouterError, match="something else listens there"):
            await asyncio.wait_for(task, WAIT_S)


async def test_topics_that_are_missing_end_it_and_the_port_is_free_again(
    settings, telemetry, deployment
):
    nowhere = settings.model_copy(
        update={"telemetry": telemetry, "topics": settings.topics.model_copy()}
    )
    nowhere.topics.prefix = "nowhere."
    task, _ = deployment.run("route", settings=nowhere)
    with pytest.raises(LeadRouterError, match="lead-router topics apply"):
        await asyncio.wait_for(task, WAIT_S)
    with socket.socket() as again:
        again.bind(("127.0.0.1", telemetry.port))


async def test_leads_that_are_set_aside_are_counted(deployment, telemetry, page, until):
    settings = deployment.settings.model_copy(update={"telemetry": telemetry})
    running = deployment.run("route", settings=settings)
    await until("ready", 200)
    deployment.fold().faults = [("lead-9", "ZeroDivisionError"), ("lead-8", "ZeroDivisionError")]
    await deployment.submit("lead-1")
    counted = 'lead_router_leads_set_aside_total{partition="0"} 2.0'
    assert counted in await until("metrics", 200, counted)
    await deployment.stop(running)
