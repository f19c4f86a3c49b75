"""Garbage in the inbox itself, which only intake should write."""

import re
from collections import Counter

import pytest

from tests.e2e.bad_input.company import encoded, lead, write_company
from tests.e2e.bad_input.program import RunningRouter, environment, must
from tests.e2e.bad_input.topics import Board, Sent, headers_of, source_of

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

LEAD = encoded({"kind": "lead", **lead("lead-x"), "occurred_at_ms": 1, "facts": {}})
GARBAGE = [
    (b"main", b"nonsense", b"unexpected_error"),
    (b"main", None, b"unexpected_error"),
    (b"main", b"\xff\xfe\x00", b"unexpected_error"),
    (b"main", b'{"kind":"lead"}', b"unexpected_error"),
    (b"main", b'{"kind":"rocket","due_ms":1}', b"unexpected_error"),
    (b"main", b'{"kind":"tick","due_ms":"now"}', b"unexpected_error"),
    (b"main", b'{"kind":"lead","facts":' + b"[" * 10_000, b"unexpected_error"),
    (b"main", b'{"kind":"lead"' + b" " * 2_000_000 + b"}", b"unexpected_error"),
    (b"nobody", LEAD, b"unknown_sales_org"),
    (b"north", LEAD, b"unknown_sales_org"),
    (None, LEAD, b"unknown_sales_org"),
]


async def test_garbage_is_buried_until_the_breaker_stops_its_partition_for_an_operator(
    topics_ready, tmp_path
):
    limits = {
        "LEAD_ROUTER_SALES_ORGS": '["main", "north"]',
        "LEAD_ROUTER_BREAKER__WINDOW_RECORDS": "1000",
        "LEAD_ROUTER_BREAKER__DEAD_LETTERS_MAX": str(len(GARBAGE) + 2),
    }
    board, env = Board(topics_ready), environment(topics_ready, **limits)
    write_company(tmp_path)
    await must(env, "roster", "apply", tmp_path / "roster.csv")
    await must(env, "policy", "publish", tmp_path / "policy.yaml")
    inbox = board.names.inbox
    garbage = [Sent(inbox, key, value) for key, value, _ in GARBAGE]
    async with RunningRouter(env, tmp_path, name="first") as router:
        board.router = router
        await router.ready()
        await send_leads(board, "before", 5)
        await board.assignments(5)
        buried = await board.send(garbage)
        await board.read_count(board.names.dead_letters, len(garbage))
        await send_leads(board, "between", 5)
        await board.assignments(10)
        assert router.is_ready

        too_much = await board.send([Sent(inbox, b"main", b"%d" % n) for n in range(5)])
        await router.until(lambda: "partition.halted" in router.output, "halt")
        await send_leads(board, "behind", 5)
        await send_leads(board, "north", 5, "north")
        waiting = await board.assignments(15)
        assert await router.stop() == 1
    assert not [each for each in waiting if each["lead_id"].startswith("behind")]
    told = router.output.strip().splitlines()[-1]
    accepted = re.search(r"`lead-router run --accept-dead-letters-until (\d+)`", told)
    assert accepted, router.output
    assert int(accepted[1]) == too_much[2].offset

    async with RunningRouter(
        env, tmp_path, f"--accept-dead-letters-until={accepted[1]}", name="second"
    ) as router:
        board.router = router
        decided = await board.assignments(20)
        dead = await board.read_count(board.names.dead_letters, len(garbage) + 5)
        assert await router.stop() == 0
    check_assigned_once(decided)
    check_dead_letters(dead, dict(zip(buried, GARBAGE, strict=True)), too_much)


async def send_leads(board, name, count, sales_org="main"):
    topic = board.names.leads
    bodies = [lead(f"{name}-{n}", sales_org=sales_org) for n in range(count)]
    await board.send([Sent(topic, None, encoded(body), (), 1) for body in bodies])


def check_assigned_once(decided):
    wanted = {f"{name}-{n}" for name in ("before", "between", "behind", "north") for n in range(5)}
    assert Counter(each["lead_id"] for each in decided) == dict.fromkeys(wanted, 1)
    outcomes = {each["sales_org"]: each["outcome"] for each in decided}
    assert outcomes == {"main": "assigned", "north": "queued"}  # north has no policy yet


def check_dead_letters(dead, expected, too_much):
    found = {source_of(record): record for record in dead}
    assert len(found) == len(dead)
    assert set(found) == {*expected, *too_much}
    for place, (key, value, reason) in expected.items():
        record, said = found[place], headers_of(found[place])
        assert (record.key, record.value) == (key, value)
        assert (said["reason"], said["step"]) == (reason, b"route")
