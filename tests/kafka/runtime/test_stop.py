"""SIGTERM ends the router soon, whatever the broker does."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time

import pytest

from router.devbroker.local_broker import open_broker
from router.kafka.topics.topic_admin import TopicAdmin
from router.settings import KafkaSettings, Settings, TopicSettings
from tests.kafka.conftest import Deployment

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

WITHIN_S = 10.0


@pytest.fixture(scope="module")
def broker():
    """A broker that may be stopped and killed."""
    with open_broker(own=True) as broker:
        yield broker


@pytest.fixture
async def deployment(broker, topic_prefix):
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=broker.bootstrap_servers),
        topics=TopicSettings(prefix=topic_prefix),
        sales_orgs=["main", "north", "south", "west"],
    )
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    return Deployment(settings)


@contextlib.asynccontextmanager
async def silenced(broker, *, is_frozen):
    """A broker that does not answer for the time of the block."""
    if is_frozen:
        os.kill(broker.pid, signal.SIGSTOP)
    else:
        await asyncio.to_thread(broker.kill)
    try:
        yield
    finally:
        await asyncio.to_thread(broker.restart)


@pytest.fixture
async def router(deployment, tmp_path):
    """`lead-router run` of intake and route at work, and ready."""
    ready = tmp_path / "ready"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "router.cli", "run", "--roles=intake,route"),
        f"--ready-file={ready}",
        env={
            **os.environ,
            "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": deployment.settings.kafka.bootstrap_servers,
            "LEAD_ROUTER_TOPICS__PREFIX": deployment.settings.topics.prefix,
            "LEAD_ROUTER_SALES_ORGS": json.dumps(deployment.settings.sales_orgs),
            "LEAD_ROUTER_LOG_FORMAT": "json",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        while not ready.exists():  # noqa: ASYNC110 - the file is another process's
            await asyncio.sleep(0.05)
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def ends(process):
    """The seconds it takes from SIGTERM to the end, its exit code and the events it logged."""
    began_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(process.communicate(), 60)
    logged = [json.loads(line)["event"] for line in said.splitlines() if line.startswith(b"{")]
    return time.monotonic() - began_s, process.returncode, logged


async def give_work(deployment):
    """More leads than are decided in the moment until the broker goes."""
    for partition in range(4):
        leads = [f"lead-{partition}-{number}" for number in range(5_000)]
        await deployment.submit(*leads, partition=partition)


@pytest.mark.parametrize("is_frozen", [True, False], ids=["frozen", "gone"])
@pytest.mark.parametrize("noticed_s", [0.0, 6.0], ids=["just-now", "a-while-ago"])
async def test_a_router_whose_broker_does_not_answer_ends_within_10_s(
    deployment, broker, router, is_frozen, noticed_s
):
    await give_work(deployment)
    async with silenced(broker, is_frozen=is_frozen):
        await asyncio.sleep(noticed_s)
        took_s, code, logged = await ends(router)
    print(f"ended after {took_s:.1f} s")
    assert took_s < WITHIN_S
    assert (code, logged[-1]) == (0, "roles.stopped")


async def test_a_second_signal_ends_it_at_once(deployment, broker, router):
    await give_work(deployment)
    async with silenced(broker, is_frozen=True):
        router.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        took_s, code, logged = await ends(router)
    assert took_s < 2
    assert (code, logged[-1]) == (1, "stop.forced")
