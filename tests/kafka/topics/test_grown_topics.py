"""Partitions that an operator adds: every lead stays where it is, and every input is read."""

import asyncio
import json
import time
from collections import defaultdict

import pytest

from router.cli.status_read import read_status
from router.errors import LeadRouterError
from router.kafka.client.murmur2 import partitions_of
from router.kafka.queries.feedback_queue import FeedbackQueue
from router.kafka.queries.lookups import decisions_of, latest_by_key
from router.kafka.topics.changelog import LAYOUT_KEY

pytestmark = pytest.mark.kafka

LEADS = [f"lead-{number}" for number in range(40)]
READ_WITHIN_S = 30


def partitions_by_key(records):
    found = defaultdict(set)
    for record in records:
        found[record.key.decode()].add(record.partition)
    return dict(found)


def spread_over(count):
    places = partitions_of([lead_id.encode() for lead_id in LEADS], count)
    return {lead_id: {place} for lead_id, place in zip(LEADS, places, strict=True)}


async def decide(deployment, times):
    """Have every lead decided once more; ``times`` in all."""
    await deployment.submit(*LEADS)
    await deployment.read_at_least(deployment.topics.assignments, times * len(LEADS))


async def decide_in_a_new_process(deployment, times):
    running = deployment.run()
    await decide(deployment, times)
    await deployment.stop(running)


async def test_a_lead_stays_in_its_partition_whatever_its_topics_have_grown_to(deployment):
    assignments, owners = deployment.topics.assignments, deployment.topics.owners
    running = deployment.run()
    await decide(deployment, 1)
    await deployment.grow(assignments, 7)
    await deployment.grow(owners, 6)
    await decide(deployment, 2)
    await deployment.stop(running)
    await deployment.grow(assignments, 9)
    await decide_in_a_new_process(deployment, 3)
    await decide_in_a_new_process(deployment, 4)
    assert partitions_by_key(await deployment.read(assignments)) == spread_over(4)
    assert partitions_by_key(await deployment.read(owners)) == spread_over(4)
    told = (await read_status(deployment.settings)).grown
    assert told == [("lead.assignments", 9, 4), ("lead.owners", 6, 4)]


async def test_compaction_leaves_one_owner_of_a_lead_in_a_topic_that_has_grown(deployment):
    owners = deployment.topics.owners
    await decide_in_a_new_process(deployment, 1)
    await deployment.grow(owners, 8)
    at_once = {"segment_ms": 500, "max_compaction_lag_ms": 500, "min_cleanable_dirty_ratio": 0.01}
    await deployment.configure(owners, cleanup_policy="compact", **at_once)
    running = deployment.run()
    await decide(deployment, 2)
    await asyncio.sleep(1)
    # What comes next closes the segments before, so that they may be compacted.
    await deployment.submit(*(f"other-{number}" for number in range(40)))
    deadline_s = time.monotonic() + 60
    while len(rows := await rows_of_leads(deployment)) > len(LEADS):
        assert time.monotonic() < deadline_s, "two rows of a lead outlive compaction"
        await asyncio.sleep(0.5)
    await deployment.stop(running)
    assert partitions_by_key(rows) == spread_over(4)
    assert {json.loads(row.value)["sequence"] for row in rows} == {2}


async def rows_of_leads(deployment):
    rows = await deployment.read(deployment.topics.owners)
    return [row for row in rows if row.key.decode() in LEADS]


async def test_state_of_a_version_that_kept_no_count_goes_on_with_the_one_it_finds(deployment):
    topics = deployment.topics
    await decide_in_a_new_process(deployment, 1)
    (layout,) = {r.value for r in await deployment.read(topics.state) if r.key == LAYOUT_KEY}
    old = {name: value for name, value in json.loads(layout).items() if name != "key_partitions"}
    await deployment.write(topics.state, [(LAYOUT_KEY, json.dumps(old).encode())])
    await deployment.grow(topics.assignments, 8)
    before = len(await deployment.read(topics.assignments))
    await decide_in_a_new_process(deployment, 2)
    await deployment.grow(topics.assignments, 11)
    await decide_in_a_new_process(deployment, 3)
    records = sorted(await deployment.read(topics.assignments), key=lambda each: each.timestamp)
    assert partitions_by_key(records[before:]) == spread_over(8)


async def test_a_topic_that_was_made_anew_with_fewer_partitions_is_written_to(
    deployment, create_topics
):
    shadow = deployment.topics.shadow
    await decide_in_a_new_process(deployment, 1)
    await deployment._admin("delete_topics", [shadow])
    await asyncio.sleep(1)
    fewer = deployment.settings.topics.model_copy(update={"partitions": 2})
    await create_topics(deployment.settings.model_copy(update={"topics": fewer}))
    deployment.run()
    await deployment.submit(*LEADS, test=True)
    records = await deployment.read_at_least(shadow, len(LEADS))
    assert partitions_by_key(records) == spread_over(2)


