"""route on the runtime: each inbox record counts exactly once, whatever happens."""

import asyncio
import json
import time

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.structs import TopicPartition
from structlog.testing import capture_logs

from router.errors import LeadRouterError
from router.kafka.client.closing import stop_consumer
from router.kafka.client.murmur2 import murmur2
from router.kafka.runtime.transaction import PartitionProducer
from router.roles.route.plan import Consents

pytestmark = pytest.mark.kafka


def leads_of(records):
    return [json.loads(record.value)["lead_id"] for record in records]


def changed(settings, **parts):
    return settings.model_copy(update=parts)


def breaker(settings, *, window, dead_letters_max):
    limits = {"window_records": window, "dead_letters_max": dead_letters_max}
    return changed(settings, breaker=settings.breaker.model_copy(update=limits))


async def test_every_lead_gets_one_assignment_one_owner_and_its_state(deployment):
    leads = [f"lead-{n}" for n in range(3_000)]
    await deployment.submit(*leads)
    deployment.run()
    assignments = await deployment.read_at_least(deployment.topics.assignments, len(leads))
    owners = await deployment.read(deployment.topics.owners)
    written = await deployment.read(deployment.topics.state)
    state = {record.key: record.value for record in written if record.partition == 0}
    assert sorted(leads_of(assignments)) == sorted(leads)
    assert sorted(leads_of(owners)) == sorted(leads)
    assert all(state[f"count/{lead}".encode()] == b"1" for lead in leads)
    assert json.loads(state[b"clock"])["next_offset"] >= 3_000


async def test_an_assignment_lies_where_other_clients_look_and_is_a_cloudevent(
    deployment, lead_value
):
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    record = (b"main", lead_value("lead-1"), [("traceparent", trace)])
    await deployment.write(deployment.topics.inbox, [record])
    deployment.run()
    (record,) = await deployment.read_at_least(deployment.topics.assignments, 1)
    assert record.key == b"lead-1"
    assert record.partition == (murmur2(b"lead-1") & 0x7FFFFFFF) % 4
    assert dict(record.headers) == {
        "ce_id": b"lead-1.1",
        "ce_specversion": b"1.0",
        "ce_source": b"/lead-router/main",
        "ce_type": b"lead-router.assignment.assigned",
        "content-type": b"application/json",
        "traceparent": trace,
    }


async def test_only_the_last_owner_of_a_transaction_is_written(deployment):
    await deployment.submit("lead-1", "lead-1", "lead-1")
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 3)
    (owner,) = await deployment.read(deployment.topics.owners)
    assert json.loads(owner.value)["assignment_id"] == "lead-1.3"
    assert json.loads(owner.value)["account_id"] is None


async def test_a_shadow_decision_goes_to_the_shadow_topic_only(deployment):
    await deployment.submit("lead-1", test=True)
    deployment.run()
    await deployment.read_at_least(deployment.topics.shadow, 1)
    assert await deployment.read(deployment.topics.assignments) == []
    assert await deployment.read(deployment.topics.owners) == []


async def test_a_restart_goes_on_from_the_restored_state(deployment):
    await deployment.submit(*(f"lead-{n}" for n in range(100)))
    first = deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 100)
    await deployment.stop(first)
    await deployment.submit("lead-7")
    deployment.run()
    records = await deployment.read_at_least(deployment.topics.assignments, 101)
    assert len(records) == 101
    sequences = [json.loads(r.value)["sequence"] for r in records if r.key == b"lead-7"]
    assert sequences == [1, 2]


async def test_a_fenced_partition_is_opened_again_and_nothing_is_doubled(deployment):
    await deployment.submit("lead-1")
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    transactional_id = f"{deployment.topics.prefix}route-{deployment.topics.inbox}-0"
    intruder = PartitionProducer(deployment.clients, transactional_id, timeout_ms=5_000)
    await intruder.start()
    await intruder.stop()
    with capture_logs() as logged:
        await deployment.submit("lead-2")
        records = await deployment.read_at_least(deployment.topics.assignments, 2)
    assert leads_of(records) in (["lead-1", "lead-2"], ["lead-2", "lead-1"])
    (reopened,) = [entry for entry in logged if entry["event"] == "partition.reopens"]
    assert reopened["partition"] == 0
    assert "all memory of the partition is dropped" in reopened["why"]


