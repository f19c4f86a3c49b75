"""A step on all the partitions that the group gives to this process, until told to stop.

A consumer that cannot go on (the broker is gone for good, one of its tasks has died) is replaced by
another; what is in memory and committed is kept over that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.backoff import Backoff
from router.kafka.runtime.gc_control import QuietCollector
from router.kafka.runtime.membership import Kept, Membership
from router.kafka.runtime.partition import PartitionWorker, Surroundings
from router.kafka.runtime.step import PartitionStep
from router.kafka.runtime.step_meter import StepMeter
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import group_of, transactional_prefix_of
from router.observe.meters import Meters
from router.observe.tracing import Tracing
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What a step is: where it reads, where it may write, and how one is made for a partition.

    ``name`` goes with the prefix into the group id and the transactional ids; ``sources`` are
    topics; ``shapes`` holds every topic that its outbox may name.
    """

    name: str
    sources: Sequence[str]
    shapes: Mapping[str, TopicShape]
    make_step: Callable[[TopicPartition], PartitionStep]


class StepRuntime:
    """Runs one step, exactly once."""

    def __init__(
        self,
        settings: Settings,
        clients: Clients,
        plan: StepPlan,
        rights: RightsWatch,
        collector: QuietCollector | None = None,
        meters: Meters | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Nothing is connected before :meth:`run`; make it inside the event loop.

        ``rights`` tells what the role may not do; ``collector`` is told when there is time to
        collect garbage; ``meters`` count.
        """
        self.name = plan.name
        self.group = group_of(settings, plan.name)
        self._settings, self._clients, self._plan = settings, clients, plan
        self._rights = rights
        self._meter = StepMeter(plan.name, self.group, meters or Meters(), tracing)
        self._collector = collector
        self._silent_s_max = settings.kafka.session_timeout_ms / 1000
        self._kept: Kept = {}
        self._membership: Membership | None = None
        self._is_leaving = self._has_ended = False

    @property
    def workers(self) -> list[PartitionWorker]:
        """Those at work on the partitions that are this process's now."""
        return list(self._membership.workers.values()) if self._membership else []

    @property
    def steps(self) -> dict[TopicPartition, PartitionStep]:
        """The steps of the partitions that are this process's now."""
        return {worker.source: worker.step for worker in self.workers}

    @property
    def halted(self) -> list[str]:
        """What operators must look at before a partition goes on."""
        return [worker.halt.message for worker in self.workers if worker.halt]

    @property
    def is_ready(self) -> bool:
        """Whether it is in its group, and all partitions that it was given are open and go on."""
        return self.awaits is None

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        if self._is_leaving:
            return f"{self.name} is stopping"
        membership = self._membership
        if membership is None or not membership.has_joined:
            why = f", again: {membership.trouble}" if membership and membership.trouble else ""
            return f"{self.name} waits for its group {self.group} to give it partitions{why}"
        for worker in self.workers:
            if worker.halt is not None:
                return f"{self.name} waits for an operator: {worker.halt.message}"
            if not worker.accepts:
                why = f", again: {worker.trouble}" if worker.trouble else ""
                return f"{self.name} opens {worker.source.topic}-{worker.source.partition}{why}"
        return self._awaits_broker()

    def _awaits_broker(self) -> str | None:
        """Out of reach of the broker for as long as others wait before they take over."""
        fetched_s = [at for worker in self.workers if (at := worker.input.fetched_at_s)]
        silent_s = time.time() - max(fetched_s) if fetched_s else 0.0
        if silent_s <= self._silent_s_max:
            return None
        return f"{self.name} waits for the broker, which has not answered for {silent_s:.0f} s"

    @property
    def has_ended(self) -> bool:
        """Whether it has failed, or is done."""
        return self._has_ended or self._is_leaving

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``, then end open transactions and leave the group.

        Raises:
            LeadRouterError: the step cannot go on, or a partition had to be left halted.
        """
        working = asyncio.create_task(self._work(), name=f"{self.name}:work")
        stopping = asyncio.create_task(stop.wait(), name=f"{self.name}:stop")
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            halted = self.halted
        finally:
            self._is_leaving = True
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
            self._has_ended = True
        if not working.cancelled():
            working.result()
        if halted:
            raise LeadRouterError(halted[0])

    async def _work(self) -> None:
        """Be a member of the group; whenever the consumer fails, join again with another."""
        backoff, trouble = Backoff(), None
        while True:
            member = self._membership = Membership(self._surroundings(), self._kept, trouble)
            try:
                await member.run(self._plan.sources)
            except KafkaError as error:
                trouble = await self._rights.reason_for(error)
            finally:
                if member.trouble is None:
                    backoff.succeeded()
                await member.leave()
            pause_s, member.trouble = backoff.failed(), trouble
            log.warning("group.rejoins", step=self.name, in_s=pause_s, why=trouble)
            await asyncio.sleep(pause_s)
            await self._rights.until_given()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            step_name=self.name,
            transactional_prefix=transactional_prefix_of(self._settings, self.name),
            clients=self._clients,
            consumer=self._clients.consumer(group=self.group),
            shapes=self._plan.shapes,
            make_step=self._plan.make_step,
            transactions=self._settings.transactions,
            turns=asyncio.Semaphore(self._settings.transactions.at_once_max),
            meter=self._meter,
            rights=self._rights,
            collector=self._collector,
        )
