"""A record answered 202 is in Kafka; one that is not good is refused, with nothing written."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import time

import pytest
from structlog.testing import capture_logs

from router.roles.gateway import api
from router.roles.gateway.api_keys import new_key, revoked, write_keys
from router.roles.gateway.writer import Writer
from tests.roles.gateway.conftest import Gateway, lead

pytestmark = pytest.mark.kafka


async def test_202_means_that_kafka_has_it_as_it_came(gateway):
    sent = json.dumps(lead("L-1", contact={"email": "jane@example.com"})).encode()
    status, answer, _ = await gateway.post(None, data=sent)
    assert (status, answer) == (202, {"status": 202})
    [record] = await gateway.records(gateway.topics.leads)
    assert (record.key, record.value) == (b"L-1", sent)
    assert ("sales_org", b"main") in record.headers


async def test_every_record_of_a_batch_has_its_own_answer(gateway):
    batch = [lead("L-1"), {"lead_id": "L-2"}, lead("L-3", company={"employees": "some"})]
    status, answer, _ = await gateway.post(batch)
    assert status == 207
    good, bad, warned = answer["records"]
    assert good == {"status": 202}
    assert bad["status"] == 422
    assert "event_id is missing" in bad["detail"]
    assert warned["status"] == 202
    assert warned["warnings"][0]["field"] == "company.employees"
    keys = {record.key for record in await gateway.records(gateway.topics.leads)}
    assert keys == {b"L-1", b"L-3"}


async def test_a_batch_of_which_kafka_has_nothing_is_no_success(gateway, monkeypatch):
    async def lost(_writer, _topic, records):
        return [False for _ in records]

    monkeypatch.setattr(Writer, "write", lost)
    status, answer, headers = await gateway.post([lead("L-1"), lead("L-2")])
    assert (status, headers["Retry-After"]) == (503, "2")
    assert "send it again" in answer["detail"]
    assert (await gateway.post([lead("L-1"), {"lead_id": "L-2"}]))[0] == 207


async def test_events_come_in_both_modes_and_in_batches(gateway):
    event = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "web",
        "type": "com.example.lead.submitted.v1",
        "subject": "L-1",
        "time": "2026-11-01T10:00:00Z",
    }
    whole = {**event, "data": {"request": "demo"}}
    kind = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
    status, *_ = await gateway.post(None, data=json.dumps(whole), headers=kind)
    assert status == 202
    split = {f"ce-{name}": value for name, value in event.items()}
    status, *_ = await gateway.post({"request": "demo"}, headers=split)
    assert status == 202
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    status, *_ = await gateway.post(None, data=json.dumps([whole, whole]), headers=kind)
    assert status == 202
    assert [each.key for each in await gateway.records(gateway.topics.leads)] == [b"L-1"] * 4


async def test_activity_goes_to_its_own_topic(gateway):
    activity = {
        "activity_id": "a-1",
        "lead_id": "L-1",
        "activity_type": "demo_request",
        "occurred_at": "2026-11-01T10:00:00Z",
    }
    assert (await gateway.post(activity, "activity"))[0] == 202
    assert len(await gateway.values(gateway.topics.activity)) == 1


REFUSED = [
    ({"data": b"{"}, 400, "not JSON"),
    ({"data": b"[{]"}, 400, "not a JSON list"),
    ({"body": {**lead(), "lead_id": None}}, 422, "lead_id"),
    ({"body": lead(sales_org="north")}, 422, "sales_org"),
    ({"body": lead(), "key": "lrk_000000000000_x"}, 401, "Bearer"),
    ({"body": lead(), "door": "feedback"}, 403, "not for feedback"),
    ({"data": b"x" * 200_001}, 413, "200000"),
    ({"body": [lead()] * 1_001}, 413, "1000 records"),
    ({"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "application/json"),
    ({"data": b"{}", "headers": {"Content-Encoding": "gzip"}}, 400, "not gzip"),
    ({"data": gzip.compress(b"0" * 50_000_000), "headers": {"Content-Encoding": "gzip"}}, 413, ""),
    ({"data": gzip.compress(b"{}")[:-6], "headers": {"Content-Encoding": "gzip"}}, 400, "middle"),
    ({"data": gzip.compress(b"{}") * 2, "headers": {"Content-Encoding": "gzip"}}, 400, "goes on"),
    ({"body": lead(), "door": "else"}, 404, ""),
]


async def test_what_is_not_good_is_refused_with_a_reason_and_nothing_written(gateway):
    for sent, expected, said in REFUSED:
        given = {"body": None, **sent}
        status, answer, headers = await gateway.post(given.pop("body"), **given)
        assert status == expected, (sent.keys(), answer)
        assert said in answer["detail"]
        assert answer["status"] == status
        assert headers["Content-Type"].startswith("application/problem+json")
    assert await gateway.values(gateway.topics.leads) == []
    assert await gateway.values(gateway.topics.feedback) == []


async def test_a_refusal_says_nothing_of_what_came(gateway):
    sent = lead("jane.doe@example.com", event_type="+49 171 1234567")
    status, answer, _ = await gateway.post(sent)
    assert status == 422
    assert "jane" not in str(answer)
    assert "171" not in str(answer)


async def test_a_defect_is_answered_500_counted_and_told_without_what_came(
    gateway, monkeypatch, caplog
):
    def broken(*_):
        raise ValueError("jane.doe@example.com")

    monkeypatch.setattr(api, "check", broken)
    with capture_logs() as logs:
        status, answer, _ = await gateway.post(lead())
    assert (status, answer["title"]) == (500, "Internal Server Error")
    assert gateway.meters.gateway.requests.values == {("leads", "500"): 1}
    told = [each["where"] for each in logs if each["event"] == "gateway.defect"]
    assert len(told) == 1
    assert told[0].startswith("ValueError in test_gateway.py:")
    assert "jane" not in f"{answer} {logs} {caplog.text}"


async def test_without_keys_it_may_be_called_as_it_listens_and_by_no_strangers_name(
    topics_ready, keys_path
):
    async with Gateway(topics_ready, keys_path, keys_file=None, host="127.0.0.2") as gateway:
        assert (await gateway.post(lead()))[0] == 202
        assert (await gateway.post(lead(), headers={"Host": "stranger.example:80"}))[0] == 403


async def test_a_key_that_is_revoked_is_refused_within_seconds(gateway, keys_path):
    _, other = new_key("main", ["leads"], "other")
    write_keys(keys_path, revoked([gateway.key, other], gateway.key.key_id))
    deadline_s = time.monotonic() + 5
    while (await gateway.post(lead()))[0] == 202:
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.1)
    assert (await gateway.post(lead()))[0] == 401


async def test_no_key_is_called_bad_while_the_keys_cannot_be_read(gateway, keys_path):
    keys_path.write_text("{")
    await asyncio.sleep(1.1)
    statuses = {(await gateway.post(lead()))[0] for _ in range(5)}
    assert statuses == {503}
    write_keys(keys_path, [gateway.key])
    assert (await gateway.post(lead()))[0] == 202


async def test_a_defect_of_the_writer_ends_the_gateway_instead_of_a_503_for_ever(
    topics_ready, keys_path, monkeypatch
):
    async def broken(*_):
        await asyncio.sleep(0.1)
        raise KeyError

    monkeypatch.setattr(Writer, "run", broken)
    asked = Gateway(topics_ready, keys_path)
    running = asyncio.create_task(asked.server.run(asyncio.Event()))
    await asyncio.wait([running], timeout=5)
    has_ended_by_itself = running.done()
    running.cancel()
    with pytest.raises(KeyError):
        await running
    assert has_ended_by_itself


async def test_who_sends_too_much_is_told_when_to_come_again(topics_ready, keys_path):
    async with Gateway(topics_ready, keys_path, records_per_s=2) as gateway:
        assert (await gateway.post([lead(f"L-{n}") for n in range(30)]))[0] == 202
        status, _, headers = await gateway.post(lead("L-4"))
        assert status == 429
        assert 5 < int(headers["Retry-After"]) < 16


async def test_fifty_at_once_are_all_written(gateway):
    answers = await asyncio.gather(*(gateway.post(lead(f"L-{n}")) for n in range(50)))
    assert {status for status, *_ in answers} == {202}
    keys = {record.key for record in await gateway.records(gateway.topics.leads)}
    assert keys == {b"L-%d" % n for n in range(50)}


async def test_every_request_is_counted(gateway):
    await gateway.post(lead())
    await gateway.post({})
    counted = gateway.meters.gateway
    assert counted.requests.values == {("leads", "202"): 1, ("leads", "422"): 1}
    assert counted.records.values == {("leads", "accepted"): 1, ("leads", "refused"): 1}


async def test_mutilated_requests_never_break_it(gateway):
    """Bytes of a sound request, changed at random: refused or taken, never a failure of ours."""
    whole = json.dumps([lead("L-1"), lead("L-2", contact={"email": "jane@example.com"})]).encode()
    for _ in range(300):
        body = bytearray(whole)
        for place in os.urandom(1 + os.urandom(1)[0] % 4):
            body[place * len(body) // 256] = os.urandom(1)[0]
        status, answer, _ = await gateway.post(None, data=bytes(body))
        assert status in {202, 207, 400, 422}, answer
        assert "jane" not in str(answer)
