"""How much work is in flight: what waits for intake, and what a router has in hand.

Which partitions a router owns, and how far it is behind in each, is its own word (its metrics);
which transactions are open is the broker's.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client.parser import text_string_to_metric_families

from router.kafka.topics.topic_names import Topics
from router.settings import Settings
from tests.e2e.faults.routers import Router

_POLL_S = 0.02
_OPEN_WAIT_S = 3.0
_TOLD_WITHIN_S = 3.0
_STOPPED_MAX_S = 1.0
"""How long a look may keep routers stopped: well below their session and transaction timeouts."""
_MARKERS_MAX = 8
"""Inbox offsets that a shown position may lag behind: ticks and markers of the last second."""
_LAG = "lead_router_partition_lag_records"


@dataclass(frozen=True, slots=True)
class Held:
    """A partition in a router's hands, and the offsets in it that it has not processed."""

    step: str
    partition: int
    lag: int

    @property
    def waiting(self) -> int:
        """Unread records; of the inbox's offsets some are markers, which no reader ever sees."""
        return max(self.lag - (_MARKERS_MAX if self.step == "route" else 0), 0)


@dataclass(frozen=True, slots=True)
class InFlight:
    """What some routers have in hand: unread records, and partitions with an open transaction."""

    waiting: int
    open_transactions: int

    @property
    def is_some(self) -> bool:
        """Whether a fault now would hit work of theirs."""
        return self.waiting > 0 or self.open_transactions > 0


class Pressure:
    """Looks at the broker and at the routers from outside."""

    def __init__(
        self,
        settings: Settings,
        admin: AIOKafkaAdminClient,
        stable: AIOKafkaConsumer,
        written: AIOKafkaConsumer,
        web: ClientSession,
    ) -> None:
        """``stable`` reads committed records only, ``written`` all."""
        self._admin, self._stable, self._written, self._web = admin, stable, written, web
        topics = Topics(settings.topics.prefix)
        others = range(settings.topics.partitions)
        ordered = range(settings.topics.inbox_partitions)
        self._groups = (f"{settings.topics.prefix}intake", f"{settings.topics.prefix}route")
        self._inputs = [
            TopicPartition(topic, number)
            for topic in (
                topics.leads, topics.feedback, topics.roster, topics.accounts, topics.policies,
                topics.engagement, topics.commands,
            )
            for number in others
        ]  # fmt: skip
        self._inbox = [TopicPartition(topics.inbox, number) for number in ordered]
        self._state = topics.state

    async def catch_at_work(self, routers: Sequence[Router], within_s: float) -> InFlight:
        """Stop ``routers`` (SIGSTOP) with work in hand, or anyhow when the time is over.

        Returns what they have in hand. For some seconds only an open transaction will do: that is
        the moment at which most can break, and stopped, it stays open until the fault strikes. The
        caller lets them go on.
        """
        began_s = time.monotonic()
        while True:
            held = [each for router in routers for each in await self._held(router)]
            await asyncio.sleep(_POLL_S)  # to answer held them up: back to their work
            _signal(routers, signal.SIGSTOP)
            look = asyncio.create_task(self._in_flight(held))
            in_time, _ = await asyncio.wait([look], timeout=_STOPPED_MAX_S)
            if not in_time:  # a broker that is just back takes its time
                _signal(routers, signal.SIGCONT)
            found = await look
            waited_s = time.monotonic() - began_s
            is_enough = found.open_transactions or (found.is_some and waited_s > _OPEN_WAIT_S)
            if in_time and (is_enough or waited_s > within_s):
                return found
            _signal(routers, signal.SIGCONT)

    async def _in_flight(self, held: list[Held]) -> InFlight:
        """What stopped routers have in hand; a broker that is just back knows of no transaction.

        Only the owner of an inbox partition writes the state of that number, so a transaction that
        is open there is its own.
        """
        waiting = sum(each.waiting for each in held)
        states = [
            TopicPartition(self._state, each.partition) for each in held if each.step == "route"
        ]
        try:
            # In this order: what is written, and later still not stable, is in a transaction.
            written = await self._written.end_offsets(states)
            stable = await self._stable.end_offsets(states)
        except KafkaError:
            return InFlight(waiting, 0)
        return InFlight(waiting, sum(stable[each] < written[each] for each in states))

    async def _held(self, router: Router) -> list[Held]:
        try:
            async with self._web.get(router.metrics_url) as answer:
                return list(held_by(await answer.text()))
        except (ClientError, TimeoutError):
            return []

    async def wait_until_below(self, waiting: int, within_s: float) -> None:
        """Let the routers catch up, for a while."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with contextlib.suppress(KafkaError):
                if await self._lag(self._groups[0], self._inputs) < waiting:
                    return
            await asyncio.sleep(0.2)

    async def wait_for_quiet(self, within_s: float) -> bool:
        """Whether everything was taken in and decided in time."""
        deadline = time.monotonic() + within_s
        quiet = 0
        while time.monotonic() < deadline:
            try:
                quiet = quiet + 1 if await self._is_quiet() else 0
            except KafkaError:
                quiet = 0
            if quiet >= 3:
                return True
            await asyncio.sleep(0.5)
        return False

    async def _is_quiet(self) -> bool:
        if await self._lag(self._groups[0], self._inputs):
            return False
        return await self._lag(self._groups[1], self._inbox) <= _MARKERS_MAX

    async def _lag(self, group: str, partitions: list[TopicPartition]) -> int:
        committed = await self._admin.list_consumer_group_offsets(group)
        ends = await self._stable.end_offsets(partitions)
        return sum(
            max(ends[each] - max(committed[each].offset if each in committed else 0, 0), 0)
            for each in partitions
        )


def _signal(routers: Iterable[Router], number: signal.Signals) -> None:
    for router in routers:
        router.signal(number)


def held_by(metrics: str) -> Iterator[Held]:
    """The partitions that a router says are its own."""
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples if family.name == _LAG else ():
            yield Held(sample.labels["step"], int(sample.labels["partition"]), round(sample.value))


@asynccontextmanager
async def looking_at(settings: Settings) -> AsyncIterator[Pressure]:
    """A :class:`Pressure` for the time of an ``async with`` block."""
    servers = settings.kafka.bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    stable = AIOKafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed")
    written = AIOKafkaConsumer(bootstrap_servers=servers)
    clients = (admin, stable, written)
    web = ClientSession(timeout=ClientTimeout(total=_TOLD_WITHIN_S))
    try:
        for client in clients:
            await client.start()
        yield Pressure(settings, admin, stable, written, web)
    finally:
        await web.close()
        await stable.stop()
        await written.stop()
        await admin.close()
