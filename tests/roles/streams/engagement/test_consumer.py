"""Partitions are given away between two batches, with everything committed."""

import asyncio

import pytest
from faust.types import TP

from router.roles.streams.engagement.faust_app import consumer as consumer_module
from router.roles.streams.engagement.faust_app.app import make_app
from router.settings import KafkaSettings, Settings, StreamsSettings

ONE, OTHER = TP("lead-router.lead.activity", 1), TP("lead-router.lead.activity", 2)


@pytest.fixture
async def consumer(tmp_path, monkeypatch):
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"),
        streams=StreamsSettings(store="memory", directory=tmp_path),
    )
    consumer = make_app(settings, loop=asyncio.get_running_loop()).consumer

    async def nothing(*_):
        """What Faust does besides."""

    monkeypatch.setattr(consumer, "_on_partitions_assigned", nothing)
    monkeypatch.setattr(consumer, "_on_partitions_revoked", nothing)
    await consumer.on_partitions_assigned({ONE, OTHER}, 1)
    yield consumer
    consumer._thread.thread_loop.close()


def committable(consumer):
    return {each: consumer._new_offset(each) for each in consumer._filter_tps_with_pending_acks()}


async def test_a_batch_under_way_ends_before_its_partition_is_given_away(consumer):
    await consumer.turn.acquire()
    revoking = asyncio.create_task(consumer.on_partitions_revoked({ONE, OTHER}))
    await asyncio.sleep(0.05)
    assert not revoking.done()
    consumer.reach({ONE: 7})
    assert committable(consumer) == {ONE: 7}
    consumer.turn.release()
    await revoking
    assert committable(consumer) == {}
    assert consumer.partitions_of(ONE.topic) == []


async def test_no_batch_begins_before_partitions_are_assigned_again(consumer):
    await consumer.on_partitions_revoked({ONE, OTHER})
    await consumer.on_partitions_revoked({ONE, OTHER})  # a rebalance that begins anew
    assert consumer.turn.locked()
    await consumer.on_partitions_assigned({OTHER}, 2)
    assert not consumer.turn.locked()
    assert consumer.partitions_of(ONE.topic) == [2]


async def test_a_batch_that_does_not_end_holds_up_nobody_for_ever(consumer, monkeypatch):
    monkeypatch.setattr(consumer_module, "_BATCH_S_MAX", 0.01)
    await consumer.turn.acquire()
    await consumer.on_partitions_revoked({ONE})
    await consumer.on_partitions_assigned({OTHER}, 2)
    assert consumer.turn.locked(), "it is still the batch's"


async def test_what_was_reached_is_committed_whole_or_by_topic(consumer):
    consumer.reach({ONE: 7, OTHER: 3})
    consumer.reach({ONE: 9})
    assert committable(consumer) == {ONE: 9, OTHER: 3}
    assert list(consumer._filter_tps_with_pending_acks({OTHER})) == [OTHER]
    assert list(consumer._filter_tps_with_pending_acks({"another"})) == []