async def test_a_refused_batch_holds_up_its_partition_alone_until_it_is_taken(
    deployment, eventually
):
    await deployment.submit("lead-1")
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    await deployment.limit(deployment.topics.state, 600)  # what the other partitions write fits
    with capture_logs() as logged:
        await deployment.submit(*(f"lead-{number}" for number in range(2, 61)))
        await eventually(lambda: len(refusals(logged)) >= 3, "three refusals")
    assert all("MessageSizeTooLarge" in entry["why"] for entry in refusals(logged))
    assert [entry["in_s"] for entry in refusals(logged)][:3] == [0.2, 1.0, 2.0]
    assert leads_of(await deployment.read(deployment.topics.assignments)) == ["lead-1"]
    await deployment.submit("other-1", partition=1)
    await deployment.read_at_least(deployment.topics.assignments, 2)
    await deployment.limit(deployment.topics.state, 1_048_588)
    records = await deployment.read_at_least(deployment.topics.assignments, 61)
    assert set(leads_of(records)) == {*(f"lead-{number}" for number in range(1, 61)), "other-1"}
    assert len(records) == 61


async def test_a_consumer_whose_fetching_died_is_made_anew_and_memory_is_kept(
    deployment, monkeypatch
):
    await deployment.submit("lead-1")
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    look, died = Fetcher._get_actions_per_node, []

    def die_once(self, assignment):
        if not died and {source.topic for source in assignment.tps} == {deployment.topics.inbox}:
            died.append(assignment)
            raise KeyError("as aiokafka's own mistakes do")
        return look(self, assignment)

    monkeypatch.setattr(Fetcher, "_get_actions_per_node", die_once)
    with capture_logs() as logged:
        await deployment.submit("lead-2")
        await deployment.read_at_least(deployment.topics.assignments, 2)
    (rejoined,) = [entry for entry in logged if entry["event"] == "group.rejoins"]
    assert "has died (KeyError): the consumer is made anew" in rejoined["why"]
    assert len(deployment.folds) == 4, "what was in memory and committed is not restored"


def refusals(logged):
    return [entry for entry in logged if entry["event"] == "partition.reopens"]


async def test_records_beyond_one_batch_are_split_over_several(deployment):
    await deployment.submit(*(f"lead-{n}" for n in range(40)), quantity=100_000)
    deployment.run()
    records = await deployment.read_at_least(deployment.topics.assignments, 40)
    assert len(records) == 40
    assert all(len(record.value) > 100_000 for record in records)


async def test_memory_is_kept_when_a_rebalance_gives_a_partition_back(deployment, eventually):
    await deployment.submit("lead-1", partition=0)
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    await eventually(lambda: len(deployment.folds) == 4, "opening four partitions")
    guest = deployment.clients.consumer(group=f"{deployment.topics.prefix}route")
    guest.subscribe([deployment.topics.inbox])
    await guest.start()
    await eventually(lambda: len(guest.assignment()) == 2, "sharing the partitions")
    taken = {source.partition for source in guest.assignment()}
    await asyncio.sleep(1)
    assert len(deployment.folds) == 4
    await stop_consumer(guest)
    await eventually(lambda: len(deployment.folds) == 6, "taking back two partitions")
    await asyncio.sleep(1)
    assert {fold.partition for fold in deployment.folds[4:]} == taken
    for partition in range(4):
        await deployment.submit(f"late-{partition}", partition=partition)
    records = await deployment.read_at_least(deployment.topics.assignments, 5)
    assert len(records) == 5


