"""The system at work while processes die, freeze and wake up, and the broker goes away.

``FAULTS_SEED``, ``FAULTS_COUNT`` and ``FAULTS_LEADS`` in the environment choose another run;
``SABOTAGE`` takes a safeguard out (:mod:`tests.e2e.sabotage`), and then the test must fail.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from router.kafka.local_broker import LocalBroker, local_broker
from router.kafka.topic_admin import TopicAdmin
from router.settings import KafkaSettings, Settings, TopicSettings, TransactionSettings
from tests.e2e.audit import audit, read_history
from tests.e2e.faults.conductor import TABLE_HEAD, Conductor, Struck
from tests.e2e.faults.endings import Ending, complaints
from tests.e2e.faults.feeder import feeding
from tests.e2e.faults.plan import Fault, draw_plan
from tests.e2e.faults.pressure import looking_at
from tests.e2e.faults.processes import environment_of
from tests.e2e.faults.replay import check_replay
from tests.e2e.faults.routers import ROUTER, SABOTAGED, Crew, Router
from tests.e2e.load import SALES_ORGS, Load, make_load

SEED = int(os.environ.get("FAULTS_SEED", "20270104"))
COUNT = int(os.environ.get("FAULTS_COUNT", "22"))
LEADS = int(os.environ.get("FAULTS_LEADS", "30000"))
PROGRAM = SABOTAGED if os.environ.get("SABOTAGE") else ROUTER
PER_S = 1_500
CAUGHT_UP = 2_500
CATCH_UP_S = 20.0
QUIET_WITHIN_S = 120.0

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture(autouse=True)
def _quiet_clients() -> Iterator[None]:
    """Our own clients have much to say about a broker that was killed."""
    log = logging.getLogger("aiokafka")
    level = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(level)


@pytest.fixture
async def own_broker() -> AsyncIterator[LocalBroker]:
    """A broker that may be killed."""
    async with local_broker(own=True) as broker:
        yield broker


def settings_for(bootstrap_servers: str) -> Settings:
    """Small transactions, so that there is always one to hit; an early session timeout."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap_servers, session_timeout_ms=5_000),
        topics=TopicSettings(prefix="faults."),
        transactions=TransactionSettings(records_max=50, timeout_ms=3_000),
        sales_orgs=list(SALES_ORGS),
    )


async def test_nothing_is_lost_doubled_or_reordered_whatever_dies(
    own_broker: LocalBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(own_broker.bootstrap_servers)
    load = make_load(SEED, leads=LEADS, waves=COUNT)
    report = Report(load)
    try:
        await run_under_faults(report, settings, own_broker, draw_plan(SEED, COUNT), tmp_path)
    finally:
        with capsys.disabled():
            print(f"\nFAULTS_SEED={SEED}: {report}")
    check_that_faults_hit(report.struck)
    found = list(complaints(report.endings, tmp_path))
    assert not found, "\n".join(["no fault explains this:", *found])
    history = await read_history(settings.kafka.bootstrap_servers, settings.topics.prefix)
    assert len(history.records("dead-letters")) == load.broken_count
    assert len(history.by_lead) >= 0.95 * LEADS
    findings = [*audit(history), *check_replay(history, settings)]
    assert not findings, "\n".join([f"{len(findings)} findings", *map(str, findings[:40])])


def check_that_faults_hit(struck: list[Struck]) -> None:
    """Each fault must have met work of the very processes that it struck."""
    hits = sum(each.hit.is_some for each in struck)
    assert hits >= 0.9 * len(struck), f"only {hits} of {len(struck)} faults hit work in flight"
    amidst = sum(each.hit.open_transactions > 0 for each in struck)
    assert amidst >= len(struck) / 2, f"only {amidst} faults came amidst a transaction"


@dataclass
class Report:
    """What happened, as far as it got."""

    load: Load
    struck: list[Struck] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    took_s: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        took = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in self.took_s.items())
        return "\n".join(
            [
                f"{self.load.lead_count} leads, {self.load.message_count} records; {took}",
                TABLE_HEAD,
                *(each.row for each in self.struck),
                f"routers ended: {Counter(ending.code for ending in self.endings)}",
            ]
        )


async def run_under_faults(
    report: Report,
    settings: Settings,
    broker: LocalBroker,
    plan: list[Fault],
    directory: Path,
    program: Sequence[str] = PROGRAM,
) -> None:
    """Feed a wave for each fault; at the end wait until all is decided, and stop."""
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()

    def make_router(name: str) -> Router:
        return Router(name, directory, environment_of(settings), program)

    crew = Crew([make_router("router-1"), make_router("router-2")])
    report.endings = crew.endings
    async with looking_at(settings) as pressure, feeding(settings) as feeder:
        await feeder.publish(report.load.company)
        async with crew:
            conductor = Conductor(settings, broker, crew, pressure, make_router)
            began_s = time.monotonic()
            for fault, wave in zip(plan, report.load.waves, strict=False):
                await conductor.wait_for_target(fault)
                fed = asyncio.create_task(feeder.publish(wave, per_s=PER_S))
                report.struck.append(await conductor.strike(fault))
                await fed
                await pressure.wait_until_below(CAUGHT_UP, CATCH_UP_S)
            report.took_s["faults"] = time.monotonic() - began_s
            for wave in report.load.waves[len(plan) :]:
                await feeder.publish(wave, per_s=PER_S)
            assert await pressure.wait_for_quiet(QUIET_WITHIN_S), f"never quiet: {directory}"
            report.took_s["until quiet"] = time.monotonic() - began_s
            assert await crew.stop() == [0, 0]
