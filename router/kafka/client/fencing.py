"""A producer that bars every earlier producer of its name, without transactions.

The broker gives a transactional id a higher epoch each time that a producer starts with it, and
stores the epoch with every batch, transactional or not. A partition that holds a batch of epoch 8
refuses one of epoch 7 (error 47), however late it comes and from whichever process. A plain
idempotent producer has an id of its own each time, so that what its predecessor left under way in
the network may still be written behind it.

No transaction is ever begun: readers see no markers, and need not read committed.
"""

from __future__ import annotations

from aiokafka import AIOKafkaProducer

from router.kafka.client.clients import Clients, start_whole


def fencing_producer(clients: Clients, fencing_id: str, timeout_ms: int) -> AIOKafkaProducer:
    """A producer that is to be started with :func:`start_fencing`.

    ``timeout_ms`` is asked for by the protocol and without effect: no transaction is begun.
    """
    return clients.producer(transactional_id=fencing_id, timeout_ms=timeout_ms)


async def start_fencing(producer: AIOKafkaProducer) -> None:
    """Start it: from its first batch in a partition on, that partition refuses earlier producers.

    Raises:
        KafkaError: the broker cannot be reached, or refuses the name.
    """
    await start_whole(producer)
    # Otherwise it would write in transactions only. Its id and epoch stay with it.
    producer._txn_manager.transactional_id = None  # noqa: SLF001 - there is no public way