async def test_memory_is_dropped_when_somebody_else_has_written(deployment, eventually):
    first = deployment.run()
    await eventually(lambda: len(deployment.folds) == 4)
    second = deployment.run()
    await eventually(lambda: len(deployment.folds) == 6, "sharing the partitions")
    await deployment.submit(*(f"lead-{n}" for n in range(50)), partition=0)
    await deployment.submit(*(f"lead-{n}" for n in range(50, 100)), partition=1)
    await deployment.read_at_least(deployment.topics.assignments, 100)
    await deployment.stop(second)
    await deployment.submit(*(f"lead-{n}" for n in range(50)), partition=0)
    await deployment.submit(*(f"lead-{n}" for n in range(50, 100)), partition=1)
    records = await deployment.read_at_least(deployment.topics.assignments, 200)
    assert len(records) == 200
    by_sequence = sorted(json.loads(record.value)["sequence"] for record in records)
    assert by_sequence == [1] * 100 + [2] * 100
    await deployment.stop(first)


async def test_records_deleted_before_they_were_applied_stop_it_loudly(deployment):
    await deployment.submit("lead-1")
    first = deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    await deployment.stop(first)
    await deployment.submit("lead-2", "lead-3")
    await deployment.delete_before(deployment.topics.inbox, 2)
    task, _ = deployment.run()
    with pytest.raises(LeadRouterError, match=r"begins at offset 2 and .* needs it from 1"):
        await asyncio.wait_for(task, 20)


async def test_an_inbox_that_begins_late_without_state_stops_it_loudly(deployment):
    await deployment.submit("lead-1", "lead-2")
    await deployment.delete_before(deployment.topics.inbox, 1)
    task, _ = deployment.run()
    with pytest.raises(LeadRouterError, match=r"begins at offset 1 and .* needs it from 0"):
        await asyncio.wait_for(task, 20)


async def test_a_recreated_inbox_stops_it_loudly(deployment, create_topics):
    await deployment.submit("lead-1", "lead-2")
    first = deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 2)
    await deployment.stop(first)
    await deployment._admin("delete_topics", [deployment.topics.inbox])
    await asyncio.sleep(1)
    await create_topics(deployment.settings)
    task, _ = deployment.run()
    with pytest.raises(LeadRouterError, match=r"ends at offset 0 and .* has applied it up to"):
        await asyncio.wait_for(task, 20)
    await deployment.submit("lead-3", "lead-4", "lead-5", "lead-6", "lead-7")
    task, _ = deployment.run()
    with pytest.raises(LeadRouterError, match="deleted and made anew"):
        await asyncio.wait_for(task, 20)


async def test_state_without_its_offset_stops_it_loudly(deployment):
    await deployment.write(deployment.topics.state, [(b"count/lead-1", b"1")])
    task, _ = deployment.run()
    with pytest.raises(LeadRouterError, match="not the inbox offset it belongs to"):
        await asyncio.wait_for(task, 20)


async def test_sales_orgs_that_moved_stop_it_loudly(deployment):
    before = deployment.settings
    await deployment.submit("lead-1")
    first = deployment.run(settings=before)
    await deployment.read_at_least(deployment.topics.assignments, 1)
    await deployment.stop(first)
    after = changed(deployment.settings, sales_orgs=["north", "main", "south", "west"])
    task, _ = deployment.run(settings=after)
    with pytest.raises(LeadRouterError, match="put them back in that order"):
        await asyncio.wait_for(task, 20)


async def test_a_partition_count_that_is_not_that_of_the_state_stops_it_loudly(deployment):
    await deployment.submit("lead-1")
    first = deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 1)
    await deployment.stop(first)
    topics = deployment.settings.topics.model_copy(update={"inbox_partitions": 3})
    task, _ = deployment.run(settings=changed(deployment.settings, topics=topics))
    with pytest.raises(LeadRouterError, match="written with 4 inbox partitions and the settings"):
        await asyncio.wait_for(task, 20)


async def test_missing_topics_are_named(deployment):
    topics = deployment.settings.topics.model_copy(update={"prefix": "nowhere."})
    task, _ = deployment.run(settings=changed(deployment.settings, topics=topics))
    with pytest.raises(LeadRouterError, match=r"nowhere\.routing\.inbox.*topics apply"):
        await asyncio.wait_for(task, 20)


