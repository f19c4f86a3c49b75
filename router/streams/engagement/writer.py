"""Writing without transactions: every batch is awaited, and what the broker refuses is an error."""

from __future__ import annotations

from typing import NamedTuple

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.batches import send_batches, stop_producer
from router.kafka.clients import Clients, start_whole
from router.kafka.outbox import Outbox


class Written(NamedTuple):
    """Where records lie; those of others may lie among them."""

    first_offset: int
    last_offset: int


class Writer:
    """One idempotent producer: no record twice and none out of order while it lives."""

    def __init__(self, clients: Clients) -> None:
        """Not yet connected; see :meth:`start`."""
        self._producer = clients.plain_producer()

    async def start(self) -> None:
        """Connect.

        Raises:
            LeadRouterError: the broker cannot be reached.
        """
        try:
            await start_whole(self._producer)
        except KafkaError as error:
            raise LeadRouterError(
                f"the broker cannot be reached ({type(error).__name__}): see that it runs and that"
                " LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS is right, with `lead-router doctor`"
            ) from error

    async def send(self, outbox: Outbox) -> dict[TopicPartition, Written]:
        """Send everything; returns where it lies in each partition.

        Raises:
            KafkaError: something was not written, or nobody knows; all of it may be sent again.
        """
        written: dict[TopicPartition, Written] = {}
        for target, record_count, answer in await send_batches(self._producer, outbox):
            first = answer.result().offset
            before = written.get(target, Written(first, first))
            written[target] = Written(before.first_offset, first + record_count - 1)
        return written

    async def stop(self) -> None:
        """Close the connection; within a bound, because the broker may be away."""
        await stop_producer(self._producer)
