"""Damage made by hand to a deployment: found, and mended where the inbox proves it."""

import asyncio
import json

import pytest
from aiokafka.structs import TopicPartition

from router.audit import auditor, published
from router.audit import repair as repairing
from router.audit.cut import take_cut
from router.audit.findings import Apart, Kind
from router.audit.repair import repair
from router.errors import LeadRouterError
from router.kafka.queries.reader import log_spans, spans_of
from router.kafka.runtime.transaction import PartitionProducer
from router.kafka.topics.positions import Position, position_record
from tests.audit.routed import BROKEN, ERASED, TWICE, Routed, apart, found
from tests.e2e.faults.feeder import feeding
from tests.e2e.load import make_load

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

DECISIONS = "routing.inbox → lead.assignments"


def quiet(_text):
    """Nobody looks at the progress."""


def body(record):
    return json.loads(record.value)


async def lose(routed: Routed, topic: str, value: dict, key: bytes = b"k") -> None:
    """Leave a record in an input topic that intake has passed and forgotten."""
    await routed.write(topic, [(key, json.dumps(value).encode())])
    source = TopicPartition(topic, 0)
    end = (await log_spans(routed.clients, [topic]))[source].end
    await routed.write(routed.topics.positions, [position_record(source, Position(end))])


def lead(lead_id, **more):
    return {
        "event_id": f"event-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": "2026-01-05T08:00:00Z",
        **more,
    }


async def test_what_is_missing_is_found_and_published_again_and_the_router_goes_on(routed):
    topics = routed.topics
    assert found(await routed.audit()) == {}
    before = await routed.read(topics.assignments)
    many = next(body(each) for each in before if body(each)["sequence"] == 2)["lead_id"]
    lost = {f"{many}.1", body(before[0])["assignment_id"], body(before[-1])["assignment_id"]}
    await routed.rewrite(
        topics.assignments,
        lambda records: [each for each in records if body(each)["assignment_id"] not in lost],
    )
    rows = await routed.read(topics.owners)
    stale = owned(rows)[TWICE.encode()]
    await routed.rewrite(
        topics.owners, lambda rows: [each for each in rows if each.value != stale.value]
    )
    await lose_row(routed, but=stale.key)
    tombstone = next(each for each in rows if each.key == ERASED.encode() and each.value is None)
    left = body(next(iter(owned(rows).values()))) | {
        "lead_id": ERASED,
        "sales_org": ERASED.partition("-")[0],
    }
    left_row = (tombstone.key, json.dumps(left).encode())
    await routed.write(topics.owners, [left_row], tombstone.partition)
    await routed.rewrite(topics.shadow, lambda records: records[1:])
    await routed.rewrite(topics.reps, lambda records: records[1:])
    await routed.rewrite(topics.dead_letters, lambda _: [])
    await lose(routed, topics.leads, lead("L-lost"))
    await lose(routed, topics.roster, {"rep_id": "lost", "channels": ["inside"]}, b"lost")

    damaged = await routed.audit()
    assert found(damaged) == {
        ("lead.assignments", Kind.MISSING): len(lost),
        ("routing.shadow", Kind.MISSING): 1,
        ("lead.owners", Kind.MISSING): 1,
        ("lead.owners", Kind.STALE): 2,  # one of them of a person who asked to be forgotten
        ("routing.reps", Kind.MISSING): 1,
        ("dead-letters", Kind.MISSING): 1,  # of route; those of intake are among these:
        ("routing.inbox", Kind.MISSING): 2 + BROKEN,
    }
    written = await repair(damaged, quiet)
    assert written.total() == sum(1 for _ in damaged.findings)
    mended = await routed.audit()
    assert found(mended) == {}
    assert apart(mended, "leads → routing.inbox")[Apart.NOT_YET] > 0

    after = await routed.read(topics.assignments)
    assert sorted(map(content, after)) == sorted(map(content, before))
    await routed.route()
    assert found(await routed.audit()) == {}
    decided = [body(each) for each in await routed.read(topics.assignments)]
    assert [each["sequence"] for each in decided if each["lead_id"] == "L-lost"] == [1]
    assert len({each["assignment_id"] for each in decided}) == len(decided)
    [*_, last] = [each for each in await routed.read(topics.owners) if each.key == ERASED.encode()]
    assert last.value is None


def owned(rows):
    """The last row of each lead that has one."""
    last = {each.key: each for each in rows}
    return {key: row for key, row in last.items() if row.value is not None}


async def lose_row(routed: Routed, *, but: bytes = b"") -> None:
    """Take the rows of one lead out of lead.owners, as if they had never been there."""
    topic = routed.topics.owners
    gone = next(key for key in reversed(owned(await routed.read(topic))) if key != but)
    await routed.rewrite(topic, lambda rows: [each for each in rows if each.key != gone])


def content(record):
    return record.partition, record.key, record.value, record.headers


