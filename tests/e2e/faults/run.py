"""A run: a load, wave by wave, and a fault for each wave."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from router.kafka.topics.topic_admin import TopicAdmin
from router.settings import Settings
from tests.e2e.audit import audit, read_history
from tests.e2e.faults.conductor import TABLE_HEAD, Conductor, Struck
from tests.e2e.faults.endings import Ending, complaints
from tests.e2e.faults.feeder import Feeder, feeding
from tests.e2e.faults.network_faults import NetworkFaults
from tests.e2e.faults.plan import Fault
from tests.e2e.faults.pressure import looking_at
from tests.e2e.faults.processes import environment_of
from tests.e2e.faults.replay import check_replay
from tests.e2e.faults.routers import ROUTER, Crew, Router
from tests.e2e.load import Load

CAUGHT_UP = 2_500
CATCH_UP_S = 20.0
QUIET_WITHIN_S = 120.0


@dataclass
class Run:
    """What is to happen, and what did, as far as it got. ``settings`` are past the proxies."""

    settings: Settings
    load: Load
    plan: list[Fault]
    paces_per_s: Sequence[int]
    directory: Path
    program: Sequence[str] = ROUTER
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

    async def under_faults(self, network: NetworkFaults) -> None:
        """Feed a wave for each fault; at the end wait until all is decided, and stop."""
        async with TopicAdmin.connected(self.settings) as admin:
            await admin.apply()
        await network.cluster.wait_until_whole()
        servers = network.cluster.proxied_servers
        kafka = self.settings.kafka.model_copy(update={"bootstrap_servers": servers})
        environment = environment_of(self.settings.model_copy(update={"kafka": kafka}))

        def make_router(name: str) -> Router:
            return Router(name, self.directory, environment, self.program)

        crew = Crew([make_router("router-1"), make_router("router-2")])
        self.endings = crew.endings
        async with looking_at(self.settings) as pressure, feeding(self.settings) as feeder:
            await feeder.publish(self.load.company)
            async with crew:
                conductor = Conductor(self.settings, network, crew, pressure, make_router)
                began_s = time.monotonic()
                for fault in self.plan:
                    await conductor.wait_for_target(fault)
                    fed = asyncio.create_task(self._feed(feeder, fault.number - 1))
                    self.struck.append(await conductor.strike(fault))
                    await fed
                    await pressure.wait_until_below(CAUGHT_UP, CATCH_UP_S)
                self.took_s["faults"] = time.monotonic() - began_s
                for wave in range(len(self.plan), len(self.load.waves)):
                    await self._feed(feeder, wave)
                assert await pressure.wait_for_quiet(QUIET_WITHIN_S), (
                    f"never quiet: {self.directory}"
                )
                self.took_s["until quiet"] = time.monotonic() - began_s
                assert await crew.stop() == [0, 0]

    async def _feed(self, feeder: Feeder, wave: int) -> None:
        if wave < len(self.load.waves):
            per_s = self.paces_per_s[wave % len(self.paces_per_s)]
            await feeder.publish(self.load.waves[wave], per_s=per_s)

    async def check_outcome(self) -> None:
        """Assert that no router ended without cause, and that all is decided once and rightly."""
        servers, prefix = self.settings.kafka.bootstrap_servers, self.settings.topics.prefix
        history = await read_history(servers, prefix)
        findings = [*audit(history), *check_replay(history, self.settings)]
        assert not findings, "\n".join([f"{len(findings)} findings", *map(str, findings[:40])])
        assert len(history.records("dead-letters")) == self.load.broken_count
        assert len(history.by_lead) >= 0.95 * self.load.lead_count
        unexplained = list(complaints(self.endings, self.directory))
        assert not unexplained, "\n".join(["no fault explains this:", *unexplained])
