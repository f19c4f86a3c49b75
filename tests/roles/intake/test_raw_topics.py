"""Raw topics on the broker: one vendor's record is many of ours, each exactly once."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager

import pytest

from router.audit.auditor import audit
from router.kafka.client.clients import Clients
from router.kafka.queries.lags import read_lags
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.roles.intake.activity_topic import ActivityTopic
from router.roles.service import run_roles
from router.source_settings import SourceSettings
from tests.intake.sources import vendor_bodies as sent

WITHIN_S = 60.0
pytestmark = pytest.mark.kafka


@pytest.fixture
async def raw(settings, create_topics):
    """Settings with three raw topics: named like their kind, named in the settings, unknown."""
    topics = settings.topics.model_copy(update={"raw_sources": ["segment", "crm", "nobody"]})
    sources = {"crm": SourceSettings(kind="salesforce", currency="EUR")}
    with_raw = settings.model_copy(update={"topics": topics, "sources": sources})
    await create_topics(with_raw)
    return with_raw


@asynccontextmanager
async def intake(settings):
    stop = asyncio.Event()
    running = asyncio.create_task(run_roles(settings, ("intake",), stop=stop))
    try:
        yield running
    finally:
        stop.set()
        await asyncio.wait_for(running, WITHIN_S)


async def send(settings, topic: str, bodies: list) -> None:
    producer = Clients(settings.kafka).plain_producer()
    await producer.start()
    try:
        for number, body in enumerate(bodies):
            await producer.send_and_wait(topic, sent.encoded(body), partition=number % 2)
    finally:
        await producer.stop()


async def until_drained(settings, running) -> None:
    deadline_s, clients = time.monotonic() + WITHIN_S, Clients(settings.kafka)
    while any(lag.waiting for lag in await read_lags(clients, settings) if lag.step == "intake"):
        assert not running.done(), running
        assert time.monotonic() < deadline_s, "not drained"
        await asyncio.sleep(0.3)


async def values_of(settings, topic: str) -> list[dict]:
    found = [record async for record in read_topic(Clients(settings.kafka), topic)]
    return [json.loads(record.value) for record in found]


async def test_raw_records_become_inbox_records_activity_and_dead_letters(raw):
    topics = topics_of(raw)
    batch = [sent.IDENTIFY, sent.TRACK, sent.PAGE]
    ids = [f"00Q5e00001kABC{at}EAA" for at in range(3)]
    changed = sent.change_event("UPDATE", Company="A", header={"recordIds": ids})
    gap = sent.change_event("GAP_UPDATE")
    await send(raw, topics.raw("segment"), [{"batch": batch}, sent.GROUP, b"{"])
    await send(raw, topics.raw("crm"), [changed, gap, sent.SALESFORCE_CREATE])
    await send(raw, topics.raw("nobody"), [sent.IDENTIFY])
    async with intake(raw) as running:
        await until_drained(raw, running)
    leads = await values_of(raw, topics.inbox)
    assert sorted((each["event_type"], each["lead_id"]) for each in leads) == sorted(
        [
            ("updated", "segment-u-1"),
            ("submitted", "segment-u-1"),
            ("updated", "segment-u-1"),
            *(("updated", lead_id) for lead_id in ids),
            ("submitted", sent.LEAD_ID),
        ]
    )
    (activity,) = await values_of(raw, topics.activity)
    assert activity["activity_type"] == "pricing_page"
    letters = [record async for record in read_topic(Clients(raw.kafka), topics.dead_letters)]
    assert sorted(dict(letter.headers)["reason"] for letter in letters) == [
        b"fetch_needed",
        b"not_json",
        b"unknown_source",
    ]
    assert sent.encoded(gap) in {letter.value for letter in letters}


async def test_a_restart_reads_no_raw_record_again_and_the_audit_finds_nothing(raw):
    topics = topics_of(raw)
    for _ in range(2):
        await send(raw, topics.raw("segment"), [sent.TRACK, {"batch": [sent.PAGE, sent.GROUP]}])
        async with intake(raw) as running:
            await until_drained(raw, running)
    assert len(await values_of(raw, topics.inbox)) == 4
    assert len(await values_of(raw, topics.activity)) == 2
    found = await audit(raw, lambda _: None)
    inputs = found.rows[: found.rows.index(found.letters.row)]
    assert sum(row.same for row in inputs) == 4
    assert not [each for row in inputs for each in row.findings]


async def test_activity_that_is_not_acknowledged_holds_the_position_back(raw, monkeypatch):
    """A request sent before a crash comes again; it is known by its id."""
    topics, failed = topics_of(raw), []
    put = ActivityTopic.put

    async def fail_once(self, records):
        await put(self, records)
        if not failed:
            failed.append(len(records))
            raise TimeoutError

    monkeypatch.setattr(ActivityTopic, "put", fail_once)
    await send(raw, topics.raw("segment"), [{"batch": [sent.PAGE, sent.GROUP]}])
    async with intake(raw) as running:
        await until_drained(raw, running)
    assert failed == [1]
    assert len(await values_of(raw, topics.inbox)) == 1
    activity = await values_of(raw, topics.activity)
    assert [each["activity_id"] for each in activity] == ["segment-m-4", "segment-m-4"]
