"""Delivery is killed again and again while a destination fails: nothing is lost or out of order."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter

import pytest

from tests.roles.delivery.conftest import SECRET, assignment_of, until
from tests.roles.delivery.receiver import every_way_to_fail

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

KILLS = 5


async def test_nothing_is_lost_when_delivery_is_killed(scene, receiver):
    receiver.behave = every_way_to_fail
    wanted = {f"L{n}": [1, 2, 3, 4] for n in range(250)}
    for sequence in (1, 2, 3, 4):
        await scene.assign([assignment_of(lead_id, sequence) for lead_id in wanted])
        await scene.assign([assignment_of("aborted", sequence)], abort=True)
    for kill in range(KILLS):
        process = await start(scene.settings, receiver.url)
        try:
            aim = (kill + 1) * 120
            await until(
                lambda aim=aim: len(set(receiver.keys)) >= aim,
                lambda aim=aim: f"{len(set(receiver.keys))} of {aim}",
            )
        finally:
            process.kill()
            await process.wait()
    process = await start(scene.settings, receiver.url)
    try:
        await until(
            lambda: len(set(receiver.keys)) >= 1_000, lambda: f"{len(set(receiver.keys))} of 1000"
        )
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 15) is not None
    assert receiver.sequences() == wanted
    assert max(Counter(receiver.keys).values()) > 1, "a kill repeats what was not committed"


async def start(settings, url):
    destination = {
        "kind": "webhook",
        "url": url,
        "secrets": [SECRET],
        "since": "2020-01-01T00:00:00Z",
        "retry_s": [0.05] * 12,
        "timeout_s": 0.5,
    }
    environment = {
        **os.environ,
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": "6000",
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "LEAD_ROUTER_DESTINATIONS": json.dumps({"crm": destination}),
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.roles.delivery.killed"), env=environment
    )
