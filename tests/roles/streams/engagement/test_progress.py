"""Nothing is left out, whatever Faust makes of its offsets."""

import asyncio
from types import SimpleNamespace

import faust
import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from router.kafka.client.murmur2 import partitions_of
from router.kafka.topics.topic_metadata import TopicShape
from router.roles.streams.engagement.codec import place_in
from router.roles.streams.engagement.faust_app import agent
from router.roles.streams.engagement.faust_app.app import engagement_table, make_app
from router.roles.streams.engagement.faust_app.log import ActivityLog
from router.roles.streams.engagement.faust_app.progress import (
    is_gapless,
    progress_key,
    progress_row,
    read_progress,
    start_of,
    unknown,
)
from router.roles.streams.engagement.history import Place
from router.roles.streams.engagement.writer import Written
from router.settings import Settings, StreamsSettings
from tests.roles.streams.engagement.conftest import activity

LOG_MS = 2_000
"""Later than any record of these tests."""

CHANGELOG = TopicPartition("lead-router.streams.engagement", 2)
offsets = st.lists(st.integers(0, 60), min_size=1, unique=True).map(sorted)


def records_at(*places):
    return [SimpleNamespace(partition=2, offset=each, timestamp=1_000 + each) for each in places]


@given(offsets, st.integers(0, 61))
def test_a_batch_is_gapless_when_it_holds_all_from_where_the_table_stands(places, next_offset):
    missing = set(range(next_offset, places[-1] + 1)) - set(places)
    inner = set(range(places[0], places[-1] + 1)) - set(places)
    progress = Place(LOG_MS, next_offset)
    assert is_gapless(progress, records_at(*places)) == (not missing and not inner)


def test_without_a_row_of_its_own_nothing_is_known_of_a_partition():
    assert not is_gapless(None, records_at(0, 1))


def test_progress_goes_to_the_last_record_and_never_back():
    key, value = progress_row(None, records_at(3, 4))
    assert (key, place_in(value)) == (progress_key(2), (1_004, 5))
    assert place_in(progress_row(Place(LOG_MS, 9), records_at(3, 4))[1]) == (LOG_MS, 9)


def test_a_log_that_was_made_anew_is_read_from_its_beginning():
    progress = Place(1_000, 9)  # of the log before: these records are later
    assert not is_gapless(progress, records_at(3, 4))
    assert start_of(progress, records_at(3)[0]) is None
    assert place_in(progress_row(progress, records_at(3, 4))[1]) == (1_004, 5)


def test_the_latest_time_of_a_batch_counts_though_a_new_leaders_clock_is_behind():
    records = [SimpleNamespace(partition=2, offset=n, timestamp=t) for n, t in enumerate((9, 7))]
    assert place_in(progress_row(None, records)[1]) == (9, 2)


def test_what_is_in_the_table_is_not_worked_on_again():
    progress = Place(LOG_MS, 5)
    assert [each.offset for each in unknown(progress, records_at(3, 4, 5, 6))] == [5, 6]
    assert unknown(Place(1_000, 9), records_at(3)) == records_at(3), "of a log made anew"
    assert unknown(None, records_at(3)) == records_at(3)


@pytest.fixture
async def store(tmp_path):
    settings = Settings(streams=StreamsSettings(store="rocksdb", directory=tmp_path))
    app = make_app(settings, loop=asyncio.get_running_loop())
    return app.tables.add(engagement_table(app, settings, TopicShape(4))).data


async def test_the_store_knows_how_far_a_partition_of_the_log_goes(store):
    assert read_progress(store, 2) is None
    store.write_rows(CHANGELOG, [progress_row(None, records_at(7))], Written(0, 0))
    assert read_progress(store, 2) == (1_007, 8)


async def test_rows_that_others_wrote_in_between_are_restored_at_the_next_start(store):
    rows = [progress_row(None, records_at(7)), (b"main\0L-1", progress_row(None, records_at(7))[1])]
    store.write_rows(CHANGELOG, rows, Written(0, 1))
    assert store.persisted_offset(CHANGELOG) == 1
    store.write_rows(CHANGELOG, rows, Written(4, 5))  # 2 and 3 are another worker's
    assert store.persisted_offset(CHANGELOG) == 1
    store.write_rows(CHANGELOG, rows, Written(2, 9))  # others' rows lie among ours
    assert store.persisted_offset(CHANGELOG) == 1


@pytest.mark.kafka
@pytest.mark.parametrize("has_begun", [True, False], ids=["behind the table", "before it began"])
async def test_what_was_committed_past_is_counted_all_the_same(marketing, has_begun):
    await marketing.publish_policy()
    expected_milli = 59_000
    if has_begun:
        marketing.run("streams")
        await marketing.act("L-1", "webinar", "a-0")
        await marketing.until(lambda: marketing.engagement_of("L-1"), "the first points")
        await marketing.stop_all()
        expected_milli = 79_000
    for number in (1, 2):
        await marketing.act("L-1", "webinar", f"a-{number}")
    await commit_to_the_end(marketing, "L-1")
    marketing.run("streams")
    await marketing.act("L-1", "webinar", "a-3")

    async def all_counted():
        found = await marketing.engagement_of("L-1")
        return bool(found) and found[-1]["points_milli"] > expected_milli

    await marketing.until(all_counted, "the points of every activity")
    [*_, last] = await marketing.engagement_of("L-1")
    assert last["points_milli"] < expected_milli + 1_001, "none has been counted twice"


