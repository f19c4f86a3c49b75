"""Without any one of its rights a role says which, waits, and goes on when it is given back."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from structlog.testing import capture_logs

from router.errors import LeadRouterError
from router.kafka.rights import watch
from router.kafka.rights.right import Resource
from tests.roles.rights.running import Outside

pytestmark = pytest.mark.kafka

DWELL_S = 0.5
GROUP_DWELL_S = 4.0
"""Until the broker has refused a heartbeat, of which there is one every two seconds."""
DENIED_FOR_S = 3.0
ATTEMPTS_MAX = 100
"""In these seconds; unbounded it would be thousands."""


async def take_each(role, acls, giver, outside):
    """Take each right and give it back, with a lead on its way; returns the leads."""
    sent = []
    for right, acl in acls.items():
        await giver.take(acl)
        await role.until_it_lacks(right)
        lead_id = f"{role.role}-{len(sent)}"
        await outside.submit(lead_id)
        await outside.act(lead_id)
        sent.append(lead_id)
        await asyncio.sleep(GROUP_DWELL_S if right.resource is Resource.GROUP else DWELL_S)
        await giver.give(acl)
        await role.until_ready()
    return sent


async def test_each_is_named_when_it_is_taken_and_none_ends_a_role(
    secured_deployment, giver, start_roles, monkeypatch
):
    monkeypatch.setattr(watch, "_LOOK_EVERY_S", 0.5)
    outside = Outside(secured_deployment)
    await outside.publish_policy()
    roles = await start_roles("intake", "route", "streams")
    await secured_deployment.give("sender")
    with capture_logs() as logs:
        sent = await asyncio.gather(
            *(take_each(role, secured_deployment.acls(role.role), giver, outside) for role in roles)
        )
        leads = [lead_id for of_role in sent for lead_id in of_role]
        decided = await outside.until_in(outside.topics.assignments, leads, *roles)
        await outside.until_in(outside.topics.engagement, leads, *roles)
    assert [lead for lead, times in Counter(decided).items() if times > 1] == []
    said = Counter(each["why"] for each in logs if each["event"] == "rights.missing")
    assert len(said) >= len(leads)
    assert {why: times for why, times in said.items() if times > 1} == {}


async def test_an_input_that_is_denied_stops_no_other(
    secured_deployment, giver, start_roles, caplog
):
    outside = Outside(secured_deployment)
    await secured_deployment.give("sender")
    roles = intake, _ = await start_roles("intake", "route")
    acls = secured_deployment.acls("intake")
    [right] = [each for each in acls if each.name == outside.topics.leads]
    await giver.take(acls[right])
    await outside.submit("kept-waiting")
    await intake.until_it_lacks(right)
    unreadable = {"lead_id": "x"}
    await outside.send(secured_deployment.as_anybody, outside.topics.feedback, "x", unreadable)
    await outside.until_count(outside.topics.dead_letters, 1, *roles)
    await asyncio.sleep(DENIED_FOR_S)
    await giver.give(acls[right])
    await intake.until_ready()
    await outside.until_in(outside.topics.assignments, ["kept-waiting"], *roles)
    refused = [each for each in caplog.records if "authorized" in str(each.msg)]
    assert len(refused) < ATTEMPTS_MAX, "it asks again and again"


@pytest.mark.parametrize("role", ["intake", "route", "streams"])
async def test_a_role_without_any_right_waits_and_begins_when_it_has_them(
    secured_deployment, new_role, role
):
    waiting = new_role(role)
    await waiting.until(lambda awaits: awaits is not None and " lacks " in awaits, "unready")
    assert f'{role} waits for rights: the user "{role}" lacks ' in waiting.awaits
    assert waiting.awaits.count("\n") == 0
    await secured_deployment.give(role)
    await waiting.until_ready()


@pytest.mark.parametrize("role", ["intake", "route", "streams"])
async def test_a_role_that_waits_for_rights_stops_in_good_order(new_role, role):
    waiting = new_role(role)
    await waiting.until(lambda awaits: awaits is not None and " lacks " in awaits, "unready")
    await waiting.stop()
    assert waiting.task.done()
    assert waiting.task.exception() is None


async def test_a_role_begins_with_the_inputs_that_it_may_read(secured_deployment, giver, new_role):
    outside = Outside(secured_deployment)
    acls = secured_deployment.acls("intake")
    [right] = [each for each in acls if each.name == outside.topics.leads]
    await giver.give(acl for each, of_one in acls.items() if each != right for acl in of_one)
    intake = new_role("intake")
    unreadable = {"lead_id": "x"}
    await outside.send(secured_deployment.as_anybody, outside.topics.feedback, "x", unreadable)
    await outside.until_count(outside.topics.dead_letters, 1, intake)
    await intake.until_it_lacks(right)
    await outside.send(secured_deployment.as_anybody, outside.topics.leads, "x", unreadable)
    assert await sources_of_dead_letters(outside) == [outside.topics.feedback]
    await giver.give(acls[right])
    await intake.until_ready()
    await outside.until_count(outside.topics.dead_letters, 2, intake)
    assert sorted(await sources_of_dead_letters(outside)) == sorted(
        [outside.topics.feedback, outside.topics.leads]
    )


async def sources_of_dead_letters(outside):
    letters = await outside.read(outside.topics.dead_letters)
    return [dict(letter.headers)["topic"].decode() for letter in letters]


async def test_a_missing_topic_is_not_told_as_a_missing_right(
    secured, secured_deployment, new_role, giver
):
    await secured_deployment.give("route")
    await giver.delete_topics(Outside(secured_deployment).topics.reps)
    with pytest.raises(LeadRouterError, match=r"do not exist: \S+routing\.reps"):
        await new_role("route").task
