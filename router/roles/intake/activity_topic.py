"""The topic ``lead.activity``, written without transactions: Faust cannot read any other.

At least once is right there: an activity that comes again is known by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from router.intake.sources.admit import RawActivity
from router.kafka.client.clients import Clients
from router.kafka.client.shared_producer import SharedProducer

_ANSWER_TIMEOUT_S = 20.0
_AT_ONCE = 1_000
"""Records that are to be acknowledged in that time; one body may hold ten thousand."""


class ActivityTopic:
    """Shared by the partitions of a process; connects when the first activity comes."""

    def __init__(self, clients: Clients, topic: str) -> None:
        self._producer = SharedProducer(clients)
        self._topic = topic

    async def put(self, records: Sequence[RawActivity]) -> None:
        """Send ``records``; all are acknowledged when this returns.

        Raises:
            KafkaError, TimeoutError: some may be there, and some may not.
        """
        producer: AIOKafkaProducer | None = None
        try:
            for first in range(0, len(records), _AT_ONCE):
                async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                    producer = await self._producer.started()
                    await self._send(producer, records[first : first + _AT_ONCE])
        except (KafkaError, TimeoutError):
            await self._producer.drop(producer)
            raise

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[RawActivity]) -> None:
        sent = [
            await producer.send(self._topic, each.value, each.lead_id.encode()) for each in records
        ]
        await asyncio.gather(*sent)

    async def close(self) -> None:
        """Disconnect, once no partition works any more."""
        await self._producer.stop()
