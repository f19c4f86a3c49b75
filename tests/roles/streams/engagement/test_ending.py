"""SIGTERM ends the streams role soon, whatever the broker does; and nothing of it stays behind."""

import asyncio
import os
import signal
import sys
import threading
import time

import pytest

from router.kafka.client.clients import Clients
from router.kafka.topics.topic_names import topics_of
from tests.kafka.runtime.test_stop import WITHIN_S, broker, deployment, silenced
from tests.roles.streams.engagement.conftest import activity, policy_value

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

__all__ = ["broker", "deployment"]
"""Fixtures of the other roles' test."""


@pytest.fixture
async def streams(deployment, tmp_path):
    """`lead-router run --roles streams`, ready, with its board."""
    ready, log = tmp_path / "ready", tmp_path / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "router.cli", "run", "--roles=streams"),
            f"--ready-file={ready}",
            env={
                **os.environ,
                "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": deployment.settings.kafka.bootstrap_servers,
                "LEAD_ROUTER_TOPICS__PREFIX": deployment.settings.topics.prefix,
                "LEAD_ROUTER_STREAMS__DIRECTORY": str(tmp_path / "tables"),
                "LEAD_ROUTER_BOARD__PORT": "0",
                "LEAD_ROUTER_LOG_FORMAT": "json",
            },
            stderr=output,
        )
    process.log = log
    async with asyncio.timeout(40):
        while not ready.exists():  # noqa: ASYNC110 - the file is another process's
            await asyncio.sleep(0.05)
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def give_work(deployment):
    """More activity than is counted in the moment until the broker goes."""
    topics = topics_of(deployment.settings)
    producer = Clients(deployment.settings.kafka).plain_producer()
    await producer.start()
    try:
        await producer.send(topics.policies, policy_value(), b"main")
        for number in range(20_000):
            key, value = activity(f"L-{number % 500}", "page_view", f"a-{number}")
            await producer.send(topics.activity, value, key)
        await producer.flush()
    finally:
        await producer.stop()


@pytest.mark.parametrize("is_frozen", [True, False], ids=["frozen", "gone"])
async def test_a_role_whose_broker_does_not_answer_ends_within_10_s(
    deployment, broker, streams, is_frozen
):
    await give_work(deployment)
    async with silenced(broker, is_frozen=is_frozen):
        await asyncio.sleep(1.0)
        began_s = time.monotonic()
        streams.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(streams.wait(), 60)
        took_s = time.monotonic() - began_s
    log = streams.log.read_text()
    print(f"ended after {took_s:.1f} s")
    assert took_s < WITHIN_S, log
    assert code == 0, log
    assert "stop.forced" not in log
    assert "engagement.stop_broken_off" not in log


async def test_no_thread_and_no_task_is_left_when_it_has_ended(marketing):
    before = {*asyncio.all_tasks()}
    _, _, awaits = marketing.run_streams()

    async def is_ready():
        return awaits() is None

    await marketing.until(is_ready, "readiness")
    await marketing.stop_all()
    await asyncio.sleep(0.2)
    left = [
        task.get_name()
        for task in asyncio.all_tasks() - before
        if task is not asyncio.current_task() and not task.done()
    ]
    assert left == []
    assert [
        each.name for each in threading.enumerate() if type(each).__name__ == "EndingThread"
    ] == []