async def test_an_event_that_raises_is_a_dead_letter_and_those_around_it_are_not(deployment):
    await deployment.submit("lead-1", "bad-1", "lead-2")
    await deployment.write(deployment.topics.inbox, [(b"main", b"nonsense"), (b"nobody", b"{}")])
    await deployment.submit("lead-3")
    deployment.run()
    records = await deployment.read_at_least(deployment.topics.assignments, 3)
    assert sorted(leads_of(records)) == ["lead-1", "lead-2", "lead-3"]
    dead = await deployment.read(deployment.topics.dead_letters)
    said = [(dict(record.headers)["reason"], dict(record.headers)["offset"]) for record in dead]
    assert sorted(said) == [
        (b"unexpected_error", b"1"), (b"unexpected_error", b"3"), (b"unknown_sales_org", b"4"),
    ]  # fmt: skip
    assert {record.value for record in dead} >= {b"nonsense", b"{}"}
    assert not any(b"jane@" in text for record in dead for _, text in record.headers)


async def test_too_many_dead_letters_halt_the_partition_until_they_are_accepted(
    deployment, eventually
):
    settings = breaker(deployment.settings, window=100, dead_letters_max=3)
    await deployment.submit("lead-1", *(f"bad-{n}" for n in range(5)), "lead-2")
    await deployment.submit("other-1", partition=1)
    first = deployment.run(settings=settings)
    await deployment.read_at_least(deployment.topics.dead_letters, 3)
    await deployment.read_at_least(deployment.topics.assignments, 2)
    with pytest.raises(LeadRouterError, match="--accept-dead-letters-until 4"):
        await deployment.stop(first)
    assert sorted(leads_of(await deployment.read(deployment.topics.assignments))) == [
        "lead-1",
        "other-1",
    ]
    again = deployment.run(settings=settings)
    await asyncio.sleep(2)
    with pytest.raises(LeadRouterError, match="--accept-dead-letters-until 4"):
        await deployment.stop(again)
    deployment.run(settings=settings, consents=Consents(dead_letters_until=4))
    records = await deployment.read_at_least(deployment.topics.assignments, 3)
    assert sorted(leads_of(records)) == ["lead-1", "lead-2", "other-1"]
    assert len(await deployment.read(deployment.topics.dead_letters)) == 5


async def test_a_lead_that_was_set_aside_is_named_in_the_log(deployment):
    await deployment.submit("lead-1")
    with capture_logs() as logged:
        running = deployment.run()
        await deployment.read_at_least(deployment.topics.assignments, 1)
        deployment.fold().faults = [("lead-9", "ZeroDivisionError")]
        await deployment.submit("lead-2")
        await deployment.read_at_least(deployment.topics.assignments, 2)
        await deployment.stop(running)
    (said,) = [entry for entry in logged if entry["event"] == "lead.set_aside"]
    assert (said["lead_id"], said["error"], said["log_level"]) == (
        "lead-9",
        "ZeroDivisionError",
        "error",
    )


async def test_a_stop_is_quick_and_leaves_the_group(deployment):
    running = deployment.run()
    await deployment.submit(*(f"lead-{n}" for n in range(5_000)))
    await deployment.read_at_least(deployment.topics.assignments, 1)
    began_s = time.monotonic()
    await deployment.stop(running)
    assert time.monotonic() - began_s < 10
    described = await deployment._admin(
        "describe_consumer_groups", [f"{deployment.topics.prefix}route"]
    )
    members = (
        described[0].groups[0][-1]
        if isinstance(described[0].groups[0][-1], list)
        else described[0].groups[0][5]
    )
    assert members == []
    deployment.run()
    records = await deployment.read_at_least(deployment.topics.assignments, 5_000)
    assert len(set(leads_of(records))) == len(records) == 5_000


async def test_the_groups_offset_shows_how_far_it_has_come(deployment, eventually):
    await deployment.submit("lead-1", "lead-2")
    deployment.run()
    await deployment.read_at_least(deployment.topics.assignments, 2)
    source = TopicPartition(deployment.topics.inbox, 0)
    async with asyncio.timeout(20):
        while True:
            shown = await deployment._admin(
                "list_consumer_group_offsets", f"{deployment.topics.prefix}route"
            )
            if source in shown and shown[source].offset >= 2:
                return
            await asyncio.sleep(0.1)
