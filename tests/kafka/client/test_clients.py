"""Security reaches every client."""

import ssl

import pytest
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

from router.kafka.client.clients import Clients, start_whole
from router.settings import KafkaSettings, Settings


def connection_of(client):
    return {
        name: getattr(client, f"_{name}")
        for name in (
            "security_protocol",
            "ssl_context",
            "sasl_mechanism",
            "sasl_plain_username",
            "sasl_plain_password",
        )
    }


async def test_every_client_authenticates_and_encrypts():
    settings = KafkaSettings(
        bootstrap_servers="kafka-1.example.com:9093, kafka-2.example.com:9093",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="router",
        sasl_password=SecretStr("very secret"),
    )
    clients = Clients(settings)
    made = [
        clients.consumer(),
        clients.consumer(group="g"),
        clients.producer(transactional_id="t", timeout_ms=5_000),
        clients.plain_producer(),
        clients.admin(),
    ]
    for client in made:
        inner = client.client if hasattr(client, "client") else client._client
        said = connection_of(inner)
        assert isinstance(said.pop("ssl_context"), ssl.SSLContext)
        assert said == {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "router",
            "sasl_plain_password": "very secret",
        }
        assert len(inner.hosts) == 2
        client._closed = True  # never started, so there is nothing to close


async def test_plaintext_has_no_ssl_context():
    consumer = Clients(KafkaSettings()).consumer()
    assert consumer._client._ssl_context is None
    assert consumer._isolation_level == "read_committed"
    assert consumer._enable_auto_commit is False
    assert consumer._auto_offset_reset == "none"
    consumer._closed = True


async def test_a_broker_that_names_no_broker_is_one_that_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = Clients(settings.kafka).producer(transactional_id="no-names", timeout_ms=3_000)
    monkeypatch.setattr(producer.client, "get_random_node", lambda: None)
    with pytest.raises(KafkaConnectionError, match="names no broker"):
        await start_whole(producer)
    await producer.stop()
