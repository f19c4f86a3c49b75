"""intake on the runtime: every input record ends in the inbox or among the dead letters, once."""

import asyncio
import json
import os

import pytest
from aiokafka.structs import TopicPartition
from structlog.testing import capture_logs

from router.errors import LeadRouterError
from router.roles.route.plan import Consents

pytestmark = pytest.mark.kafka


def lead(lead_id, **fields):
    event = {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": "2026-01-01T00:00:00Z",
        **fields,
    }
    return json.dumps(event).encode()


def headers_of(record):
    return dict(record.headers)


async def test_leads_go_to_the_inbox_partition_of_their_sales_org(deployment):
    await deployment.write(
        deployment.topics.leads,
        [(b"a", lead("lead-1")), (None, lead("lead-2", sales_org="south"))],
        partition=3,
    )
    deployment.run("intake")
    records = await deployment.read_at_least(deployment.topics.inbox, 2)
    placed = {json.loads(record.value)["lead_id"]: record for record in records}
    assert (placed["lead-1"].partition, placed["lead-1"].key) == (0, b"main")
    assert (placed["lead-2"].partition, placed["lead-2"].key) == (2, b"south")
    assert all(record.value.startswith(b'{"kind":"lead"') for record in records)


async def test_a_restart_admits_nothing_twice(deployment):
    await deployment.write(deployment.topics.leads, [(None, lead(f"lead-{n}")) for n in range(500)])
    first = deployment.run("intake")
    await deployment.read_at_least(deployment.topics.inbox, 500)
    await deployment.stop(first)
    await deployment.write(deployment.topics.leads, [(None, lead("lead-500"))])
    deployment.run("intake")
    assert len(await deployment.read_at_least(deployment.topics.inbox, 501)) == 501


async def test_a_stop_in_the_middle_loses_and_doubles_nothing(deployment):
    for partition in range(4):
        await deployment.write(
            deployment.topics.leads,
            [(None, lead(f"lead-{partition}-{n}")) for n in range(3_000)],
            partition,
        )
    for _ in range(4):
        running = deployment.run("intake")
        await asyncio.sleep(0.4)
        await deployment.stop(running)
    deployment.run("intake")
    records = await deployment.read_at_least(deployment.topics.inbox, 12_000)
    assert (
        len({json.loads(record.value)["lead_id"] for record in records}) == len(records) == 12_000
    )


async def test_what_cannot_be_understood_is_a_dead_letter_with_its_original_bytes(deployment):
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await deployment.write(
        deployment.topics.leads,
        [
            (b"k", b"{not json", [("traceparent", trace), ("x", b"\xff")]),
            (b"k", lead("lead-1")),
            (b"k", None),
            (None, b"\xff\xfe"),
        ],
        partition=1,
    )
    deployment.run("intake")
    dead = await deployment.read_at_least(deployment.topics.dead_letters, 3)
    by_offset = {headers_of(record)["offset"]: record for record in dead}
    assert sorted(by_offset) == [b"0", b"2", b"3"]
    first = by_offset[b"0"]
    assert (first.key, first.value) == (b"k", b"{not json")
    said = headers_of(first)
    assert said["reason"] == b"not_json"
    assert said["step"] == b"intake"
    assert said["topic"] == deployment.topics.leads.encode()
    assert said["partition"] == b"1"
    assert said["traceparent"] == said["original.traceparent"] == trace
    assert said["original.x"] == b"\xff"
    assert by_offset[b"2"].value is None
    assert by_offset[b"3"].value == b"\xff\xfe"
    (admitted,) = await deployment.read(deployment.topics.inbox)
    assert json.loads(admitted.value)["lead_id"] == "lead-1"


async def test_a_value_of_two_megabytes_becomes_a_dead_letter_whole(deployment):
    value = b'{"event_id": "' + os.urandom(1_000_000).hex().encode() + b'"}'
    await deployment.write(deployment.topics.leads, [(b"k", lead("lead-1"))])
    await deployment.write(deployment.topics.leads, [(b"k", value)])
    await deployment.write(deployment.topics.leads, [(b"k", lead("lead-2"))])
    deployment.run("intake")
    (dead,) = await deployment.read_at_least(deployment.topics.dead_letters, 1)
    assert headers_of(dead)["reason"] == b"too_large"
    assert dead.value == value
    assert len(await deployment.read_at_least(deployment.topics.inbox, 2)) == 2


