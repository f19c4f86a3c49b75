"""`lead-router run` as a process: signals, exit codes, and one line that says why."""

import asyncio
import json
import os
import signal
import sys
import time

import pytest

pytestmark = pytest.mark.kafka


def environment(settings):
    return {
        **os.environ,
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": "6000",
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "LEAD_ROUTER_SALES_ORGS": json.dumps(settings.sales_orgs),
        "LEAD_ROUTER_LOG_FORMAT": "json",
    }


@pytest.fixture
async def start(deployment):
    """Starts `lead-router run` with arguments; whatever still runs is killed in the end."""
    processes = []

    async def start(*arguments, **variables):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "router.cli", "run", *(arguments or ("--roles=intake,route",))),
            env={**environment(deployment.settings), **variables},
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def lead(lead_id):
    event = {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": "2026-01-01T00:00:00Z",
    }
    return (None, json.dumps(event).encode())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_quickly_with_exit_code_0(deployment, start, number):
    process = await start()
    await deployment.write(deployment.topics.leads, [lead("lead-1")])
    await deployment.read_at_least(deployment.topics.assignments, 1)
    began_s = time.monotonic()
    process.send_signal(number)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, errors.decode()
    assert time.monotonic() - began_s < 15
    assert [json.loads(line)["event"] for line in errors.splitlines()][-1] == "roles.stopped"


async def test_what_it_had_not_done_is_done_by_the_next(deployment, start):
    first = await start()
    leads = [lead(f"lead-{n}") for n in range(2_000)]
    await deployment.write(deployment.topics.leads, leads)
    await deployment.read_at_least(deployment.topics.inbox, 1)
    first.kill()
    await first.wait()
    await start()
    records = await deployment.read_at_least(deployment.topics.assignments, len(leads))
    found = [json.loads(record.value)["lead_id"] for record in records]
    assert len(set(found)) == len(found) == len(leads)


async def test_it_says_in_one_line_why_it_cannot_run(start):
    process = await start(LEAD_ROUTER_TOPICS__PREFIX="nowhere.")
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    (line,) = errors.decode().splitlines()
    assert "lead-router topics apply" in line


async def test_a_role_that_does_not_exist_is_a_mistake_of_usage(start):
    process = await start("--roles", "intake,sing")
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert "no such role: sing" in errors.decode()
