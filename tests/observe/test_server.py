"""The three pages of a process: true, one line each, and gone with it."""

import asyncio
import sys
from dataclasses import dataclass

import aiohttp
import pytest

from router.errors import LeadRouterError
from router.observe.loop_delay import loop_watched
from router.observe.meters import Meters
from router.observe.server import served
from router.settings import TelemetrySettings


@dataclass
class Role:
    name: str = "route"
    awaits: str | None = None
    has_ended: bool = False


@pytest.fixture
def settings(free_port):
    return TelemetrySettings(port=free_port)


@pytest.fixture
async def get(settings):
    async with aiohttp.ClientSession() as session:

        async def get(path):
            async with session.get(f"http://127.0.0.1:{settings.port}{path}") as answer:
                return answer.status, await answer.text()

        yield get


async def test_a_process_is_ready_when_all_its_roles_are(settings, get):
    intake, route = Role("intake"), Role("route", awaits="route opens inbox-2")
    async with served(settings, Meters(), lambda: [intake, route]):
        assert await get("/ready") == (503, "route opens inbox-2\n")
        route.awaits = None
        assert await get("/ready") == (200, "ready\n")


async def test_a_process_that_has_not_made_its_roles_yet_is_alive_and_not_ready(settings, get):
    async with served(settings, Meters(), list):
        assert (await get("/ready"))[0] == 503
        assert await get("/health") == (200, "alive\n")


async def test_a_role_that_has_ended_is_no_longer_alive(settings, get):
    role = Role()
    async with served(settings, Meters(), lambda: [role]):
        assert (await get("/health"))[0] == 200
        role.has_ended = True
        assert await get("/health") == (503, "route has ended\n")


async def test_metrics_are_those_of_the_moment(settings, get):
    meters = Meters()
    async with served(settings, meters, list):
        meters.steps.transactions.add("route", by=12)
        status, text = await get("/metrics")
    assert status == 200
    assert 'lead_router_transactions_total{step="route"} 12.0' in text
    assert "process_resident_memory_bytes" in text


async def test_nothing_listens_afterwards_nor_without_a_port(settings, get):
    async with served(settings, Meters(), list):
        pass
    with pytest.raises(aiohttp.ClientConnectionError):
        await get("/health")
    async with served(TelemetrySettings(), Meters(), list):
        pass


async def test_a_port_that_is_taken_is_told_in_one_line(settings):
    async with served(settings, Meters(), list):
        with pytest.raises(LeadRouterError, match="something else listens there") as refused:
            async with served(settings, Meters(), list):
                pass
    assert "\n" not in str(refused.value)
    assert "LEAD_ROUTER_TELEMETRY__PORT" in str(refused.value)


async def test_a_host_that_is_not_this_machine_is_told_in_one_line():
    elsewhere = TelemetrySettings(host="192.0.2.1", port=9464)
    with pytest.raises(LeadRouterError, match=r"cannot listen on 192\.0\.2\.1:9464"):
        async with served(elsewhere, Meters(), list):
            pass


async def test_without_the_extra_health_is_served_and_metrics_say_what_is_missing(
    settings, get, monkeypatch, caplog
):
    monkeypatch.delitem(sys.modules, "router.observe.exposition", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    async with served(settings, Meters(), lambda: [Role()]):
        assert await get("/ready") == (200, "ready\n")
        status, text = await get("/metrics")
    assert status == 501
    assert "pip install 'lead-router[telemetry]'" in text
    monkeypatch.delitem(sys.modules, "router.observe.exposition", raising=False)


async def test_a_loop_that_is_held_up_shows_it():
    meters = Meters()
    async with loop_watched(meters):
        await asyncio.sleep(0.3)
        blocked_until = asyncio.get_running_loop().time() + 0.6
        while asyncio.get_running_loop().time() < blocked_until:
            pass
        await asyncio.sleep(0.1)
    spread = meters.process.loop_delay_seconds.values[()]
    assert spread.total > 0.3
