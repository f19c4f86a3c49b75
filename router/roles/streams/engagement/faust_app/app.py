"""The Faust app: our connection, our topics, a table of histories, one agent."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import Any

import faust
from yarl import URL

from router.devbroker.places import cache_directory
from router.kafka.client.tls import ssl_context_of
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.roles.streams.engagement.faust_app.consumer import TableTransport
from router.roles.streams.engagement.faust_app.table import ROCKSDB_OPTIONS, BatchTable
from router.settings import REQUEST_TIMEOUT_MS, KafkaSettings, Settings

_COMMIT_S = 0.5
_HEARTBEAT_S_MAX = 3.0
_POLL_RECORDS_MAX = 4_000
_WAITING_EVENTS_MAX = 8_192
"""In the channel's queue: two batches, so that the next one is there when one is written."""

_RESTORED_EVENTS_MAX = 131_072
"""Of the changelog, in the queue that restoring reads from; Faust's own figure."""


def group_of(settings: Settings) -> str:
    """The consumer group, and Faust's id of the app."""
    return f"{settings.topics.prefix}streams"


def tables_directory(settings: Settings) -> Path:
    """Where RocksDB keeps the tables: as set, or in the cache, apart for every broker and prefix.

    It may be deleted while nothing runs: the tables come back from the changelog.
    """
    if settings.streams.directory is not None:
        return settings.streams.directory
    servers = ",".join(sorted(settings.kafka.bootstrap_servers.split(",")))
    place = hashlib.blake2b(
        f"{servers} {settings.topics.prefix}".encode(), digest_size=8
    ).hexdigest()
    return cache_directory() / "streams" / place


def make_app(settings: Settings, *, loop: Any) -> Any:
    """The app, without agents: no web server, no signal handlers, no topics and no producer."""
    session_s = settings.kafka.session_timeout_ms / 1_000
    request_s = max(REQUEST_TIMEOUT_MS / 1_000, session_s + _HEARTBEAT_S_MAX)
    app = faust.App(
        group_of(settings),
        loop=loop,
        broker=_broker(settings.kafka),
        broker_credentials=_credentials(settings.kafka),
        broker_request_timeout=request_s,
        broker_session_timeout=session_s,
        broker_heartbeat_interval=min(session_s / 3, _HEARTBEAT_S_MAX),
        broker_commit_interval=_COMMIT_S,
        broker_max_poll_records=_POLL_RECORDS_MAX,
        consumer_auto_offset_reset="earliest",
        datadir=str(tables_directory(settings)),
        store=f"{settings.streams.store}://",
        stream_buffer_maxsize=_WAITING_EVENTS_MAX,
        table_standby_replicas=0,
        topic_allow_declare=False,  # they are made by `topics apply`, and Faust needs no right to
        topic_disable_leader=True,
        topic_partitions=settings.topics.partitions,
        topic_replication_factor=settings.topics.replication_factor,
        web_enabled=False,
        worker_redirect_stdouts=False,
        autodiscover=False,
    )
    app.transport = TableTransport(app.conf.broker_consumer, app)
    app.boot_strategy = faust.app.BootStrategy(app, enable_kafka_producer=False)
    return app


def activity_topic(app: Any, settings: Settings) -> Any:
    """The topic of activity, as bytes: everything else is ours to check."""
    return app.topic(
        topics_of(settings).activity,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )


def engagement_table(app: Any, settings: Settings, shape: TopicShape) -> Any:
    """The table of histories; its changelog is one of our topics, made by ``topics apply``."""
    changelog = app.topic(
        topics_of(settings).engagement_table,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        partitions=shape.partition_count,
        acks=False,
        internal=True,
        compacting=True,
        allow_empty=True,
        maxsize=_RESTORED_EVENTS_MAX,
    )
    in_rocksdb = settings.streams.store == "rocksdb"
    return BatchTable(
        app,
        name="engagement",
        key_type=bytes,
        value_type=bytes,
        partitions=shape.partition_count,
        changelog_topic=changelog,
        options=dict(ROCKSDB_OPTIONS) if in_rocksdb else None,
    )


def _broker(settings: KafkaSettings) -> list[URL]:
    return [URL(f"kafka://{server.strip()}") for server in settings.bootstrap_servers.split(",")]


def _credentials(settings: KafkaSettings) -> Any:
    context: ssl.SSLContext | None = ssl_context_of(settings)
    if settings.security_protocol.startswith("SASL_"):
        password = settings.sasl_password
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=password.get_secret_value() if password else None,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
