"""What the streams role writes and what comes late: no older row lands behind a newer one."""

import asyncio
import json
import os
import random
import time
from datetime import datetime
from itertools import islice

import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.partitioner import murmur2
from aiokafka.structs import TopicPartition

from router.kafka.queries.lags import committed_offsets
from router.kafka.queries.reader import log_spans, read_topic, written_spans
from router.kafka.topics.topic_admin import TopicAdmin
from router.roles.streams.engagement import writer as writer_module
from router.roles.streams.engagement.codec import place_in
from router.settings import KafkaSettings, Settings
from tests.bench.activities import activities
from tests.bench.recount import recount
from tests.network.frames import Api
from tests.network.holds import write
from tests.roles.streams.engagement.conftest import Marketing
from tests.roles.streams.engagement.test_on_kafka import LINES, STEP_POINTS, lead_value

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

GIVES_UP_S = 1.0
WITHIN_S = 40.0


class Proxied(Marketing):
    """Marketing writes to the brokers directly, the role reaches them by proxies."""

    def __init__(self, settings, network):
        super().__init__(settings)
        self.network = network
        kafka = settings.kafka.model_copy(
            update={"bootstrap_servers": network.cluster.proxied_servers}
        )
        self.directly, self.proxied = settings, settings.model_copy(update={"kafka": kafka})

    def start(self):
        """Run the role behind the proxies."""
        self.settings = self.proxied
        try:
            self.streams = self.run("streams")
        finally:
            self.settings = self.directly

    async def stop_streams(self):
        """Stop the role that was started last."""
        task, stop, _ = self.streams
        stop.set()
        await asyncio.wait_for(task, WITHIN_S)
        self.forget(task)

    async def is_done(self):
        """Whether all activity is in the table, what was moved included."""
        source = self.topics.activity
        ends = await written_spans(
            self.clients, [TopicPartition(source, number) for number in range(PARTITIONS)]
        )
        done = await committed_offsets(self.clients, f"{self.settings.topics.prefix}streams")
        return all(done.get(each, 0) >= (span.end or 0) for each, span in ends.items())

    def hold(self, topic):
        """Catch the role's next write to ``topic``."""
        return self.network.hold(write(Api.PRODUCE, topic=topic))

    async def points(self, lead_id, at_least):
        async def found():
            values = [each["points_milli"] for each in await self.engagement_of(lead_id)]
            return bool(values) and max(values) >= 1_000 * at_least - 500

        await self.until(found, f"{at_least} points of {lead_id}")


@pytest.fixture
def brokers(lone_broker):
    """One broker is enough: nothing here depends on several."""
    return lone_broker


PARTITIONS = 2


@pytest.fixture
async def past_proxies(brokers, topic_prefix):
    """Settings by which clients reach the broker directly; of two partitions, to move some."""
    topics = brokers.topic_settings(topic_prefix, partitions=PARTITIONS, inbox_partitions=1)
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=brokers.bootstrap_servers, session_timeout_ms=6_000),
        topics=topics,
    )
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    await brokers.wait_until_whole()
    return settings


@pytest.fixture
async def marketing(past_proxies, network, tmp_path, monkeypatch):
    monkeypatch.setattr(writer_module, "_SEND_S_MAX", GIVES_UP_S)
    streams = past_proxies.streams.model_copy(update={"directory": tmp_path / "tables"})
    board = past_proxies.board.model_copy(update={"enabled": False})
    marketing = Proxied(
        past_proxies.model_copy(update={"streams": streams, "board": board}), network
    )
    await marketing.producer.start()
    await marketing.publish_policy()
    yield marketing
    await marketing.close()


