"""The inbox under another prefix: a router there decides what was decided here."""

import asyncio
import json
import shutil

import pytest

from router.errors import UsageError
from router.offline.inbox_copy import moved_settings
from router.settings import Settings
from tests.e2e.bad_input.company import POLICY, encoded, lead, write_company
from tests.e2e.bad_input.program import RunningRouter, command, environment, must
from tests.e2e.bad_input.topics import Board, Sent

LEADS = 40
ORGS = ["main", "west"]


def decisions(records):
    """What was decided of each lead, without the places that another inbox gives its records."""
    found = {}
    for record in records:
        body = json.loads(record.value)
        del body["inbox"]
        if body["event_id"].startswith("inbox-"):
            del body["event_id"]
        found[body["assignment_id"]] = body
    return found


async def published(settings, env, folder, count):
    """All that a router decides which is given only an inbox."""
    board = Board(settings)
    async with RunningRouter(env, folder, "--roles=route", name=settings.topics.prefix) as router:
        board.router = router
        await board.assignments(count)
        assert await router.stop() == 0, router.output
    return await board.read(board.names.assignments)


@pytest.fixture
async def decided(topics_ready, tmp_path):
    """A deployment of two sales orgs in one partition that has decided about its leads."""
    orgs = {
        "LEAD_ROUTER_SALES_ORGS": json.dumps(ORGS),
        "LEAD_ROUTER_TOPICS__INBOX_PARTITIONS": str(topics_ready.topics.inbox_partitions),
    }
    env = environment(topics_ready, **orgs)
    board = Board(topics_ready)
    write_company(tmp_path)
    async with RunningRouter(env, tmp_path) as router:
        board.router = router
        for org in ORGS:
            own = tmp_path / f"{org}.csv"
            shutil.copy(tmp_path / "roster.csv", own)
            await must(env, "roster", "apply", own, "--sales-org", org)
            policy = tmp_path / f"{org}.yaml"
            policy.write_text(POLICY.replace("policy: always-open", f"policy: {org}-open"))
            await must(env, "policy", "publish", policy, "--sales-org", org)
        await board.send(
            [
                Sent(board.names.leads, None, encoded(lead(f"lead-{n}", sales_org=ORGS[n % 2])))
                for n in range(LEADS)
            ]
        )
        records = await board.assignments(LEADS)
        assert await router.stop() == 0, router.output
    assert len(records) == LEADS
    return env, await board.read(board.names.assignments)


@pytest.mark.kafka
@pytest.mark.timeout(180)
async def test_a_router_there_decides_the_same_and_a_sales_org_moves_alone(
    decided, settings, tmp_path
):
    env, before = decided
    again, west = (f"{settings.topics.prefix}{name}." for name in ("again", "west"))
    said = await must(env, "replay", "--into", again)
    assert f"LEAD_ROUTER_TOPICS__PREFIX={again} lead-router run" in said
    there = {**env, "LEAD_ROUTER_TOPICS__PREFIX": again}
    assert json.loads(await must(there, "topics", "diff", "--json")) == []
    refused = await asyncio.to_thread(command, env, "replay", "--into", again)
    assert refused.returncode == 1
    assert "is not empty: name another prefix" in refused.stderr

    after = await published(with_prefix(settings, again), there, tmp_path, len(before))
    assert decisions(after) == decisions(before)
    compared = json.loads(await must(there, "replay", "--json"))
    assert (compared["same"], compared["differences"]) == (len(before), 0)

    await must(env, "replay", "--into", west, "--sales-org", "west")
    alone = {
        **env,
        "LEAD_ROUTER_TOPICS__PREFIX": west,
        "LEAD_ROUTER_SALES_ORGS": '["west"]',
        "LEAD_ROUTER_DEFAULT_SALES_ORG": "west",
    }
    moved = await published(with_prefix(settings, west), alone, tmp_path, LEADS // 2)
    board = Board(with_prefix(settings, west))
    inbox = await board.read(board.names.inbox)
    async with RunningRouter(alone, tmp_path, name="again") as router:
        await router.ready()
        await must(alone, "roster", "apply", tmp_path / "roster.csv")
        status = json.loads(await must(alone, "status", "--json"))
        assert await router.stop() == 0, router.output
    assert [each["policy_id"] for each in status["policies"]] == ["west-open"]
    since = (await board.read(board.names.inbox))[len(inbox) :]
    kinds = {json.loads(record.value)["kind"] for record in since}
    assert kinds <= {"tick"}, "intake takes nothing in a second time, and the roster is the same"
    of_west = {
        name: body for name, body in decisions(before).items() if body["sales_org"] == "west"
    }
    assert decisions(moved) == of_west


def with_prefix(settings, prefix):
    return Settings(
        kafka=settings.kafka, topics=settings.topics.model_copy(update={"prefix": prefix})
    )


@pytest.mark.parametrize(
    ("prefix", "sales_org", "told"),
    [
        ("lead-router.", None, "is the prefix of this deployment"),
        ("no spaces.", None, "cannot be a prefix"),
        ("x.", "east", "there is no sales org east"),
    ],
)
def test_a_slip_is_told_before_anything_is_made(prefix, sales_org, told):
    with pytest.raises(UsageError, match=told):
        moved_settings(Settings(), prefix, sales_org)
