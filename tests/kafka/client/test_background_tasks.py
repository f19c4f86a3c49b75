"""A background task of aiokafka that dies is noticed; by itself the client would say nothing."""

import asyncio

import pytest
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.structs import TopicPartition

from router.kafka.client.background_tasks import TaskDiedError, check_tasks
from router.kafka.client.clients import Clients
from router.kafka.client.closing import stop_consumer
from router.kafka.topics.topic_names import topics_of

pytestmark = pytest.mark.kafka

WITHIN_S = 20


async def until_it_raises(client):
    async with asyncio.timeout(WITHIN_S):
        while True:
            check_tasks(client)
            await asyncio.sleep(0.05)


def fail_at(client, request_type):
    """An error that aiokafka does not expect, in the middle of one kind of request."""
    send = client.send

    async def failing(node_id, request, **options):
        if isinstance(request, request_type):
            raise KeyError(node_id)
        return await send(node_id, request, **options)

    client.send = failing


@pytest.fixture
async def consumer(topics_ready):
    consumer = Clients(topics_ready.kafka).consumer()
    await consumer.start()
    consumer.assign([TopicPartition(topics_of(topics_ready).leads, 0)])
    consumer.seek(TopicPartition(topics_of(topics_ready).leads, 0), 0)
    yield consumer
    await stop_consumer(consumer)


async def test_a_consumer_at_work_is_well(consumer):
    await consumer.getmany(timeout_ms=300)
    check_tasks(consumer)


async def test_a_fetch_task_that_has_died_is_named(consumer):
    await consumer.getmany(timeout_ms=300)
    fail_at(consumer._client, FetchRequest)
    with pytest.raises(
        TaskDiedError, match=r"fetch_task of aiokafka's Fetcher has died \(KeyError"
    ):
        await until_it_raises(consumer)
    assert await consumer.getmany(timeout_ms=300) == {}, "this is all that aiokafka says"


async def test_metadata_that_nobody_asks_for_any_more_is_noticed(consumer):
    def fails(_):
        raise ValueError

    consumer._client.cluster.update_metadata = fails
    consumer._client.force_metadata_update()
    with pytest.raises(
        TaskDiedError, match=r"sync_task of aiokafka's AIOKafkaClient has died \(ValueError"
    ):
        await until_it_raises(consumer)


async def test_what_the_coordinator_was_refused_is_raised_though_nobody_fetches(topics_ready):
    consumer = Clients(topics_ready.kafka).consumer(group=f"{topics_ready.topics.prefix}some")
    await consumer.start()
    try:
        check_tasks(consumer)
        consumer._coordinator._push_error_to_user(KafkaError("refused")).close()
        with pytest.raises(KafkaError, match="refused"):
            check_tasks(consumer)
    finally:
        await stop_consumer(consumer)
