"""`lead-router run` as a process: signals, exit codes, and one line that says why."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager

import pytest

from router.kafka.client.closing import end_tasks
from router.kafka.client.ports import free_port

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


@asynccontextmanager
async def forwarded(port, bootstrap_servers):
    """Forward the port to the broker."""
    host, _, broker_port = bootstrap_servers.partition(":")
    copying = set()

    async def copy(reader, writer):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
        writer.close()

    async def forward(reader, writer):
        broker_reader, broker_writer = await asyncio.open_connection(host, int(broker_port))
        for one in (copy(reader, broker_writer), copy(broker_reader, writer)):
            copying.add(asyncio.create_task(one))

    async with await asyncio.start_server(forward, "127.0.0.1", port):
        yield
        await end_tasks(copying)


async def why_parts_wait(process):
    """Reads the log until both roles have said why they wait."""
    waits = {}
    while waits.keys() != {"intake", "route"}:
        line = json.loads(await asyncio.wait_for(process.stderr.readline(), 30))
        if line["event"] == "part.waits":
            waits[line["part"]] = line["why"]
    return waits


async def test_it_waits_for_a_broker_that_is_away_when_it_starts(deployment, start):
    port = free_port()
    door = {"LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"}
    process = await start(**door)
    for why in (await why_parts_wait(process)).values():
        assert f"127.0.0.1:{port} cannot be reached: nobody listens there" in why
    async with forwarded(port, deployment.settings.kafka.bootstrap_servers):
        await deployment.write(deployment.topics.leads, [lead("lead-1")])
        await deployment.read_at_least(deployment.topics.assignments, 1)
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, errors.decode()


async def test_a_signal_ends_it_while_it_waits_for_the_broker(start):
    process = await start(LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}")
    await why_parts_wait(process)
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, errors.decode()


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
