"""Clusters of one and of three brokers, and a deployment whose router reaches them by proxies."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from router.kafka.topics.topic_admin import TopicAdmin
from router.settings import KafkaSettings, Settings
from tests.brokers.cluster import Cluster, open_cluster
from tests.network.proxy import Network


@pytest.fixture(autouse=True)
def _quiet_clients() -> Iterator[None]:
    """Our own clients have much to say about connections that are cut."""
    log = logging.getLogger("aiokafka")
    level = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(level)


@pytest.fixture(scope="package")
def lone_broker() -> Iterator[Cluster]:
    """One broker with a door for a proxy."""
    with open_cluster(1) as opened:
        yield opened


@pytest.fixture(params=["lone_broker", "cluster"], ids=["one broker", "three brokers"])
def brokers(request: pytest.FixtureRequest) -> Cluster:
    """One broker, and then three."""
    opened: Cluster = request.getfixturevalue(request.param)
    return opened


@pytest.fixture
async def network(brokers: Cluster) -> AsyncIterator[Network]:
    """Proxies before the brokers."""
    async with Network(brokers) as opened:
        yield opened


@pytest.fixture
async def past_proxies(brokers: Cluster, topic_prefix: str) -> AsyncIterator[Settings]:
    """Settings by which clients reach the brokers directly; the topics are there for a test."""
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=brokers.bootstrap_servers, session_timeout_ms=6_000),
        topics=brokers.topic_settings(topic_prefix, partitions=1, inbox_partitions=1),
    )
    async with TopicAdmin.connected(settings) as admin:
        await admin.apply()
    await brokers.wait_until_whole()
    yield settings
    client = AIOKafkaAdminClient(bootstrap_servers=brokers.bootstrap_servers)
    await client.start()
    try:
        names = await client.list_topics()
        await client.delete_topics([name for name in names if name.startswith(topic_prefix)])
    finally:
        await client.close()
