"""Reading topics for people: committed records only, from where they ask, to where they ask."""

import asyncio

import pytest
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries import reader
from router.kafka.queries.reader import Span, log_spans, read_spans, read_topic, written_spans
from router.kafka.runtime.step import RetriableError
from router.kafka.topics.topic_names import topics_of

pytestmark = pytest.mark.kafka


@pytest.fixture
def topic(topics_ready):
    return topics_of(topics_ready).assignments


@pytest.fixture
def clients(topics_ready):
    return Clients(topics_ready.kafka)


async def write(clients, topic, values, *, commit=True):
    producer = clients.producer(transactional_id=f"{topic}-test", timeout_ms=5_000)
    await producer.start()
    for value in values:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, value.encode(), partition=1)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()


async def collect(clients, spans, found):
    async for records in read_spans(clients, spans):
        found += records


async def values_of(reading):
    return [record.value.decode() async for record in reading]


async def test_it_reads_what_is_committed_and_ends(clients, topic):
    await write(clients, topic, ["a", "b"])
    await write(clients, topic, ["never"], commit=False)
    assert await values_of(read_topic(clients, topic)) == ["a", "b"]


async def test_it_ends_at_once_when_there_is_nothing(clients, topic):
    assert await values_of(read_topic(clients, topic)) == []


async def test_it_begins_with_the_last_ones(clients, topic):
    await write(clients, topic, [str(n) for n in range(10)])
    assert await values_of(read_topic(clients, topic, last=3)) == ["7", "8", "9"]
    assert await values_of(read_topic(clients, topic, last=0)) == []


async def test_it_follows_what_is_written_from_now_on(clients, topic):
    await write(clients, topic, ["old"])
    reading = read_topic(clients, topic, last=0, follow=True)
    following = asyncio.create_task(anext(reading))
    async with asyncio.timeout(20):
        while not following.done():  # the first may be written before it knows where the log ends
            await write(clients, topic, ["new"])
            await asyncio.wait([following], timeout=0.5)
    record = await following
    await reading.aclose()
    assert record.value == b"new"


async def test_a_transaction_that_stays_open_is_told_and_not_waited_for_without_end(
    clients, topic, monkeypatch
):
    monkeypatch.setattr(reader, "IDLE_S_MAX", 1.0)
    await write(clients, topic, ["a"])
    producer = clients.producer(transactional_id=f"{topic}-open", timeout_ms=20_000)
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(topic, b"undecided", partition=1)
    source = TopicPartition(topic, 1)
    whole = await written_spans(clients, [source])
    found = []
    with pytest.raises(RetriableError, match=f"{topic}-1 could not be read on from offset 2 to 3"):
        await collect(clients, whole, found)
    assert [record.value for record in found] == [b"a"]
    await producer.commit_transaction()
    await producer.stop()
    await collect(clients, {source: Span(2, 3)}, found)
    assert found[-1].value == b"undecided"


async def test_a_topic_that_does_not_exist_is_named(clients, topic):
    with pytest.raises(LeadRouterError, match=f"{topic}-not.*topics apply"):
        await log_spans(clients, [f"{topic}-not"])
