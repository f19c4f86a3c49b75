"""What is known of leads' activity goes along to another prefix, and of one sales org alone."""

import pytest

from router.kafka.client.clients import Clients
from router.kafka.client.murmur2 import partitions_of
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.offline.inbox_copy import moved_settings
from router.offline.table_copy import copy_engagement
from router.roles.streams.engagement.codec import decode_history, encode_history
from router.roles.streams.engagement.faust_app.progress import progress_key
from router.roles.streams.engagement.history import DAY_MS, Bounds, History

pytestmark = pytest.mark.kafka

NOW_MS = 1_800_000_000_000


def history(number):
    found = History(next_offset=1_000 + number, log_ms=NOW_MS)
    found.add(NOW_MS - DAY_MS, number, "webinar", 1_000, Bounds(8, 30 * DAY_MS))
    return found


async def test_rows_go_along_without_their_offsets(settings, create_topics):
    settings = settings.model_copy(update={"sales_orgs": ["main", "west"]})
    target = moved_settings(settings, f"{settings.topics.prefix}2.", "west")
    await create_topics(settings)
    await create_topics(target)
    clients = Clients(settings.kafka)
    source = topics_of(settings).engagement_table
    async with clients.plain_producer() as producer:
        for number, key in enumerate([b"main\0L-1", b"west\0L-2", b"west\0L-3", progress_key(2)]):
            await producer.send_and_wait(source, encode_history(history(number)), key, partition=2)
        assert await copy_engagement(clients, producer, settings, target) == 2
    found = [each async for each in read_topic(clients, topics_of(target).engagement_table)]
    assert {each.key: each.partition for each in found} == {
        f"west\0{lead_id}".encode(): partitions_of([lead_id.encode()], target.topics.partitions)[0]
        for lead_id in ("L-2", "L-3")
    }
    [row] = [decode_history(each.value) for each in found if each.key == b"west\0L-2"]
    assert (row.next_offset, row.log_ms) == (0, NOW_MS)
    assert row.singles == history(1).singles
