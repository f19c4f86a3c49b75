"""The running router, good and bad records side by side on every input topic."""

import json
from collections import Counter

import pytest

from router.kafka.topics import input_topics
from tests.e2e.bad_input.bad_records import ROLES, bad_records
from tests.e2e.bad_input.company import encoded, good, write_company
from tests.e2e.bad_input.program import RunningRouter, environment, must
from tests.e2e.bad_input.topics import Board, Sent, headers_of, source_of

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

KIND_OF = {
    "leads": "lead",
    "roster": "rep",
    "accounts": "account",
    "feedback": "feedback",
    "engagement": "engagement",
    "commands": "command",
}


def mixed(role, topic):
    """Bad records with a good one after each; yields them with what each bad one is."""
    records, bad_at = [], {}
    for number, bad in enumerate(bad_records(role)):
        bad_at[len(records)] = bad
        key = None if role in {"leads", "feedback", "commands"} and number % 2 else bad.key
        partition = number % 4
        records.append(Sent(topic, key, bad.value, bad.headers, partition))
        if role in KIND_OF:
            value = encoded(good(role, number))
            records.append(Sent(topic, f"good-{number}".encode(), value, (), partition))
    return records, bad_at


def cloudevents(topic):
    """Leads as good CloudEvents, binary and structured, the attributes filling the body."""
    binary = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"event-cloud-1"),
        ("ce_source", b"/forms"),
        ("ce_type", b"com.example.lead.submitted.v1"),
        ("ce_subject", b"cloud-1"),
        ("ce_time", b"2026-01-05T09:00:00Z"),
        ("content-type", b"application/json"),
    )
    envelope = {
        "specversion": "1.0",
        "id": "event-cloud-2",
        "source": "/forms",
        "type": "com.example.lead.submitted",
        "subject": "cloud-2",
        "time": "2026-01-05T09:00:00Z",
        "data": {"location": {"country": "DE"}},
    }
    content_type = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)
    return [
        Sent(topic, None, encoded({"location": {"country": "DE"}}), binary),
        Sent(topic, b"cloud-2", encoded(envelope), content_type, 1),
    ]


async def test_bad_records_are_dead_letters_and_every_lead_beside_them_is_assigned_once(
    topics_ready, tmp_path
):
    board, env = Board(topics_ready), environment(topics_ready)
    topic_of = {role: names[0] for role, names in input_topics(topics_ready).items() if names}
    write_company(tmp_path)
    async with RunningRouter(env, tmp_path) as router:
        board.router = router
        await router.ready()
        expected, goods = await send_mixed(board, topic_of, env, tmp_path)
        dead = await board.read_count(board.names.dead_letters, len(expected))
        check_dead_letters(dead, expected)
        assigned = await board.assignments(goods["lead"])
        inbox = await board.read_count(board.names.inbox, goods.total())
        assert router.is_running
        assert router.is_ready
        assert await router.stop() == 0
    kinds = Counter(json.loads(record.value)["kind"] for record in inbox)
    assert {kind: count for kind, count in kinds.items() if kind != "tick"} == goods
    leads = {f"lead-{n}" for n in range(len(bad_records("leads")))} | {"cloud-1", "cloud-2"}
    assert Counter(each["lead_id"] for each in assigned) == dict.fromkeys(leads, 1)
    assert {each["outcome"] for each in assigned} == {"assigned"}
    assert "Traceback" not in router.output
    assert "example.com" not in router.output


async def send_mixed(board, topic_of, env, folder):
    """Send it all, the company's own files in the middle; what must become of it."""
    expected, goods = {}, Counter()
    await must(env, "roster", "apply", folder / "roster.csv")
    goods["rep"] += 3
    for role in ("policies", *(role for role in ROLES if role != "policies")):
        records, bad_at = mixed(role, topic_of[role])
        places = await board.send(records)
        for at, bad in bad_at.items():
            expected[places[at]] = (bad, records[at])
        if role in KIND_OF:
            goods[KIND_OF[role]] += len(records) - len(bad_at)
        else:
            await must(env, "policy", "publish", folder / "policy.yaml")
            goods["policy"] += 1
    events = cloudevents(topic_of["leads"])
    await board.send(events)
    goods["lead"] += len(events)
    return expected, goods


def check_dead_letters(dead, expected):
    found = Counter(source_of(record) for record in dead)
    assert found == dict.fromkeys(expected, 1), "each bad record is one dead letter"
    for record in dead:
        bad, sent = expected[source_of(record)]
        said = headers_of(record)
        assert said["reason"].decode() == bad.reason, (bad.what, said)
        assert record.value == sent.value, bad.what
        assert record.key == sent.key, bad.what
        assert said["step"] == b"intake"
        assert int(said["timestamp_ms"]) > 0
        assert said["detail"].decode().isprintable()
        for name, text in sent.headers:
            assert said[f"original.{name}"] == text
