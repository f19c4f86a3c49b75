"""A router whose broker is gone says so, lives, and is ready again when it is back."""

import asyncio
import contextlib
import re

import aiohttp
import pytest

from router.devbroker.local_broker import local_broker
from router.kafka.client.ports import free_port
from router.kafka.topics.topic_admin import TopicAdmin
from router.roles.service import run_roles
from router.settings import (
    KafkaSettings,
    Settings,
    TelemetrySettings,
    TopicSettings,
    TransactionSettings,
)

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

SESSION_TIMEOUT_MS = 2_000
WAIT_S = 60.0


async def test_a_broker_that_goes_and_comes_back_shows_in_readiness_and_not_in_health():
    async with local_broker(own=True) as broker:
        settings = Settings(
            kafka=KafkaSettings(
                bootstrap_servers=broker.bootstrap_servers, session_timeout_ms=SESSION_TIMEOUT_MS
            ),
            topics=TopicSettings(prefix="away.", inbox_partitions=1, partitions=1),
            transactions=TransactionSettings(timeout_ms=SESSION_TIMEOUT_MS // 2),
            telemetry=TelemetrySettings(port=free_port()),
        )
        async with TopicAdmin.connected(settings) as admin:
            await admin.apply()
        stop = asyncio.Event()
        running = asyncio.create_task(run_roles(settings, ["intake", "route"], stop=stop))
        try:
            await until(settings, "ready", 200)
            await broker.kill()
            said = await until(settings, "ready", 503)
            # Which of the two is seen first depends on when the session expires.
            assert re.search("waits for (the broker, which has not answered|its group)", said)
            for _ in range(3 * SESSION_TIMEOUT_MS // 100):
                assert (await page(settings, "ready"))[0] == 503, "it stays so while it is away"
                await asyncio.sleep(0.1)
            assert (await page(settings, "health"))[0] == 200
            await broker.restart()
            await until(settings, "ready", 200)
        finally:
            stop.set()
            await asyncio.wait_for(running, WAIT_S)


async def page(settings, name):
    address = f"http://127.0.0.1:{settings.telemetry.port}/{name}"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def until(settings, name, status):
    async with asyncio.timeout(WAIT_S):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                found, text = await page(settings, name)
                if found == status:
                    return text
            await asyncio.sleep(0.1)
