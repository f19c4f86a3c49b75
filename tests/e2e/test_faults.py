"""The system at work while processes die, freeze and wake up, and the broker goes away.

``FAULTS_SEED``, ``FAULTS_COUNT`` and ``FAULTS_LEADS`` in the environment choose another run.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router.kafka.local_broker import LocalBroker, local_broker
from router.kafka.topic_admin import TopicAdmin
from router.settings import KafkaSettings, Settings, TopicSettings, TransactionSettings
from tests.e2e.audit import audit, read_history
from tests.e2e.faults.conductor import TABLE_HEAD, Conductor, Struck
from tests.e2e.faults.feeder import Feeder, feeding
from tests.e2e.faults.plan import Fault, Kind, draw_plan
from tests.e2e.faults.pressure import looking_at
from tests.e2e.faults.replay import check_replay
from tests.e2e.faults.routers import Crew, Router
from tests.e2e.load import SALES_ORGS, Load, make_load

SEED = int(os.environ.get("FAULTS_SEED", "20270104"))
COUNT = int(os.environ.get("FAULTS_COUNT", "22"))
LEADS = int(os.environ.get("FAULTS_LEADS", "30000"))
PER_S = 1_500
QUIET_WITHIN_S = 120.0

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture
async def own_broker() -> AsyncIterator[LocalBroker]:
    """A broker that may be killed."""
    async with local_broker(own=True) as broker:
        yield broker


def settings_for(bootstrap_servers: str) -> Settings:
    """Small transactions, so that there is always one to hit; an early session timeout."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap_servers, session_timeout_ms=6_000),
        topics=TopicSettings(prefix="faults."),
        transactions=TransactionSettings(records_max=50, timeout_ms=3_000),
        sales_orgs=list(SALES_ORGS),
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The same settings for a process."""
    return {
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": str(settings.kafka.session_timeout_ms),
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "LEAD_ROUTER_TRANSACTIONS__RECORDS_MAX": str(settings.transactions.records_max),
        "LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS": str(settings.transactions.timeout_ms),
        "LEAD_ROUTER_SALES_ORGS": json.dumps(settings.sales_orgs),
    }


async def test_nothing_is_lost_doubled_or_reordered_whatever_dies(
    own_broker: LocalBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(own_broker.bootstrap_servers)
    plan = draw_plan(SEED, COUNT)
    load = make_load(SEED, leads=LEADS, waves=COUNT)
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    began_s = time.monotonic()
    struck = await run_under_faults(settings, own_broker, load, plan, tmp_path)
    ran_s = time.monotonic() - began_s
    history = await read_history(settings.kafka.bootstrap_servers, settings.topics.prefix)
    with capsys.disabled():
        print(f"\nseed {SEED}: {LEADS} leads, {load.message_count} records in {ran_s:.0f} s")
        print(TABLE_HEAD, *(each.row for each in struck), sep="\n")
    hits = sum(each.hit.is_some for each in struck)
    assert hits >= 0.9 * len(struck), f"{hits} of {len(struck)} faults hit work in flight"
    assert sum(each.hit.open_transactions > 0 for each in struck) >= len(struck) / 3
    ended = {each.exit_code for each in struck if each.fault.kind is Kind.TERMINATE}
    assert ended <= {0}, "a router told to stop did not end in good order"
    assert len(history.records("dead-letters")) == load.broken_count
    findings = [*audit(history), *check_replay(history, settings)]
    assert not findings, "\n".join([f"{len(findings)} findings", *map(str, findings[:40])])
    assert len(history.by_lead) >= 0.95 * LEADS


async def run_under_faults(
    settings: Settings, broker: LocalBroker, load: Load, plan: list[Fault], directory: Path
) -> list[Struck]:
    """Feed a wave for each fault; at the end wait until all is decided, and stop."""
    env = environment_of(settings)
    crew = Crew([Router(name, directory, env) for name in ("router-1", "router-2")])
    async with looking_at(settings) as pressure, feeding(settings) as feeder:
        await feeder.publish(load.company)
        async with crew:
            conductor = Conductor(
                settings,
                broker,
                crew,
                pressure,
                lambda number: Router(f"guest-{number}", directory, env),
            )
            struck = await _all_faults(conductor, feeder, load, plan)
            for wave in load.waves[len(plan) :]:
                await feeder.publish(wave, per_s=PER_S)
            assert await pressure.wait_for_quiet(QUIET_WITHIN_S), f"never quiet: {directory}"
            assert await crew.stop() == [0, 0]
    return struck


async def _all_faults(
    conductor: Conductor, feeder: Feeder, load: Load, plan: list[Fault]
) -> list[Struck]:
    struck = []
    for fault, wave in zip(plan, load.waves, strict=False):
        fed = asyncio.create_task(feeder.publish(wave, per_s=PER_S))
        struck.append(await conductor.strike(fault))
        await fed
    return struck
