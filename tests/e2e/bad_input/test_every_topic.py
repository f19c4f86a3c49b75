"""The running router, good and bad records side by side on every input topic."""

import json
from collections import Counter

import pytest

from router.kafka.topics.topic_names import input_topics
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


ATTRIBUTES = {
    "leads": {"id": "event_id", "type": "event_type", "subject": "lead_id", "time": "occurred_at"},
    "roster": {"subject": "rep_id"},
    "accounts": {"subject": "account_id"},
    "feedback": {"type": "feedback_type", "subject": "lead_id", "time": "occurred_at"},
    "engagement": {"subject": "lead_id", "time": "occurred_at"},
    "commands": {"id": "command_id", "type": "command", "time": "occurred_at"},
}


def cloudevents(role, topic):
    """A good record in binary mode and one in structured mode, the attributes filling the body."""
    records = []
    for number, is_binary in ((1_000, True), (1_001, False)):
        body = good(role, number)
        event = {"specversion": "1.0", "id": f"cloud-{number}", "source": "/forms", "type": "x"}
        event |= {name: body.pop(field) for name, field in ATTRIBUTES[role].items()}
        event["type"] = f"com.example.{event['type']}.v1"
        headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
        if is_binary:
            headers = [(f"ce_{name}", text.encode()) for name, text in event.items()]
        value = body if is_binary else {**event, "data": body}
        records.append(Sent(topic, b"cloud", encoded(value), headers))
    return records


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
    leads = {f"lead-{n}" for n in range(len(bad_records("leads")))} | {"lead-1000", "lead-1001"}
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
            events = cloudevents(role, topic_of[role])
            await board.send(events)
            goods[KIND_OF[role]] += len(records) - len(bad_at) + len(events)
        else:
            await must(env, "policy", "publish", folder / "policy.yaml")
            goods["policy"] += 1
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
