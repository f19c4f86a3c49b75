"""Input topics from the command line: what they hold by key, and putting records there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from aiokafka.errors import KafkaError

from router.kafka.client.clients import Clients
from router.kafka.client.reach import in_words
from router.kafka.rights.right import Operation
from router.kafka.topics.topic_metadata import read_shapes
from router.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiokafka import AIOKafkaProducer

Headers = Sequence[tuple[str, bytes]]


class Outgoing(NamedTuple):
    """A record to put; without a value it removes what the key names."""

    key: str
    value: bytes | None
    headers: Headers = ()


@contextmanager
def broker_errors(
    settings: Settings, doing: str, operation: Operation = Operation.READ
) -> Iterator[None]:
    """Turn the broker's errors into one line that says what was being done.

    ``operation`` is the right that it takes; not inside an event loop.

    Raises:
        LeadRouterError: instead of any error of the Kafka client.
    """
    try:
        yield
    except KafkaError as error:
        raise asyncio.run(in_words(error, settings.kafka, doing, operation)) from error


class Publisher:
    """Puts records into one topic and waits until the broker has them."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    @classmethod
    @asynccontextmanager
    async def started(cls, clients: Clients, topic: str) -> AsyncIterator[Publisher]:
        """Connect for the time of an ``async with`` block.

        Raises:
            LeadRouterError: the topic does not exist.
        """
        await read_shapes(clients, [topic], needed=Operation.WRITE)
        producer = clients.plain_producer()
        await producer.start()
        try:
            yield cls(producer, topic)
        finally:
            await producer.stop()

    async def put(self, records: Sequence[Outgoing]) -> None:
        """Send ``records`` in their order; all are acknowledged when this returns."""
        sent = [
            await self._producer.send(
                self._topic, record.value, record.key.encode(), headers=list(record.headers)
            )
            for record in records
        ]
        await asyncio.gather(*sent)