async def test_what_is_there_twice_by_nothing_or_not_the_fold_is_named_and_left(routed):
    topics = routed.topics
    decided = (await routed.read(topics.assignments))[0]
    twice = (decided.key, decided.value, list(decided.headers))
    foreign = body(decided) | {"assignment_id": "L-x.1", "lead_id": "L-x"}
    beyond = body(decided) | {"assignment_id": "L-y.1", "lead_id": "L-y"}
    beyond["inbox"] = {"partition": 0, "offset": 1_000_000}
    told = [twice, *((b"x", json.dumps(each).encode()) for each in (foreign, beyond))]
    await routed.write(topics.assignments, told, decided.partition)
    letter = (await routed.read(topics.dead_letters))[0]
    again = (letter.key, letter.value, list(letter.headers))
    await routed.write(topics.dead_letters, [again], letter.partition)
    taken_in = next(
        each for each in await routed.read(topics.inbox) if each.value.startswith(b'{"kind":"lead"')
    )
    await routed.write(topics.inbox, [(taken_in.key, taken_in.value)], taken_in.partition)
    changed, other = [each for each in await routed.read(topics.state) if is_lead(each)][:2]
    await routed.write(topics.state, [(changed.key, other.value)], changed.partition)

    damaged = await routed.audit()
    assert found(damaged) == {
        ("lead.assignments", Kind.DOUBLE): 1,
        ("lead.assignments", Kind.EXTRA): 2,
        ("dead-letters", Kind.DOUBLE): 1,
        ("routing.inbox", Kind.DOUBLE): 1,
        ("routing.state", Kind.DIFFERENT): 1,
    }
    doubles = {finding.subject for finding in damaged.findings if finding.kind is Kind.DOUBLE}
    assert body(decided)["assignment_id"] in doubles
    assert body(taken_in)["lead_id"] in doubles
    assert changed.key.decode() in {finding.subject for finding in damaged.findings}
    assert await repair(damaged, quiet) == {}


def is_lead(record):
    """Whether a record of the state is of a lead that it still holds."""
    return record.key.startswith(b"lead/") and record.value is not None


async def test_decisions_of_another_core_version_are_counted_by_the_state(routed, monkeypatch):
    for module in (published, auditor):
        monkeypatch.setattr(module, "CORE_VERSION", "of tomorrow")
    clean = await routed.audit()
    assert found(clean) == {}
    assert len(clean.unfolded) == 4
    topics = routed.topics
    total = apart(clean, DECISIONS)[Apart.BY_IDENTITY]
    assert total == len(await routed.read(topics.assignments))
    await routed.rewrite(topics.assignments, lambda records: records[1:])
    await lose_row(routed)
    damaged = await routed.audit()
    assert found(damaged) == {
        ("lead.assignments", Kind.MISSING): 1,
        ("lead.owners", Kind.MISSING): 1,
    }
    assert await repair(damaged, quiet) == {topics.owners: 1}
    assert found(await routed.audit()) == {("lead.assignments", Kind.MISSING): 1}


async def test_what_follows_from_a_commit_is_looked_for_up_to_where_it_is_written(topics_ready):
    """A transaction's markers come one after the other: some of its records stay unreadable."""
    routed = Routed(topics_ready)
    owners = TopicPartition(routed.topics.owners, 0)
    readable = (await spans_of(routed.clients, [owners]))[owners].end
    producer = routed.clients.producer(transactional_id="open", timeout_ms=5_000)
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send_and_wait(owners.topic, b"row", b"key", partition=0)
        cut = await take_cut(routed.clients, routed.settings)
        await producer.abort_transaction()
    finally:
        await producer.stop()
    assert cut.owners[owners].end == readable + 1


async def test_beside_a_router_under_load_nothing_is_found(routed):
    load = make_load(7, leads=700, waves=4)
    messages = [message for wave in load.waves for message in wave]
    audits = []
    async with routed.router() as running, feeding(routed.settings) as feeder:
        fed = asyncio.create_task(feeder.publish(messages, per_s=400))
        while not fed.done():
            audits.append(await routed.audit())
        await fed
        await routed.until_drained(running)
    audits.append(await routed.audit())
    assert len(audits) >= 3
    findings = [finding for each in audits for finding in each.findings]
    assert not findings, "\n".join(map(str, findings[:20]))
    behind = [number for each in audits for row in each.rows for number in row.apart.values()]
    assert sum(behind), "no audit met a router at work"


async def test_nothing_is_repaired_beside_a_router_or_after_one_has_gone_on(routed):
    topics = routed.topics
    await lose_row(routed)
    damaged = await routed.audit()
    async with routed.router() as running:
        await routed.until_drained(running)
        with pytest.raises(LeadRouterError, match=r"because a router runs intake \(1\) and route"):
            await repair(damaged, quiet)
    sales_org = next(iter(damaged.owners.wrong)).split("\x1f")[0]
    fresh = json.dumps(lead("L-fresh", sales_org=sales_org)).encode()
    await routed.write(topics.leads, [(b"k", fresh)])
    await routed.route()
    rows = len(await routed.read(topics.owners))
    with pytest.raises(LeadRouterError, match="has written since the audit read it"):
        await repair(damaged, quiet)
    assert len(await routed.read(topics.owners)) == rows


async def test_a_router_that_is_started_in_the_middle_of_a_repair_ends_it(routed, monkeypatch):
    topics = routed.topics
    await lose_row(routed)
    damaged = await routed.audit()
    sales_org = next(iter(damaged.owners.wrong)).split("\x1f")[0]
    partition = routed.settings.inbox_partition(sales_org)
    rival = PartitionProducer(
        routed.clients,
        f"{topics.prefix}route-{topics.inbox}-{partition}",  # as route's own worker is called
        timeout_ms=5_000,
    )
    read_reported = repairing.read_reported

    async def overtaken(*arguments):
        await rival.start()
        async for records in read_reported(*arguments):
            yield records

    monkeypatch.setattr(repairing, "read_reported", overtaken)
    rows = len(await routed.read(topics.owners))
    try:
        with pytest.raises(LeadRouterError, match="broken off after 0 records"):
            await repair(damaged, quiet)
    finally:
        await rival.stop()
    assert len(await routed.read(topics.owners)) == rows
