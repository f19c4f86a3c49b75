"""The topic ``lead.activity``, written without transactions: Faust cannot read any other.

At least once is right there: an activity that comes again is known by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from router.intake.sources.admit import RawActivity
from router.kafka.client.clients import Clients, start_whole

_ANSWER_TIMEOUT_S = 20.0


class ActivityTopic:
    """Shared by the partitions of a process; connects when the first activity comes."""

    def __init__(self, clients: Clients, topic: str) -> None:
        self._clients = clients
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def put(self, records: Sequence[RawActivity]) -> None:
        """Send ``records``; all are acknowledged when this returns.

        Raises:
            KafkaError, TimeoutError: some may be there, and some may not.
        """
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            producer = await self._started()
            sent = [
                await producer.send(self._topic, each.value, each.lead_id.encode())
                for each in records
            ]
            await asyncio.gather(*sent)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = self._clients.plain_producer()
                try:
                    await start_whole(producer)
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Disconnect, once no partition works any more."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