async def older_behind_newer(marketing):
    """Keys whose last row, the one that compaction keeps, is not the one that goes furthest."""
    wrong = []
    furthest, last = {}, {}
    async for record in read_topic(marketing.clients, marketing.topics.engagement_table):
        place = place_in(record.value)
        furthest[record.key] = max(place, furthest.get(record.key, place))
        last[record.key] = place
    wrong += [key for key, place in last.items() if place != furthest[key]]
    furthest, last = {}, {}
    async for record in read_topic(marketing.clients, marketing.topics.engagement):
        offset = dict(record.headers)["activity_offset"]
        place = (json.loads(record.value)["occurred_at"], int(offset.rpartition(b":")[2]))
        furthest[record.key] = max(place, furthest.get(record.key, place))
        last[record.key] = place
    return wrong + [key for key, place in last.items() if place != furthest[key]]


async def wrong_values(marketing):
    found = await recount(
        marketing.settings.kafka.bootstrap_servers,
        marketing.topics.activity,
        marketing.topics.engagement,
        LINES,
        STEP_POINTS,
        partitions=PARTITIONS,
    )
    return found.wrong


async def write_wave(marketing, made, chosen):
    """Activity, some in the wrong partition and some that nobody can understand."""
    futures = []
    for each in islice(made, 120):
        place = (murmur2(each.key) & 0x7FFFFFFF) % PARTITIONS
        value = b"{" if chosen.random() < 0.05 else each.value
        place = 1 - place if chosen.random() < 0.1 else place
        futures.append(
            await marketing.producer.send(marketing.topics.activity, value, each.key, place)
        )
    await asyncio.gather(*futures)


async def compact(marketing):
    """Leave in the changelog what compaction leaves: the last row of each key."""
    topic = marketing.topics.engagement_table
    last = {record.key: record for record in await marketing.read(topic)}
    spans = await log_spans(marketing.clients, [topic])
    admin = marketing.clients.admin()
    await admin.start()
    try:
        deletable = ConfigResource(ConfigResourceType.TOPIC, topic, {"cleanup.policy": "delete"})
        await admin.alter_configs([deletable])
        await admin.delete_records(
            {source: RecordsToDelete(before_offset=span.end) for source, span in spans.items()}
        )
    finally:
        await admin.close()
    for record in last.values():
        await marketing.send(topic, [(record.key, record.value)], record.partition)


async def wrong_scores(marketing):
    """Leads whose score in their first decision is not by the engagement published last."""
    published = {
        record.key.decode(): json.loads(record.value)
        for record in await marketing.read(marketing.topics.engagement)
    }

    async def admitted():
        found = {}
        for record in await marketing.read(marketing.topics.inbox):
            event = json.loads(record.value)
            if event["kind"] == "engagement":
                found[event["lead_id"]] = event["points_milli"]
        return found == {lead: body["points_milli"] for lead, body in published.items()}

    await marketing.until(admitted, "all engagement in the inbox")
    await marketing.send(
        marketing.topics.leads, [(lead.encode(), lead_value(lead)) for lead in published]
    )

    async def decided():
        found = {}
        for record in await marketing.read(marketing.topics.assignments):
            found.setdefault(record.key.decode(), json.loads(record.value))
        return found if len(found) == len(published) else None

    wrong = []
    for lead, decision in (await marketing.until(decided, "decisions")).items():
        body = published[lead]
        age_ms = to_ms(decision["decided_at"]) - to_ms(body["occurred_at"])
        expected = body["points_milli"] / 1_000 * 2.0 ** (-age_ms / body["half_life_ms"])
        if abs(decision["score"]["engagement"] - expected) > 1.0:
            wrong.append((lead, decision["score"], expected))
    return wrong


def to_ms(text):
    return 1_000 * datetime.fromisoformat(text).timestamp()


WRITTEN = ["lead.engagement", "streams.engagement"]
WRITES = [*WRITTEN, "dead-letters", "lead.activity"]
LEADS = 40
FAULTS = 4
SEEDS = [int(seed) for seed in os.environ.get("STREAMS_SEEDS", "2").split(",")]
"""More on demand: STREAMS_SEEDS=1,2,3,4,5."""


