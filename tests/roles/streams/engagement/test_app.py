"""What reaches Faust from our settings, and how its table is restored."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.topics.topic_metadata import TopicShape
from router.roles.streams.engagement.codec import decode_history, encode_history
from router.roles.streams.engagement.faust_app.app import (
    engagement_table,
    make_app,
    tables_directory,
)
from router.roles.streams.engagement.history import History
from router.settings import KafkaSettings, Settings, StreamsSettings

CHANGELOG = TopicPartition("lead-router.streams.engagement", 2)


async def app_of(tmp_path, **kafka):
    settings = Settings(
        kafka=KafkaSettings(**kafka),
        streams=StreamsSettings(store="memory", directory=tmp_path),
        digest_key="k",
    )
    return make_app(settings, loop=asyncio.get_running_loop()), settings


@pytest.fixture
async def table(tmp_path):
    app, settings = await app_of(tmp_path)
    return app.tables.add(engagement_table(app, settings, TopicShape(4)))


def row(next_offset):
    return encode_history(History(next_offset=next_offset, log_ms=next_offset))


def changes(*pairs):
    """Changelog events of (key, value), in order."""
    return [
        SimpleNamespace(
            key=key,
            value=value,
            message=SimpleNamespace(tp=CHANGELOG, partition=2, offset=offset, key=key, value=value),
        )
        for offset, (key, value) in enumerate(pairs)
    ]


def offsets(table):
    return {key: decode_history(value).next_offset for key, value in table.data.data.items()}


async def test_restoring_prefers_what_was_written_when_the_log_had_been_made_anew(table):
    old, new = History(next_offset=1_000, log_ms=50), History(next_offset=5, log_ms=60)
    table.apply_changelog_batch(changes((b"a", encode_history(old)), (b"a", encode_history(new))))
    assert offsets(table) == {b"a": 5}


async def test_restoring_keeps_of_each_lead_what_goes_furthest(table):
    stale = (b"a", row(3))  # written by a worker that was thought dead
    table.apply_changelog_batch(changes((b"a", row(1)), (b"b", row(2)), (b"a", row(9)), stale))
    assert offsets(table) == {b"a": 9, b"b": 2}
    table.apply_changelog_batch(changes(stale, (b"b", row(4))))
    assert offsets(table) == {b"a": 9, b"b": 4}


async def test_a_changelog_of_another_program_ends_the_role_with_what_to_do(table):
    with pytest.raises(ValueError, match="not a history"):
        table.apply_changelog_batch(changes((b"a", row(1)), (b"a", b"{}")))
    reason = table.app.crash_reason
    assert isinstance(reason, LeadRouterError)
    assert "lead-router topics apply" in str(reason)


async def test_user_and_password_reach_faust_and_no_text_of_it(tmp_path):
    app, _ = await app_of(
        tmp_path,
        bootstrap_servers="kafka-1:9093, kafka-2:9093",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="router",
        sasl_password="secret-word",  # noqa: S106 - no secret
    )
    credentials = app.conf.broker_credentials
    assert credentials.protocol.value == "SASL_SSL"
    assert credentials.mechanism.value == "SCRAM-SHA-512"
    assert (credentials.username, credentials.password) == ("router", "secret-word")
    assert credentials.ssl_context is not None
    assert "secret-word" not in repr(credentials) + repr(app.conf)
    assert [(url.host, url.port) for url in app.conf.broker] == [
        ("kafka-1", 9093),
        ("kafka-2", 9093),
    ]


async def test_certificates_reach_faust(tmp_path):
    app, _ = await app_of(tmp_path, bootstrap_servers="kafka:9093", security_protocol="SSL")
    assert app.conf.broker_credentials.protocol.value == "SSL"


async def test_faust_serves_nothing_and_notices_a_dead_worker_soon(tmp_path):
    app, settings = await app_of(tmp_path, session_timeout_ms=6_000)
    assert app.conf.web_enabled is False
    assert app.conf.broker_session_timeout == 6
    assert app.conf.broker_heartbeat_interval == 2
    assert app.conf.id == f"{settings.topics.prefix}streams"


def test_each_broker_and_prefix_has_tables_of_its_own():
    one = tables_directory(Settings())
    other = tables_directory(Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:9999")))
    assert one != other
    assert one == tables_directory(Settings())
