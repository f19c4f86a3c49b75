"""Leads that come before those who are to get them, and before anyone has said who that is."""

from collections import defaultdict

import pytest

from tests.e2e.bad_input.company import encoded, lead, write_company
from tests.e2e.bad_input.program import RunningRouter, environment, must
from tests.e2e.bad_input.topics import Board, Sent

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]


async def test_leads_wait_for_the_policy_and_for_the_roster_and_are_then_assigned_once(
    topics_ready, tmp_path
):
    board, env = Board(topics_ready), environment(topics_ready)
    write_company(tmp_path)
    async with RunningRouter(env, tmp_path) as router:
        board.router = router
        await router.ready()
        early = await send(board, "early")
        story = await told(board, 5)
        assert story == dict.fromkeys(early, "no_policy")

        await must(env, "policy", "publish", tmp_path / "policy.yaml")
        middle = await send(board, "middle")
        story = await told(board, 15)
        assert story == {
            **dict.fromkeys(early, "no_policy, pool_empty"),
            **dict.fromkeys(middle, "pool_empty"),
        }

        await must(env, "roster", "apply", tmp_path / "roster.csv")
        late = await send(board, "late")
        decided = await board.assignments(30)
        assert await router.stop() == 0
    last = {each["lead_id"]: each for each in sorted(decided, key=lambda each: each["sequence"])}
    assert set(last) == {*early, *middle, *late}
    assert {each["outcome"] for each in last.values()} == {"assigned"}
    assert {each["rep_id"] for each in last.values()} == {"ann", "ben", "cid"}
    assigned = [each["lead_id"] for each in decided if each["outcome"] == "assigned"]
    assert sorted(assigned) == sorted(last)


async def send(board, name):
    """Five leads; returns their ids."""
    topic, ids = board.names.leads, [f"{name}-{n}" for n in range(5)]
    await board.send([Sent(topic, None, encoded(lead(each))) for each in ids])
    return ids


async def told(board, count):
    """Why each lead waits, in the order in which it was said, once there are so many decisions."""
    story = defaultdict(list)
    for each in await board.assignments(count):
        assert each["outcome"] == "queued"
        story[each["lead_id"]].append(each["reason"])
    return {lead_id: ", ".join(reasons) for lead_id, reasons in story.items()}