async def test_an_inbox_record_beyond_the_topics_limit_becomes_a_dead_letter(deployment):
    await deployment.limit(deployment.topics.inbox, 20_000)
    custom = {f"field_{n}": "\N{JIGSAW PUZZLE PIECE}" * 100 for n in range(50)}
    value = lead("lead-1", custom=custom)
    await deployment.write(deployment.topics.leads, [(b"k", value), (b"k", lead("lead-2"))])
    deployment.run("intake")
    (dead,) = await deployment.read_at_least(deployment.topics.dead_letters, 1)
    assert headers_of(dead)["reason"] == b"too_large"
    assert dead.value == value
    (admitted,) = await deployment.read_at_least(deployment.topics.inbox, 1)
    assert json.loads(admitted.value)["lead_id"] == "lead-2"


async def test_a_dead_letter_too_large_for_its_topic_stops_it_and_is_not_lost(deployment):
    await deployment.limit(deployment.topics.dead_letters, 20_000)
    value = os.urandom(50_000)  # nothing that compression would make fit
    await deployment.write(deployment.topics.leads, [(b"k", value)])
    task, _ = deployment.run("intake")
    with pytest.raises(LeadRouterError, match=r"offset 0 .*raise max\.message\.bytes"):
        await asyncio.wait_for(task, 20)
    await deployment.limit(deployment.topics.dead_letters, 100_000)
    deployment.run("intake")
    (dead,) = await deployment.read_at_least(deployment.topics.dead_letters, 1)
    assert dead.value == value


async def test_input_deleted_unread_stops_it_until_that_is_accepted(deployment):
    topics = deployment.topics
    places = [(topics.leads, 0), (topics.leads, 2), (topics.feedback, 1)]
    for topic, partition in places:
        await deployment.write(topic, [(None, lead("lead-1"))], partition)
    first = deployment.run("intake")
    await deployment.read_at_least(topics.inbox, 2)
    await deployment.read_at_least(topics.dead_letters, 1)
    await deployment.stop(first)
    for topic, partition in places:
        records = [(None, lead(f"lead-{number}")) for number in (2, 3)]
        await deployment.write(topic, records, partition)
        await deployment.delete_before(topic, 2, partition)
    task, _ = deployment.run("intake")
    with pytest.raises(LeadRouterError, match="--accept-lost-input") as refused:
        await asyncio.wait_for(task, 20)
    lost = [f"{topic}-{partition} from offset 1 to 1" for topic, partition in places]
    assert [said for said in lost if said not in str(refused.value)] == []
    assert "\n" not in str(refused.value)
    with capture_logs() as logged:
        deployment.run("intake", consents=Consents(lost_input=True))
        records = await deployment.read_at_least(topics.inbox, 4)
    assert sorted(json.loads(record.value)["lead_id"] for record in records) == [
        *("lead-1", "lead-1", "lead-3", "lead-3")
    ]
    skipped = [entry for entry in logged if entry["event"] == "input.skipped"]
    assert {(each["topic"], each["partition"]) for each in skipped} == set(places)
    assert {(each["from_offset"], each["to_offset"], each["offsets"]) for each in skipped} == {
        (1, 1, 1)
    }


async def test_a_transaction_marker_at_the_end_is_not_shown_as_lag(deployment):
    producer = deployment.clients.producer(
        transactional_id=f"{deployment.topics.prefix}crm", timeout_ms=5_000
    )
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait(deployment.topics.feedback, b"{}", partition=2)
    await producer.stop()
    deployment.run("intake")
    source = TopicPartition(deployment.topics.feedback, 2)
    async with asyncio.timeout(20):
        while True:
            shown = await deployment._admin(
                "list_consumer_group_offsets", f"{deployment.topics.prefix}intake"
            )
            if source in shown and shown[source].offset == 2:
                return
            await asyncio.sleep(0.1)


async def test_a_lead_goes_all_the_way_through_both_steps(deployment):
    deployment.run("intake", "route")
    await deployment.write(deployment.topics.leads, [(None, lead("lead-1"))])
    (assignment,) = await deployment.read_at_least(deployment.topics.assignments, 1)
    assert json.loads(assignment.value)["lead_id"] == "lead-1"
