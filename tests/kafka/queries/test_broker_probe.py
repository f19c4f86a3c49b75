"""``doctor``: what it finds on a broker that is fit, on none, and in the settings."""

import json
import sys

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ProducerFenced

from router.cli.commands.setup.doctor import unknown_variables
from router.cli.main import main
from router.kafka.client import api_versions
from router.kafka.queries import broker_probe
from router.kafka.queries.broker_probe import UnfitError, broker_answers, probe_broker, reach_broker
from router.settings import Settings


def names(checks) -> list[str]:
    return [check.name for check in checks]


async def test_a_fit_broker_passes_every_check_and_keeps_nothing(settings, kafka_bootstrap):
    checks = await probe_broker(settings)
    assert [check for check in checks if not check.ok] == []
    assert "fencing of zombies" in names(checks)
    assert "transactions, read_committed" in names(checks)
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    left = [name for name in await client.list_topics() if settings.topics.prefix in name]
    await client.close()
    assert left == []


async def test_a_broker_that_is_not_there_ends_the_list_with_the_next_step():
    settings = Settings.model_validate({"kafka": {"bootstrap_servers": "127.0.0.1:1"}})
    [check] = await probe_broker(settings)
    assert not check.ok
    assert "dev up" in check.next_step
    assert "\n" not in check.found
    assert not await broker_answers(settings)


async def test_too_many_replicas_for_the_brokers_are_told(settings):
    wanted = settings.topics.model_copy(update={"replication_factor": 3})
    checks = await probe_broker(settings.model_copy(update={"topics": wanted}))
    assert (checks[-1].name, checks[-1].ok) == ("topic created", False)
    assert "REPLICATION_FACTOR" in checks[-1].next_step


async def test_a_transaction_timeout_that_the_broker_refuses_is_told(settings):
    wanted = settings.transactions.model_copy(update={"timeout_ms": 3_600_000})
    checks = await probe_broker(settings.model_copy(update={"transactions": wanted}))
    assert (checks[-1].name, checks[-1].ok) == ("transactions, read_committed", False)
    assert "transaction.max.timeout.ms" in checks[-1].next_step


async def test_a_session_timeout_that_the_broker_refuses_is_told(settings):
    wanted = settings.kafka.model_copy(update={"session_timeout_ms": 7_200_000})
    checks = await probe_broker(settings.model_copy(update={"kafka": wanted}))
    assert (checks[-1].name, checks[-1].ok) == ("offsets in transactions, consumer groups", False)


async def test_a_broker_that_does_not_fence_is_unfit(settings, monkeypatch):
    ids = iter("ABCDEFGH")

    def transactional(self):
        return self._clients.producer(
            transactional_id=f"{self._name}-{next(ids)}", timeout_ms=5_000
        )

    monkeypatch.setattr(broker_probe._Probe, "_transactional", transactional)
    checks = await probe_broker(settings)
    assert (checks[-1].name, checks[-1].ok) == ("fencing of zombies", False)
    assert "an older producer committed" in checks[-1].found


def test_an_older_protocol_without_transactions_is_seen():
    spoken = api_versions._common_version(api_versions.InitProducerIdRequest, (0, -1))
    assert not spoken
    assert api_versions._common_version(api_versions.ProduceRequest, (3, 13))
    assert not issubclass(ProducerFenced, UnfitError)


async def test_a_broker_that_may_lose_ends_of_transactions_is_told_of(settings, monkeypatch):
    async def of_kafka_4_3(admin: AIOKafkaAdminClient) -> api_versions.Versions:
        return {**await spoken_versions(admin), 35: (1, 5)}

    spoken_versions = api_versions.spoken_versions
    monkeypatch.setattr(broker_probe, "spoken_versions", of_kafka_4_3)
    [_, versions] = await reach_broker(settings)
    assert versions.ok
    assert "KAFKA-20734" in versions.found


@pytest.mark.kafka
def test_doctor_tells_programs_what_it_found(settings, monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", settings.kafka.bootstrap_servers)
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", settings.topics.prefix)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert ended.value.code == 0
    assert checks["Python"]["found"].startswith(f"{sys.version_info.major}.")
    assert all(check["ok"] for check in checks.values())


def test_doctor_tells_people_what_fails_and_what_to_do(monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVER", "a typing error")
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    shown = capsys.readouterr().out
    assert ended.value.code == 1
    assert "fail environment: no such setting: LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVER" in shown
    assert "fail settings: LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVER: " in shown
    assert "ok   Python" in shown


def test_names_of_settings_are_known_however_deep(monkeypatch):
    for known in ("SALES_ORGS", "KAFKA__SASL_PASSWORD", "TOPICS__PREFIX", "CONFIG"):
        monkeypatch.setenv(f"LEAD_ROUTER_{known}", "x")
    assert unknown_variables() == []
    monkeypatch.setenv("LEAD_ROUTER_TOPIC__PREFIX", "x")
    assert unknown_variables() == ["LEAD_ROUTER_TOPIC__PREFIX"]