async def test_a_write_that_was_sent_again_by_the_same_writer_changes_nothing(marketing):
    await begin(marketing)
    count = 1
    for topic in WRITTEN:
        late = marketing.hold(topic)
        await act(marketing, count := count + 1, until_counted=False)
        await late.caught()
        late.cut()
        for _ in range(8):  # more than the five batches that the broker knows again
            await act(marketing, count := count + 1)
        assert await late.deliver() == ("OutOfOrderSequenceNumber",)
        late.check_came_late()
    await check(marketing)


async def test_a_write_of_a_writer_that_was_replaced_is_refused(marketing):
    await begin(marketing)
    count = 1
    for topic in WRITTEN:
        late = marketing.hold(topic)
        await act(marketing, count := count + 1, until_counted=False)
        await late.caught()  # the writer gives up, another does the batch again
        await act(marketing, count := count + 1)
        await act(marketing, count := count + 1)
        assert await late.deliver() == ("InvalidProducerEpoch",)
        assert sum(marketing.network.journal.late_answers().values()) == 1 + WRITTEN.index(topic)
    await check(marketing)


async def test_a_write_of_a_role_that_has_ended_is_refused(marketing):
    await begin(marketing)
    count = 1
    for topic in WRITTEN:
        late = marketing.hold(topic)
        await act(marketing, count := count + 1, until_counted=False)
        await late.caught()
        await marketing.stop_streams()
        marketing.start()
        await act(marketing, count := count + 1)
        await act(marketing, count := count + 1)
        assert await late.deliver() == ("InvalidProducerEpoch",)
        assert sum(marketing.network.journal.late_answers().values()) == 1 + WRITTEN.index(topic)
    await check(marketing)


async def begin(marketing):
    """The role at work, and the first activity counted."""
    marketing.start()
    await act(marketing, 1)


async def act(marketing, count, *, until_counted=True):
    """The lead's activity number ``count``, of 20 points."""
    await marketing.act("L-1", "webinar", f"a-{count}")
    if until_counted:
        await marketing.points("L-1", 20 * count)


async def check(marketing):
    """No older row lies behind a newer one, and all is as it is counted again."""
    assert await older_behind_newer(marketing) == []
    assert await wrong_values(marketing) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_faults_by_chance_a_compaction_and_a_restore_give_what_is_counted_again(
    marketing, tmp_path, seed
):
    chosen = random.Random(seed)
    await marketing.hire()
    marketing.run("intake", "route")
    marketing.start()
    made = activities(3_000, LEADS, int(time.time() * 1_000), seed=seed)
    held = []
    for _ in range(FAULTS):
        held.append(await strike(marketing, made, chosen))
        if chosen.random() < 0.7:
            await marketing.until(marketing.is_done, "everything counted")
            await held.pop().deliver()
    await marketing.until(marketing.is_done, "everything counted")
    for hold in held:
        await hold.deliver()
    late = marketing.network.journal.late_answers()
    print(f"seed {seed}, delivered late: {dict(late)}")
    assert sum(late.values()) == FAULTS
    assert await older_behind_newer(marketing) == []
    await marketing.stop_streams()
    await compact(marketing)
    (tmp_path / "tables").rename(tmp_path / "lost")
    marketing.start()
    await write_wave(marketing, made, chosen)
    await marketing.until(marketing.is_done, "everything counted")
    await check(marketing)
    assert await wrong_scores(marketing) == []


async def strike(marketing, made, chosen):
    """Hold one of the role's writes while it goes on; returns the hold."""
    hold = marketing.hold(chosen.choice(WRITES))
    await write_wave(marketing, made, chosen)
    await hold.caught()
    fault = chosen.choice(["sent again", "given up", "role ended"])
    if fault == "sent again":
        hold.cut()
    elif fault == "role ended":
        await marketing.stop_streams()
        marketing.start()
    await write_wave(marketing, made, chosen)
    return hold
