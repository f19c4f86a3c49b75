"""How much work is in flight: what waits for intake, and which transactions are open."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from router.kafka.topics import Topics
from router.settings import Settings

_POLL_S = 0.01
_MARKERS_MAX = 8
"""Inbox offsets that a shown position may lag behind: ticks and markers of the last second."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """Records of input not yet taken in, and partitions with an open transaction."""

    waiting: int
    open_transactions: int

    @property
    def is_some(self) -> bool:
        """Whether a fault now would hit work."""
        return self.waiting > 0 or self.open_transactions > 0


class Pressure:
    """Looks at the broker from outside."""

    def __init__(
        self,
        settings: Settings,
        admin: AIOKafkaAdminClient,
        stable: AIOKafkaConsumer,
        written: AIOKafkaConsumer,
    ) -> None:
        """``stable`` reads committed records only, ``written`` all."""
        self._admin, self._stable, self._written = admin, stable, written
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
        self._outputs = [
            *self._inbox,
            *(TopicPartition(topics.state, number) for number in ordered),
            *(TopicPartition(topics.assignments, number) for number in others),
        ]

    async def now(self) -> InFlight:
        """What is in flight at this moment."""
        waiting, stable, written = await asyncio.gather(
            self._lag(self._groups[0], self._inputs),
            self._stable.end_offsets(self._outputs),
            self._written.end_offsets(self._outputs),
        )
        return InFlight(waiting, sum(stable[each] < written[each] for each in self._outputs))

    async def wait_for_work(self, within_s: float) -> InFlight:
        """Return as soon as there is work in flight, or what there is when the time is over."""
        deadline = time.monotonic() + within_s
        found = InFlight(0, 0)
        while not found.is_some and time.monotonic() < deadline:
            with contextlib.suppress(KafkaError):  # the broker may only just be back
                found = await self.now()
            await asyncio.sleep(_POLL_S)
        return found

    async def wait_until_below(self, waiting: int, within_s: float) -> None:
        """Let the routers catch up, for a while."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with contextlib.suppress(KafkaError):
                if (await self.now()).waiting < waiting:
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


@asynccontextmanager
async def looking_at(settings: Settings) -> AsyncIterator[Pressure]:
    """A :class:`Pressure` for the time of an ``async with`` block."""
    servers = settings.kafka.bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    stable = AIOKafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed")
    written = AIOKafkaConsumer(bootstrap_servers=servers)
    clients = (admin, stable, written)
    try:
        for client in clients:
            await client.start()
        yield Pressure(settings, admin, stable, written)
    finally:
        await stable.stop()
        await written.stop()
        await admin.close()
