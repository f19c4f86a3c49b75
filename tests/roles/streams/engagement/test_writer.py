"""The writer of a partition: it bars its predecessors, and only while the group says it may."""

import asyncio

import pytest
from aiokafka.errors import KafkaError, ProducerClosed, ProducerFenced
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.runtime.write_buffer import NO_HEADERS, Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.roles.streams.engagement import writer as writer_module
from router.roles.streams.engagement.writer import Writer, Writers, Written

pytestmark = pytest.mark.kafka


async def yes():
    return True


async def no():
    return False


class Desk:
    """Writers of one partition, and what they have written."""

    def __init__(self, settings):
        self.topic = topics_of(settings).engagement_table
        self.target = TopicPartition(self.topic, 1)
        self.fencing_id = f"{settings.topics.prefix}streams-1"
        self.clients = Clients(settings.kafka)
        self.writers = []

    def writer(self, is_member=yes):
        self.writers.append(Writer(self.clients, self.fencing_id, is_member))
        return self.writers[-1]

    def outbox(self, *values):
        outbox = Outbox({self.topic: TopicShape(4)}, is_transactional=False)
        outbox.at(self.target).extend((b"L-1", value, NO_HEADERS) for value in values)
        return outbox

    async def written(self):
        return [record.value async for record in read_topic(self.clients, self.topic)]


@pytest.fixture
async def desk(topics_ready):
    desk = Desk(topics_ready)
    yield desk
    await asyncio.gather(*(writer.close() for writer in desk.writers))


async def test_it_says_where_records_lie_and_leaves_no_markers_between_them(desk):
    writer = desk.writer()
    assert await writer.send(desk.outbox(b"1", b"2")) == {desk.target: Written(0, 1)}
    assert await writer.send(desk.outbox(b"3")) == {desk.target: Written(2, 2)}


async def test_a_later_writer_bars_an_earlier_one_from_its_first_record_on(desk):
    earlier, later = desk.writer(), desk.writer()
    await earlier.send(desk.outbox(b"1"))
    await later.send(desk.outbox(b"2"))
    with pytest.raises(ProducerFenced):
        await earlier.send(desk.outbox(b"late"))
    assert await desk.written() == [b"1", b"2"]


async def test_one_that_the_group_does_not_confirm_writes_nothing_and_bars_nobody(desk):
    owner, zombie = desk.writer(), desk.writer(is_member=no)
    await owner.send(desk.outbox(b"1"))
    assert await zombie.send(desk.outbox(b"zombie's")) is None
    assert await zombie.send(desk.outbox(b"zombie's")) is None, "it asks each time"
    await owner.send(desk.outbox(b"2"))
    assert await desk.written() == [b"1", b"2"]


async def test_one_whose_group_cannot_be_asked_has_not_been_confirmed(desk):
    answers = [KafkaError("no coordinator"), False]

    async def is_member():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    writer = desk.writer(is_member)
    with pytest.raises(KafkaError, match="no coordinator"):
        await writer.send(desk.outbox(b"1"))
    assert await writer.send(desk.outbox(b"1")) is None
    assert await desk.written() == []


async def test_a_producer_is_replaced_while_the_broker_remembers_its_epoch(desk, monkeypatch):
    writer = desk.writer()
    await writer.send(desk.outbox(b"1"))
    before = writer._producer
    await writer.send(desk.outbox(b"2"))
    assert writer._producer is before
    monkeypatch.setattr(writer_module, "_EPOCH_S_MAX", 0.0)
    await writer.send(desk.outbox(b"3"))
    assert writer._producer is not before
    assert await desk.written() == [b"1", b"2", b"3"]


async def test_writers_of_an_earlier_generation_are_stopped(desk):
    writers = Writers(desk.clients, "group")
    await writers.turn_to(1)
    first = writers.of(1, yes)
    assert writers.of(1, yes) is first
    await writers.turn_to(2)
    assert writers.of(1, yes) is not first
    with pytest.raises(ProducerClosed):
        await first.send(desk.outbox(b"1"))
    await writers.close()
    with pytest.raises(ProducerClosed):
        writers.of(1, yes)
