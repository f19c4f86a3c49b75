"""A step on all the partitions that the group gives to this process.

Kafka's consumer group spreads the partitions; each has a worker with a producer of its own, and
their transactions run side by side. On revocation a worker ends its transaction and stops; what
its step has in memory is kept until the next assignment, and used again if it still is exactly
what is committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.clients import Clients, start_whole, stop_consumer
from router.kafka.garbage import QuietCollector
from router.kafka.partition import PartitionWorker, Surroundings
from router.kafka.shapes import TopicShape
from router.kafka.step import PartitionError, PartitionStep
from router.kafka.step_meter import StepMeter
from router.observe.meters import Meters
from router.observe.tracing import Tracing
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

_FETCH_WAIT_MS = 1_000
_FETCH_RECORDS_MAX = 2_000
_UNPOSITIONED_WAIT_S = 0.01


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


class StepRuntime(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Runs one step, exactly once."""

    def __init__(
        self,
        settings: Settings,
        clients: Clients,
        plan: StepPlan,
        collector: QuietCollector | None = None,
        meters: Meters | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Nothing is connected before :meth:`run`; make it inside the event loop.

        ``collector`` is told when there is time to collect garbage; ``meters`` count.
        """
        self.name = plan.name
        self.group = f"{settings.topics.prefix}{plan.name}"
        self._plan = plan
        self._meter = StepMeter(plan.name, self.group, meters or Meters(), tracing)
        self._silent_s_max = settings.kafka.session_timeout_ms / 1000
        self._consumer = clients.consumer(group=self.group)
        self._surroundings = Surroundings(
            step_name=plan.name,
            transactional_prefix=f"{self.group}-",
            clients=clients,
            consumer=self._consumer,
            shapes=plan.shapes,
            transactions=settings.transactions,
            turns=asyncio.Semaphore(settings.transactions.at_once_max),
            meter=self._meter,
            collector=collector,
        )
        self._workers: dict[TopicPartition, PartitionWorker] = {}
        self._unended: set[PartitionWorker] = set()
        self._kept: dict[TopicPartition, PartitionStep] = {}
        self._has_joined = self._is_leaving = False
        self._ended = asyncio.Event()
        self._failure: BaseException | None = None

    @property
    def steps(self) -> dict[TopicPartition, PartitionStep]:
        """The steps of the partitions that are this process's now."""
        return {source: worker.step for source, worker in self._workers.items()}

    @property
    def halted(self) -> list[str]:
        """What operators must look at before a partition goes on."""
        return [worker.halt.message for worker in self._workers.values() if worker.halt]

    @property
    def workers(self) -> list[PartitionWorker]:
        """Those at work on the partitions that are this process's now."""
        return list(self._workers.values())

    @property
    def is_ready(self) -> bool:
        """Whether it is in its group, and all partitions that it was given are open and go on."""
        return self.awaits is None

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        if self._is_leaving:
            return f"{self.name} is stopping"
        if not self._has_joined:
            return f"{self.name} waits for its group {self.group} to give it partitions"
        for worker in self._workers.values():
            if worker.halt is not None:
                return f"{self.name} waits for an operator: {worker.halt.message}"
            if not worker.accepts:
                return f"{self.name} opens {worker.source.topic}-{worker.source.partition}"
        return self._awaits_broker()

    def _awaits_broker(self) -> str | None:
        """Out of reach of the broker for as long as others wait before they take over."""
        fetched_s = [at for worker in self._workers.values() if (at := worker.fetched_at_s)]
        silent_s = time.time() - max(fetched_s) if fetched_s else 0.0
        if silent_s <= self._silent_s_max:
            return None
        return f"{self.name} waits for the broker, which has not answered for {silent_s:.0f} s"

    @property
    def has_ended(self) -> bool:
        """Whether it has failed, or is done."""
        return self._ended.is_set() or self._is_leaving

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``, then end open transactions and leave the group.

        Raises:
            LeadRouterError: the step cannot go on, or a partition had to be left halted.
        """
        tasks = [
            asyncio.create_task(self._pump(), name=f"{self.name}:pump"),
            asyncio.create_task(stop.wait(), name=f"{self.name}:stop"),
            asyncio.create_task(self._ended.wait(), name=f"{self.name}:ended"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                self._fail(tasks[0].exception())
            halted = self.halted
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave()
        if self._failure is not None:
            raise self._failure
        if halted:
            raise LeadRouterError(halted[0])

    async def _pump(self) -> None:
        """Hand what is fetched to the workers, without ever waiting for one of them."""
        self._consumer.subscribe(list(self._plan.sources), listener=self)
        try:
            await start_whole(self._consumer)
            while True:
                await self._fetch()
                await asyncio.sleep(0)  # getmany does not give way while it has records at hand
        except KafkaError as error:
            raise LeadRouterError(
                f"{self.name} lost the broker ({type(error).__name__}): check it with"
                " `lead-router doctor`, then start again"
            ) from error

    async def _fetch(self) -> None:
        try:
            fetched = await self._consumer.getmany(
                timeout_ms=_FETCH_WAIT_MS, max_records=_FETCH_RECORDS_MAX
            )
        except NoOffsetForPartitionError:
            # A partition assigned this very moment, about to be paused.
            await asyncio.sleep(_UNPOSITIONED_WAIT_S)
            return
        except OffsetOutOfRangeError as error:
            self._out_of_range(error.args[0])
            return
        for source, records in fetched.items():
            worker = self._workers.get(source)
            if worker is not None:
                worker.offer(records)

    def _out_of_range(self, offsets: Mapping[TopicPartition, int]) -> None:
        for source, offset in offsets.items():
            worker = self._workers.get(source)
            if worker is not None and worker.accepts:
                raise PartitionError(
                    f"{self.name} stands at offset {offset} of {source.topic}-{source.partition},"
                    " which the topic does not hold (any more): see whether it was deleted or its"
                    " retention is too short, then start again"
                )

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Stop the workers and keep what is worth keeping; aiokafka would swallow exceptions."""
        try:
            self._has_joined = False  # until it is given partitions again, or none
            workers = [self._workers.pop(source) for source in revoked if source in self._workers]
            clean = await asyncio.gather(*(worker.stop() for worker in workers))
            self._kept = {
                worker.source: worker.step
                for worker, is_clean in zip(workers, clean, strict=True)
                if is_clean
            }
        except Exception as error:  # noqa: BLE001 - whatever it is, the runtime must end for it
            self._fail(error)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start a worker for each partition; aiokafka would swallow exceptions.

        Fencing and restoring happen in the worker's own task: the group's heartbeat starts only
        when this callback has returned.
        """
        if self._is_leaving:
            return  # a worker started now would fence the next owner, and nobody would stop it
        try:
            sources = list(assigned)
            self._has_joined = True
            self._meter.assigned()
            self._consumer.pause(*sources)
            for source in sources:
                # Any place will do while it is paused: without one, aiokafka keeps looking for it.
                self._consumer.seek(source, 0)
                step = self._kept.pop(source, None) or self._plan.make_step(source)
                worker = PartitionWorker(source, step, self._surroundings)
                self._workers[source] = worker
                self._unended.add(worker)
                worker.start().add_done_callback(partial(self._worker_ended, worker))
            self._kept.clear()
        except Exception as error:  # noqa: BLE001 - whatever it is, the runtime must end for it
            self._fail(error)

    def _worker_ended(self, worker: PartitionWorker, task: asyncio.Task[None]) -> None:
        self._unended.discard(worker)
        if not task.cancelled():
            self._fail(task.exception())
        elif not worker.is_stopping:
            place = f"{worker.source.topic}-{worker.source.partition}"
            self._fail(PartitionError(f"the work on {place} was broken off: start again"))

    def _fail(self, error: BaseException | None) -> None:
        """Remember the first failure and end; what follows from it is only noise."""
        if error is None:
            return
        if self._failure is None:
            self._failure = error
        else:
            log.debug("step.failed_again", step=self.name, error=type(error).__name__)
        self._ended.set()

    async def _leave(self) -> None:
        """Stop all workers, also those that a rebalance under way has taken out of our hands."""
        self._is_leaving = True
        workers = {*self._workers.values(), *self._unended}
        self._workers.clear()
        await asyncio.gather(*(worker.stop() for worker in workers))
        await stop_consumer(self._consumer)
