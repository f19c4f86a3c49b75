"""`lead-router doctor --role` tells a user's rights one by one, and commands which they lack."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from router.cli.main import main
from router.kafka.client.clients import Clients
from router.kafka.queries.broker_probe import probe_broker
from router.kafka.queries.reader import written_spans
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import topics_of
from router.roles.rights.checks import check_rights
from router.roles.rights.roles import CHECKED_ROLES, rights_of
from tests.roles.rights.acls import acls_of
from tests.roles.rights.broker import password_of, variables_of
from tests.roles.rights.running import Outside

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("role", CHECKED_ROLES)
async def test_exactly_the_rights_that_are_missing_fail(secured_deployment, giver, role):
    settings = secured_deployment.as_user(role)
    rights = [str(right) for right in rights_of(settings, role)]
    reached, versions, *checks = await check_rights(settings, role)
    assert (reached.ok, versions.ok) == (True, True)
    assert [check.name for check in checks] == rights
    assert not any(check.ok for check in checks)
    assert checks[0].found == f'the user "{role}" lacks it'
    await giver.give(acl for check in checks for acl in acls_of(arguments_of(check.next_step)))
    assert [check.name for check in await check_rights(settings, role) if not check.ok] == []
    right, acls = list(secured_deployment.acls(role).items())[-1]
    await giver.take(acls)
    failed = [check.name for check in await check_rights(settings, role) if not check.ok]
    assert failed == [str(right)]


def arguments_of(next_step):
    program, _, arguments = next_step.partition(" ")
    assert program == "kafka-acls.sh"
    return arguments


async def test_nothing_is_written_and_nothing_made(secured_deployment, giver):
    anybody = secured_deployment.as_anybody
    before = await everything(anybody)
    for role in CHECKED_ROLES:
        await secured_deployment.give(role)
        await check_rights(secured_deployment.as_user(role), role)
    assert await everything(anybody) == before


async def everything(settings):
    """All topics that there are, and where every partition of ours ends."""
    clients = Clients(settings.kafka)
    admin = clients.admin()
    await admin.start()
    names = sorted(await admin.list_topics())
    await admin.close()
    ours = [name for name in names if name.startswith(settings.topics.prefix)]
    sources = [
        TopicPartition(name, number)
        for name, shape in (await read_shapes(clients, ours)).items()
        for number in range(shape.partition_count)
    ]
    return names, await written_spans(clients, sources)


async def test_a_topic_that_is_not_there_is_told_as_such(secured_deployment, giver):
    await secured_deployment.give("sender")
    topics = topics_of(secured_deployment.as_anybody)
    await giver.delete_topics(topics.activity)
    checks = await check_rights(secured_deployment.as_user("sender"), "sender")
    [failed] = [check for check in checks if not check.ok]
    assert (failed.name, failed.found) == (
        f"WRITE on topic {topics.activity}",
        "the topic does not exist",
    )
    assert "topics apply" in failed.next_step


async def test_the_whole_doctor_works_with_its_own_rights(secured_deployment):
    await secured_deployment.give("doctor")
    checks = await probe_broker(secured_deployment.as_user("doctor"))
    assert [check for check in checks if not check.ok] == []
    assert {"fencing of zombies", "topics"} <= {check.name for check in checks}


@pytest.fixture
def as_user(secured_deployment, monkeypatch, capsys):
    """Runs a command as a user; returns the exit code and what was said."""

    def run(user, *arguments):
        settings = secured_deployment.as_user(user)
        for name, value in variables_of(settings.kafka).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", settings.topics.prefix)
        monkeypatch.setenv("COLUMNS", "300")
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return run


def test_the_command_says_what_is_missing_and_how_to_give_it(secured_deployment, as_user):
    owners = topics_of(secured_deployment.as_anybody).owners
    code, said, _ = as_user("crm", "doctor", "--role", "crm")
    assert code == 1
    assert f'fail READ on topic {owners}: the user "crm" lacks it' in said
    line = f"kafka-acls.sh --add --allow-principal User:crm --operation Read --topic {owners}"
    assert line in said
    _, said, _ = as_user("crm", "doctor", "--role", "crm", "--json")
    assert {"name", "ok", "found", "next_step"} == set(json.loads(said)[0])


def test_a_command_names_the_right_that_it_lacks(secured_deployment, as_user, tmp_path):
    leads = tmp_path / "leads.jsonl"
    leads.write_text('{"lead_id": "web-1"}\n')
    topics = topics_of(secured_deployment.as_anybody)
    code, _, said = as_user("sender", "emit", leads)
    assert code == 1
    assert f'the user "sender" lacks WRITE on topic {topics.leads}' in said
    assert "does not exist" not in said
    code, _, said = as_user("crm", "watch", "--last", "1")
    assert code == 1
    assert f'the user "crm" lacks READ on topic {topics.roster}' in said


def test_an_unknown_role_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--role", "board"])
    assert ended.value.code == 2
    there_are = "there are: intake, route, streams, delivery, gateway, sender, crm"
    assert there_are in capsys.readouterr().err


async def test_a_crm_reads_and_answers_with_its_rights(secured_deployment):
    await secured_deployment.give("crm")
    outside = Outside(secured_deployment)
    settings = secured_deployment.as_user("crm")
    decision = {"lead_id": "web-1"}
    await outside.send(secured_deployment.as_anybody, outside.topics.owners, "web-1", decision)
    await outside.send(settings, outside.topics.feedback, "web-1", decision)
    consumer = AIOKafkaConsumer(
        outside.topics.assignments,
        outside.topics.owners,
        bootstrap_servers=settings.kafka.bootstrap_servers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism=settings.kafka.sasl_mechanism,
        sasl_plain_username="crm",
        sasl_plain_password=password_of("crm"),
        group_id=f"{settings.topics.prefix}crm-hubspot",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 30)
        assert json.loads(record.value) == decision
        await consumer.commit()
    finally:
        await consumer.stop()
