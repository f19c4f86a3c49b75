"""This process as a member of a step's consumer group: its consumer, and a worker a partition.

Kafka's consumer group spreads the partitions; each has a worker with a producer of its own, and
their transactions run side by side. On revocation a worker ends its transaction and stops; what
its step has in memory is kept until the next assignment, and used again if it still is exactly
what is committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import (
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import TopicPartition

from router.kafka.client.background_tasks import check_tasks
from router.kafka.client.clients import start_whole
from router.kafka.client.closing import stop_consumer
from router.kafka.runtime.failures import out_of_range
from router.kafka.runtime.partition import PartitionWorker, Surroundings
from router.kafka.runtime.step import PartitionError, PartitionStep
from router.telemetry import logger

log = logger(__name__)

_FETCH_WAIT_MS = 1_000
_FETCH_RECORDS_MAX = 2_000
_UNPOSITIONED_WAIT_S = 0.01

Kept = dict[TopicPartition, PartitionStep]
"""Steps whose memory is exactly what is committed, until the partitions are given out again."""


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """One stay in the group, from joining to leaving."""

    def __init__(self, surroundings: Surroundings, kept: Kept, trouble: str | None = None) -> None:
        """Not yet joined; ``kept`` is used, and filled again.

        ``trouble`` is why the stay before this one ended, until this one has begun.
        """
        self.workers: dict[TopicPartition, PartitionWorker] = {}
        self.trouble = trouble
        self.has_joined = False
        self._shared = surroundings
        self._consumer: AIOKafkaConsumer = surroundings.consumer
        self._kept = kept
        self._unended: set[PartitionWorker] = set()
        self._is_leaving = False
        self._failed = asyncio.get_running_loop().create_future()

    async def run(self, sources: Sequence[str]) -> None:
        """Work on the partitions of ``sources`` that the group gives out, until cancelled.

        Raises:
            KafkaError: the consumer cannot go on; another may.
            LeadRouterError: going on would be wrong.
        """
        pump = asyncio.create_task(self._pump(sources), name=f"{self._shared.step_name}:pump")
        try:
            await asyncio.wait([pump, self._failed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        for ended in (self._failed, pump):  # the first is the cause of the second, if there is one
            if ended.done() and not ended.cancelled():
                ended.result()

    async def leave(self) -> None:
        """Stop all workers, also those that a rebalance under way has taken out of our hands."""
        self._is_leaving, self.has_joined = True, False
        self._shared.rights.on_change = None
        workers = {*self.workers.values(), *self._unended}
        self.workers.clear()
        await self._stop(workers)
        await stop_consumer(self._consumer)
        self._failed.cancel()

    async def _pump(self, sources: Sequence[str]) -> None:
        """Hand what is fetched to the workers, without ever waiting for one of them."""
        await start_whole(self._consumer)
        # Only then: else it would not start while there is one topic that it may not read.
        self._consumer.subscribe(list(sources), listener=self)
        self._shared.rights.on_change = self._look_at_topics
        while True:
            await self._fetch()
            check_tasks(self._consumer)
            await asyncio.sleep(0)  # getmany does not give way while it has records at hand

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
        except TopicAuthorizationFailedError as error:
            self._may_not_read(error.args[0])
            return
        for source, records in fetched.items():
            worker = self.workers.get(source)
            if worker is not None:
                worker.offer(records)

    def _out_of_range(self, offsets: Mapping[TopicPartition, int]) -> None:
        for source, offset in offsets.items():
            worker = self.workers.get(source)
            if worker is not None and worker.accepts:
                raise PartitionError(out_of_range(self._shared.step_name, source, offset))

    def _may_not_read(self, topic: str) -> None:
        """Let its partitions rest for a second: fetched again at once, they would be all we do."""
        for source, worker in self.workers.items():
            if source.topic == topic:
                worker.input.rest()

    def _look_at_topics(self) -> None:
        """Have aiokafka see which topics it may read now, so that the group gives them out anew."""
        self._consumer._client.force_metadata_update()  # noqa: SLF001 - else it looks every 10 s

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Stop the workers and keep what is worth keeping; aiokafka would swallow exceptions."""
        try:
            self.has_joined = False  # until it is given partitions again, or none
            await self._stop(
                [self.workers.pop(source) for source in revoked if source in self.workers]
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the membership must end for it
            self._fail(error)

    async def _stop(self, workers: Iterable[PartitionWorker]) -> None:
        stopped = list(workers)
        clean = await asyncio.gather(*(worker.stop() for worker in stopped))
        for worker, is_clean in zip(stopped, clean, strict=True):
            if is_clean:
                self._kept[worker.source] = worker.step

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start a worker for each partition; aiokafka would swallow exceptions.

        Fencing and restoring happen in the worker's own task: the group's heartbeat starts only
        when this callback has returned.
        """
        if self._is_leaving:
            return  # a worker started now would fence the next owner, and nobody would stop it
        try:
            sources = list(assigned)
            self.has_joined, self.trouble = True, None
            self._shared.meter.assigned()
            self._consumer.pause(*sources)
            for source in sources:
                self._start_worker(source)
            self._kept.clear()
        except Exception as error:  # noqa: BLE001 - whatever it is, the membership must end for it
            self._fail(error)

    def _start_worker(self, source: TopicPartition) -> None:
        # Any place will do while it is paused: without one, aiokafka keeps looking for it.
        self._consumer.seek(source, 0)
        step = self._kept.pop(source, None) or self._shared.make_step(source)
        worker = self.workers[source] = PartitionWorker(source, step, self._shared)
        self._unended.add(worker)
        worker.start().add_done_callback(partial(self._worker_ended, worker))

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
        if not self._failed.done():
            self._failed.set_exception(error)
        else:
            log.debug("step.failed_again", step=self._shared.step_name, error=type(error).__name__)
