"""One producer for all who write beside transactions; one that failed is replaced, once."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from router.intake.sources.admit import RawActivity
from router.kafka.client.clients import Clients
from router.kafka.client.shared_producer import SharedProducer
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.roles.intake.activity_topic import ActivityTopic

pytestmark = pytest.mark.kafka


async def test_all_share_one_and_only_the_one_that_failed_is_replaced(settings):
    shared = SharedProducer(Clients(settings.kafka))
    try:
        first, same = await asyncio.gather(shared.started(), shared.started())
        assert first is same
        await asyncio.gather(shared.drop(first), shared.drop(first))
        second = await shared.started()
        assert second is not first
        await shared.drop(first)
        assert await shared.started() is second
    finally:
        await shared.stop()


async def test_activity_is_written_by_another_producer_after_one_has_failed(topics_ready):
    topic, clients = topics_of(topics_ready).activity, Clients(topics_ready.kafka)
    activity = ActivityTopic(clients, topic)
    try:
        await activity.put([RawActivity("L-1", b"{}")])
        failed = await activity._producer.started()
        with pytest.raises(MessageSizeTooLargeError):
            await activity.put([RawActivity("L-2", b"x" * 2_000_000)])
        await activity.put([RawActivity("L-3", b"{}")])
        assert await activity._producer.started() is not failed
    finally:
        await activity.close()
    keys = {record.key async for record in read_topic(clients, topic)}
    assert keys == {b"L-1", b"L-3"}
