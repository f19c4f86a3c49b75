"""Partitions added to lead.activity while it runs are not left unread in silence."""

import shutil

import pytest
from aiokafka.admin import NewPartitions

from router.kafka.topics.topic_admin import TopicAdmin
from tests.roles.streams.engagement.test_storage import awaited, points

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]


async def test_added_partitions_are_told_with_what_to_do_and_that_mends_it(marketing, tmp_path):
    await marketing.publish_policy()
    await marketing.act("L-1", "webinar", "a-1")
    _, _, awaits = marketing.run_streams()
    await points(marketing, "L-1", 20)
    topics = marketing.topics
    admin = marketing.clients.admin()
    await admin.start()
    try:
        await admin.create_partitions({topics.activity: NewPartitions(6)})
        await awaited(marketing, awaits, f"{topics.activity} has 6 partitions and")
        assert (
            f"delete the topic {topics.engagement_table} and the directory {tmp_path}" in awaits()
        )
        await admin.delete_topics([topics.engagement_table])
    finally:
        await admin.close()
    shutil.rmtree(tmp_path / "tables")
    async with TopicAdmin.connected(marketing.settings) as topic_admin:
        applied = await topic_admin.apply()
        assert (applied.created, applied.left) == ((topics.engagement_table,), ())
    producer = marketing.producer
    await producer.client.force_metadata_update()
    await marketing.act("L-1", "webinar", "a-2")
    await points(marketing, "L-1", 40)
    assert {r.partition for r in await marketing.read(topics.engagement_table)} <= set(range(6))
