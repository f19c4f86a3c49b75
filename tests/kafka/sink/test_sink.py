"""The sink runtime on a real broker, with targets of the test's own."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import Clients
from router.kafka.client.closing import stop_consumer, stop_producer
from router.kafka.sink.answer import Answer, Verdict
from router.kafka.sink.gate import Gate
from router.kafka.sink.lanes import WAITING_MAX
from router.kafka.sink.sink import Sink, SinkPlan
from router.kafka.topics.topic_names import topics_of

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

WAIT_S = 40.0


class Notebook:
    """A target that takes everything, some of it slowly; or nothing."""

    def __init__(self, taken, *, hangs=False):
        self.taken = taken
        self.hangs = hangs

    async def deliver(self, record):
        # An earlier record takes longer than a later one, so that only lanes keep them in order.
        await asyncio.sleep(1_000 if self.hangs else 0.001 * (4 - int(record.value) % 4))
        self.taken.append((record.key, record.value))
        return Answer(Verdict.DELIVERED)

    async def settle(self, record, answer):
        pass


class Broken:
    """A target with a defect."""

    async def deliver(self, record):
        raise KeyError(record.offset)


def sink_of(settings, target):
    topic = topics_of(settings).assignments
    plan = SinkPlan("sink", f"{settings.topics.prefix}sink", [topic], 0, [0.05], calls_max=16)
    return Sink(plan, target, Gate("sink", [0.05]), Clients(settings.kafka))


async def write(settings, records):
    producer = Clients(settings.kafka).plain_producer()
    await producer.start()
    try:
        topic = topics_of(settings).assignments
        sent = [await producer.send(topic, value, key=key) for key, value in records]
        await asyncio.gather(*sent)
    finally:
        await stop_producer(producer)


async def until(condition, what):
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, what()
        await asyncio.sleep(0.02)


async def test_what_waits_for_a_destination_stays_in_kafka(topics_ready):
    records = [(b"L%d" % number, b"x" * 100) for number in range(20_000)]
    await write(topics_ready, records)
    sink, stop = sink_of(topics_ready, Notebook([], hangs=True)), asyncio.Event()
    running = asyncio.create_task(sink.run(stop))
    bound = topics_ready.topics.partitions * (WAITING_MAX + 500)
    await until(lambda: sink.waiting >= 4 * WAITING_MAX, lambda: f"{sink.waiting} wait in memory")
    await asyncio.sleep(1)
    assert sink.waiting <= bound
    stop.set()
    began_s = time.monotonic()
    await running
    assert time.monotonic() - began_s < 8, "a destination that hangs holds up nobody's end"


async def test_a_defect_of_a_target_ends_the_sink_and_no_lane_in_silence(
    topics_ready,
):
    await write(topics_ready, [(b"L1", b"1")])
    sink = sink_of(topics_ready, Broken())
    with pytest.raises(KeyError):
        await asyncio.wait_for(sink.run(asyncio.Event()), WAIT_S)


async def test_a_sink_that_stops_leaves_no_search_for_a_position_behind(topics_ready, monkeypatch):
    async def for_ever(_sink, _source):
        await asyncio.sleep(1_000)

    monkeypatch.setattr(Sink, "_open", for_ever)
    sink, stop = sink_of(topics_ready, Notebook([])), asyncio.Event()
    running = asyncio.create_task(sink.run(stop))
    await until(lambda: "positions" in str(sink.awaits), lambda: sink.awaits)
    stop.set()
    await running
    searches = [each for each in asyncio.all_tasks() if "for_ever" in repr(each.get_coro())]
    assert searches == []


async def test_a_position_that_its_topic_does_not_hold_is_told_as_such(topics_ready):
    await write(topics_ready, [(b"L1", b"1")])
    sink, stop = sink_of(topics_ready, Notebook([])), asyncio.Event()
    await commit(topics_ready, f"{topics_ready.topics.prefix}sink", 1_000)
    running = asyncio.create_task(sink.run(stop))
    await until(lambda: "does not hold" in str(sink.awaits), lambda: sink.awaits)
    stop.set()
    await running


async def commit(settings, group, offset):
    consumer = Clients(settings.kafka).consumer(group=group)
    await consumer.start()
    try:
        topic = topics_of(settings).assignments
        sources = [TopicPartition(topic, n) for n in range(settings.topics.partitions)]
        consumer.assign(sources)
        await consumer.commit(dict.fromkeys(sources, offset))
    finally:
        await stop_consumer(consumer)


async def test_partitions_move_while_records_flow_and_nothing_is_lost_or_out_of_order(topics_ready):
    records = [(b"L%d" % (n % 50), b"%d" % (n // 50)) for n in range(3_000)]
    taken, sinks = [], []

    async def start():
        stop = asyncio.Event()
        sink = sink_of(topics_ready, Notebook(taken))
        sinks.append((asyncio.create_task(sink.run(stop)), stop))

    await start()
    await write(topics_ready, records)
    await until(lambda: len(taken) > 300, lambda: f"{len(taken)} taken")
    await start()  # half of the partitions move
    await until(lambda: len(taken) > 1_200, lambda: f"{len(taken)} taken")
    first, stop = sinks[0]
    stop.set()  # and back
    await first
    await until(lambda: len(set(taken)) == 3_000, lambda: f"{len(set(taken))} of 3,000")
    sinks[1][1].set()
    await sinks[1][0]
    firsts = dict.fromkeys(taken)
    for lead in range(50):
        key = b"L%d" % lead
        assert [int(value) for each, value in firsts if each == key] == list(range(60))
