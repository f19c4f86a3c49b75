"""Would the auditor notice? Each safeguard is taken out once, and it must find the damage.

Every race is staged, so that it ends the same way each time; and each is staged twice: with the
program as it is, which must come through unharmed, and without the safeguard.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from router.kafka.topics.topic_names import topics_of
from router.kafka.topics.topic_specs import topic_specs
from router.settings import KafkaSettings, Settings, TopicSettings, TransactionSettings
from tests.e2e.audit import Finding, audit, read_history
from tests.e2e.faults.feeder import feeding
from tests.e2e.faults.pressure import looking_at
from tests.e2e.faults.processes import environment_of
from tests.e2e.faults.replay import check_replay
from tests.e2e.faults.routers import SABOTAGED, Router
from tests.e2e.load import make_load
from tests.e2e.sabotage.gates import FROZEN, GO_ON, POSITION_READ, REFUSED, WRITTEN

pytestmark = [pytest.mark.kafka, pytest.mark.sabotage, pytest.mark.timeout(180)]

LOAD = make_load(7, leads=150, waves=1, sales_orgs=("main",))
WITHIN_S = 60.0
SESSION_MS = 3_000
TRANSACTION_MS = 2_000


@dataclass
class Stage:
    """A small deployment with one partition of everything, and the marks of its actors."""

    settings: Settings
    directory: Path
    actors: list[Router] = field(default_factory=list)

    def actor(self, name: str, *, sabotage: str = "", gates: str = "") -> Router:
        """A router that is not started yet."""
        env = environment_of(self.settings) | {
            "SABOTAGE": sabotage,
            "GATES": gates,
            "GATE_DIRECTORY": str(self.directory),
        }
        self.actors.append(Router(name, self.directory, env, SABOTAGED))
        return self.actors[-1]

    async def feed(self) -> None:
        """Publish the whole load."""
        async with feeding(self.settings) as feeder:
            for wave in [LOAD.company, *LOAD.waves]:
                await feeder.publish(wave)

    async def marked(self, *names: str) -> str:
        """Wait for one of the marks; which one it was."""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            for name in names:
                if (self.directory / name).exists():
                    return name
            await asyncio.sleep(0.02)
        raise AssertionError(f"none of {names} was marked; see {self.directory}")

    def mark(self, name: str) -> None:
        """Leave a mark for the actors."""
        (self.directory / name).touch()

    async def findings(self, *, decided_share_min: float = 0.5) -> list[Finding]:
        """End the last actor when all is done, and audit; enough must have been decided."""
        assert await self.actors[-1].wait_until_ready(WITHIN_S)
        async with looking_at(self.settings) as pressure:
            assert await pressure.wait_for_quiet(WITHIN_S), f"never quiet: {self.directory}"
        self.actors[-1].signal(signal.SIGTERM)
        assert await self.actors[-1].ended() == 0
        servers, prefix = self.settings.kafka.bootstrap_servers, self.settings.topics.prefix
        history = await read_history(servers, prefix)
        assert len(history.by_lead) >= decided_share_min * LOAD.lead_count
        return [*audit(history), *check_replay(history, self.settings)]


Enter = Callable[[], Awaitable[Stage]]


@pytest.fixture
async def enter(
    kafka_bootstrap: str,
    topic_prefix: str,
    create_topics: Callable[[Settings], Awaitable[None]],
    tmp_path: Path,
) -> AsyncIterator[Enter]:
    """Builds a stage; whoever still acts at the end is killed."""
    stages: list[Stage] = []

    async def build() -> Stage:
        settings = Settings(
            kafka=KafkaSettings(bootstrap_servers=kafka_bootstrap, session_timeout_ms=SESSION_MS),
            topics=TopicSettings(prefix=topic_prefix, partitions=1, inbox_partitions=1),
            transactions=TransactionSettings(timeout_ms=TRANSACTION_MS),
        )
        await create_topics(settings)
        stages.append(Stage(settings, tmp_path))
        return stages[-1]

    yield build
    for stage in stages:
        for actor in stage.actors:
            await actor.kill()


@pytest.mark.parametrize("sabotage", ["", "no_fencing"])
async def test_a_zombie_with_work_in_memory_is_fenced(enter: Enter, sabotage: str) -> None:
    stage = await enter()
    await stage.feed()
    victim = stage.actor("victim", sabotage=sabotage, gates="freeze_before_begin")
    await victim.start()
    await stage.marked(FROZEN)
    heir = stage.actor("heir", sabotage=sabotage)
    await heir.start()
    async with looking_at(stage.settings) as pressure:
        assert await pressure.wait_for_quiet(WITHIN_S)
    victim.signal(signal.SIGCONT)
    ending = await stage.marked(WRITTEN, REFUSED)
    await victim.kill()
    checks = {finding.check for finding in await stage.findings()}
    if sabotage:
        assert ending == WRITTEN
        assert {"sequence", "cause_twice", "order"} <= checks
    else:
        assert (ending, checks) == (REFUSED, set())


@pytest.mark.parametrize("sabotage", ["", "position_before_fencing"])
async def test_where_to_go_on_is_read_when_nobody_else_can_commit(
    enter: Enter, sabotage: str
) -> None:
    stage = await enter()
    await stage.feed()
    victim = stage.actor("victim", sabotage="long_transactions", gates="freeze_before_commit")
    await victim.start()
    await stage.marked(FROZEN)
    acts = f"long_transactions,{sabotage}"
    heir = stage.actor("heir", sabotage=acts, gates="wait_after_position")
    await heir.start()
    await stage.marked(POSITION_READ)
    victim.signal(signal.SIGCONT)
    ending = await stage.marked(WRITTEN, REFUSED)
    await victim.kill()
    stage.mark(GO_ON)
    checks = {finding.check for finding in await stage.findings()}
    if sabotage:
        assert ending == WRITTEN
        assert {"sequence", "cause_twice", "order"} <= checks
    else:
        assert (ending, checks) == (REFUSED, set())


@pytest.mark.parametrize("sabotage", ["", "batch_not_awaited"])
async def test_a_transaction_with_a_refused_batch_is_not_committed(
    enter: Enter, sabotage: str
) -> None:
    stage = await enter()
    first = stage.actor("first", sabotage=sabotage)
    await first.start()
    assert await first.wait_until_ready(WITHIN_S)
    async with _narrowed(stage.settings):
        await stage.feed()
        ended = await first.ended(within_s=8)
    await first.kill()
    reopened = "partition.reopens" in first.log_file.read_text(encoding="utf-8")
    heir = stage.actor("heir", sabotage=sabotage)
    await heir.start()
    # Sabotaged, what went into one transaction with a refused batch is lost: nearly all, or all.
    decided_share_min = 0.0 if sabotage else 0.5
    findings = await stage.findings(decided_share_min=decided_share_min)
    checks = {finding.check for finding in findings}
    assert ended is None
    if sabotage:
        assert not reopened
        assert {"outcome", "replay"} <= checks
    else:
        assert (reopened, checks) == (True, set())


@asynccontextmanager
async def _narrowed(settings: Settings) -> AsyncIterator[None]:
    """Let the broker refuse every batch of decisions that is larger than one small record."""
    topic = topics_of(settings).assignments
    spec = next(spec for spec in topic_specs(settings) if spec.name == topic)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()

    async def configure(**changed: str) -> None:
        configs = {**spec.configs, **{name.replace("_", "."): v for name, v in changed.items()}}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs)
        await admin.alter_configs([resource])
        await asyncio.sleep(1.0)  # the broker hears of it from the controller

    try:
        await configure(max_message_bytes="1500")
        yield
        await configure()
    finally:
        await admin.close()
