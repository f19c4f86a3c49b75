"""The board reads partitions that are added to its topics while it runs."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiokafka.admin import NewPartitions

from router.board.follower import Follower
from router.kafka.client.clients import Clients
from router.kafka.topics.topic_names import topics_of
from tests.board.api.conftest import eventually

READ_WITHIN_S = 30


@pytest.mark.kafka
async def test_a_rep_in_a_partition_that_was_added_is_known_by_name(topics_ready):
    clients, roster = Clients(topics_ready.kafka), topics_of(topics_ready).roster
    follower, stop = Follower(topics_ready, clients), asyncio.Event()
    running = asyncio.create_task(follower.run(stop))
    producer, admin = clients.plain_producer(), clients.admin()
    await producer.start()
    await admin.start()

    async def knows(rep_id: str) -> bool:
        return follower.state == "live" and rep_id in follower.projection.names

    try:
        await producer.send_and_wait(roster, b'{"name": "Anna"}', b"anna", partition=0)
        await eventually(lambda: knows("anna"), "anna is known")
        began_s = time.monotonic()
        await admin.create_partitions({roster: NewPartitions(5)})
        await _has_grown(producer, roster)
        await producer.send_and_wait(roster, b'{"name": "Ben"}', b"ben", partition=4)
        await eventually(lambda: knows("ben"), "ben is known")
        assert time.monotonic() - began_s < READ_WITHIN_S
        assert follower.projection.names == {"anna": "Anna", "ben": "Ben"}
    finally:
        stop.set()
        await asyncio.gather(running, producer.stop(), admin.close())


async def _has_grown(producer, topic: str) -> None:
    async def has_grown() -> bool:
        await producer.client.force_metadata_update()
        return 4 in await producer.partitions_for(topic)

    await eventually(has_grown, "the topic has grown")