async def test_the_whole_story_of_a_lead_is_found_wherever_it_lies(deployment):
    topics = deployment.topics
    await decide_in_a_new_process(deployment, 1)
    await deployment.grow(topics.assignments, 8)
    await decide_in_a_new_process(deployment, 2)
    for lead_id in LEADS[:4]:
        assert await sequences_of(deployment, lead_id) == [1, 2]
    assert await sequences_of(deployment, "lead-that-never-came") == []
    moved = next(lead_id for lead_id, places in spread_over(8).items() if places == {7})
    elsewhere = json.dumps({"lead_id": moved, "sequence": 3}).encode()
    # As versions wrote it that went by the partitions of the day:
    await deployment.write(topics.assignments, [(moved.encode(), elsewhere)], partition=7)
    assert await sequences_of(deployment, moved) == [1, 2, 3]


async def sequences_of(deployment, lead_id):
    found = await decisions_of(
        deployment.clients, deployment.topics.assignments, lead_id, lambda _: None
    )
    return [decision["sequence"] for decision in found]


async def test_of_a_key_in_two_partitions_the_later_record_counts(deployment):
    roster = deployment.topics.roster
    await deployment.write(roster, [(b"anna", b"old"), (b"ben", b"old")], partition=3)
    await asyncio.sleep(0.01)  # times are in milliseconds
    await deployment.write(roster, [(b"anna", b"new"), (b"ben", None)], partition=0)
    assert await latest_by_key(deployment.clients, roster) == {"anna": b"new"}


async def test_a_record_where_no_sales_org_lives_halts_that_partition_alone(deployment):
    await deployment.grow(deployment.topics.inbox, 5)
    await deployment.write(deployment.topics.inbox, [(b"main", b"{}")], partition=4)
    running = deployment.run()
    await decide(deployment, 1)
    with pytest.raises(LeadRouterError, match=r"inbox-4 holds records.*INBOX_PARTITIONS"):
        await deployment.stop(running)


async def test_fewer_partitions_than_the_settings_say_are_refused(deployment):
    more = deployment.settings.topics.model_copy(update={"inbox_partitions": 5})
    for role in ("route", "intake"):
        task, _ = deployment.run(
            role, settings=deployment.settings.model_copy(update={"topics": more})
        )
        with pytest.raises(LeadRouterError, match="has 4 partitions and the settings say 5"):
            await asyncio.wait_for(task, 20)


def lead(lead_id):
    event = {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": "2026-01-01T00:00:00Z",
    }
    return (None, json.dumps(event).encode())


async def decided(deployment, count):
    """Return the leads of all decisions, once there are ``count``."""
    records = await deployment.read_at_least(deployment.topics.assignments, count)
    return [record.key.decode() for record in records]


async def test_added_partitions_are_read_from_their_first_record_while_it_runs(deployment):
    topics = deployment.topics
    feedback = FeedbackQueue(
        deployment.clients, topic=topics.feedback, group=f"{topics.prefix}intake"
    )
    running = deployment.run("intake", "route")
    try:
        await deployment.write(topics.leads, [lead("before")], partition=0)
        assert await decided(deployment, 1) == ["before"]
        assert len(await feedback.ends()) == 4
        began_s = time.monotonic()
        for topic in (topics.leads, topics.feedback, topics.inbox):
            await deployment.grow(topic, 6)
        await deployment.write(topics.leads, [lead("after")], partition=4)
        assert sorted(await decided(deployment, 2)) == ["after", "before"]
        assert time.monotonic() - began_s < READ_WITHIN_S
        while len(await feedback.ends()) < 6:  # each client learns of them in its own time
            missing = "time does not wait for answers in the added partitions"
            assert time.monotonic() - began_s < READ_WITHIN_S, missing
            await asyncio.sleep(0.1)
    finally:
        await feedback.stop()
    await deployment.stop(running)


async def test_what_came_into_added_partitions_while_it_was_away_is_read(deployment):
    topics = deployment.topics
    running = deployment.run("intake", "route")
    await deployment.write(topics.leads, [lead("before")], partition=0)
    assert await decided(deployment, 1) == ["before"]
    await deployment.stop(running)
    await deployment.grow(topics.leads, 5)
    await deployment.grow(topics.inbox, 6)
    await deployment.grow(topics.state, 5)
    await deployment.write(topics.leads, [lead("while-it-was-away")], partition=4)
    deployment.run("intake", "route")
    assert sorted(await decided(deployment, 2)) == ["before", "while-it-was-away"]
