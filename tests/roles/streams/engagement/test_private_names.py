"""What we touch of Faust's and mode's insides is there in the versions that are installed."""

import asyncio

import pytest

from router.kafka.topics.topic_metadata import TopicShape
from router.roles.streams.engagement.faust_app import private_names
from router.roles.streams.engagement.faust_app.app import engagement_table, make_app
from router.roles.streams.engagement.faust_app.private_names import ON_CLASSES, OVERRIDDEN
from router.settings import KafkaSettings, Settings, StreamsSettings


@pytest.mark.parametrize("names", [OVERRIDDEN, ON_CLASSES], ids=["overridden", "used"])
def test_every_private_name_is_there(names):
    gone = [
        f"{owner.__qualname__}.{name}"
        for owner, of_owner in names.items()
        for name in of_owner
        if not hasattr(owner, name)
    ]
    assert gone == []


@pytest.fixture
async def app_and_table(tmp_path):
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"),
        streams=StreamsSettings(directory=tmp_path),
    )
    app = make_app(settings, loop=asyncio.get_running_loop())
    table = app.tables.add(engagement_table(app, settings, TopicShape(4)))
    yield app, table
    app.consumer._thread.thread_loop.close()


async def test_those_that_objects_have_are_there_too(app_and_table):
    app, table = app_and_table
    assert private_names.kafka_consumer(app.consumer) is None, "not started"
    assert not private_names.thread_loop(app.consumer).is_running()
    assert private_names.take_rocksdb(table.data, 2) is None
    opened = private_names.rocksdb_of(table.data, 2)
    assert private_names.take_rocksdbs(table.data) == [opened]
    private_names.use_recovery(app, "ours")
    assert app.tables.recovery == "ours"
    private_names.crash(app, ValueError("why"))
    await asyncio.wait_for(private_names.until_crashed(app), 1)
    assert str(app.crash_reason) == "why"


async def test_the_store_in_memory_is_told_of_its_partitions(tmp_path):
    settings = Settings(streams=StreamsSettings(store="memory", directory=tmp_path))
    app = make_app(settings, loop=asyncio.get_running_loop())
    table = app.tables.add(engagement_table(app, settings, TopicShape(4)))
    private_names.note_partition(table.data, {b"key": 3})
    assert table.data._key_partition == {b"key": 3}