@pytest.mark.kafka
async def test_what_faust_throws_away_is_read_again_and_then_committed(
    marketing, group, monkeypatch
):
    thrown_away = throw_away(monkeypatch, range(1, 4))
    await marketing.publish_policy()
    marketing.run("streams")
    await marketing.act("L-1", "webinar", "a-0")
    await marketing.until(lambda: everything_is_committed(group), "the commit of the first")
    for number in (1, 2, 3, 4):
        await marketing.act("L-1", "webinar", f"a-{number}")

    async def all_counted():
        return (await marketing.engagement_of("L-1"))[-1]["points_milli"] > 99_000

    await marketing.until(all_counted, "the points of every activity")
    assert [event.message.offset for event in thrown_away] == [1, 2, 3]
    await marketing.until(lambda: everything_is_committed(group), "the commit of everything")


@pytest.mark.kafka
async def test_the_last_records_of_all_are_read_again_though_nothing_comes_behind_them(
    marketing, group, monkeypatch
):
    thrown_away = throw_away(monkeypatch, range(1, 4))
    await marketing.publish_policy()
    marketing.run("streams")
    for number in range(4):
        await marketing.act("L-1", "webinar", f"a-{number}")

    async def all_counted():
        found = await marketing.engagement_of("L-1")
        return found and found[-1]["points_milli"] > 79_000

    await marketing.until(all_counted, "the points of every activity")
    assert [event.message.offset for event in thrown_away] == [1, 2, 3]
    await marketing.until(lambda: everything_is_committed(group), "the commit of everything")


def throw_away(monkeypatch, offsets):
    """Lose events, as Faust does around a rebalance; returns the list of those lost."""
    thrown_away = []
    gathered = agent._gathered

    async def losing(queue):
        events = await gathered(queue)
        thrown_away.extend(event for event in events if event.message.offset in offsets)
        return [event for event in events if event not in thrown_away]

    monkeypatch.setattr(agent, "_gathered", losing)
    return thrown_away


async def everything_is_committed(group):
    done, written = await group.done()
    return done == written


async def commit_to_the_end(marketing, lead_id):
    """As Faust does when it takes what it has thrown away for a hole in the log."""
    [partition] = partitions_of([lead_id.encode()], 4)
    source = TopicPartition(marketing.topics.activity, partition)
    consumer = marketing.clients.consumer(group=f"{marketing.settings.topics.prefix}streams")
    await consumer.start()
    try:
        consumer.assign([source])
        ends = await consumer.end_offsets([source])
        await consumer.commit({source: ends[source]})
    finally:
        await consumer.stop()


@pytest.mark.kafka
async def test_nothing_is_worked_on_before_the_table_is_restored(marketing, tmp_path, monkeypatch):
    await marketing.publish_policy()
    for number in range(60):
        await marketing.act("L-1", "webinar", f"a-{number}")
    marketing.run("streams")
    await marketing.until(lambda: points_of(marketing, "L-1", 1_190_000), "the points of all")
    await marketing.stop_all()
    (tmp_path / "tables").rename(tmp_path / "lost")
    await forget_activity(marketing)

    async def slowly(_table, _event):  # longer than two looks at the log
        await asyncio.sleep(2.0)

    monkeypatch.setattr(faust.Table, "on_changelog_event", slowly)
    await marketing.act("L-1", "webinar", "another")
    marketing.run("streams")
    await marketing.until(lambda: points_of(marketing, "L-1", 1_210_000), "the points of one more")
    [*_, last] = await marketing.engagement_of("L-1")
    assert last["points_milli"] <= 1_220_000, "none has been counted twice"


async def points_of(marketing, lead_id, at_least_milli):
    found = await marketing.engagement_of(lead_id)
    return bool(found) and found[-1]["points_milli"] >= at_least_milli


async def forget_activity(marketing):
    """As retention does: what is in the table only is not to be had again."""
    consumer, admin = marketing.clients.consumer(), marketing.clients.admin()
    sources = [TopicPartition(marketing.topics.activity, number) for number in range(4)]
    await admin.start()
    try:
        async with consumer:
            ends = await consumer.end_offsets(sources)
        await admin.delete_records(
            {source: RecordsToDelete(before_offset=end) for source, end in ends.items() if end}
        )
    finally:
        await admin.close()


@pytest.mark.kafka
async def test_activity_from_transactions_costs_a_reading_a_batch_and_not_one_a_marker(
    marketing, group, monkeypatch
):
    readings = []
    read = ActivityLog.read

    def counted(self, *arguments):
        readings.append(arguments)
        return read(self, *arguments)

    monkeypatch.setattr(ActivityLog, "read", counted)
    await marketing.publish_policy()
    async with marketing.clients.producer(transactional_id="marketing", timeout_ms=9_000) as sender:
        for number in range(100):
            key, value = activity("L-1", "webinar", f"a-{number}")
            async with sender.transaction():
                await sender.send(marketing.topics.activity, value, key)
    marketing.run("streams")
    await marketing.until(lambda: points_of(marketing, "L-1", 1_990_000), "the points of all")
    assert 0 < len(readings) < 20
