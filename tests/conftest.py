"""One real broker for the whole session, and topics of its own for every test that asks."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import settings as hypothesis_settings

from router.devbroker.local_broker import BOOTSTRAP_VARIABLE, open_broker
from router.devbroker.maven import KAFKA_VERSION
from router.kafka.topics.topic_admin import TopicAdmin
from router.settings import KafkaSettings, Settings, TopicSettings
from tests.brokers.cluster import Cluster, open_cluster

hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")  # a busy machine is no failure

CreateTopics = Callable[[Settings], Awaitable[None]]


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs under test, also from a run that a shell put behind itself.

    What a script starts with ``&`` ignores it, and so would everything started by that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the broker that the results are true of."""
    broker = os.environ.get(BOOTSTRAP_VARIABLE) or f"Apache Kafka {KAFKA_VERSION}"
    terminalreporter.write_line(f"broker of the tests: {broker}")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("LEAD_ROUTER_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """``host:port`` of the session's broker; LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS if set."""
    with open_broker() as broker:
        yield broker.bootstrap_servers


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three brokers of our own; whoever breaks one makes the cluster whole again.

    Not for the whole session: three idle brokers take a fifth of a core.
    """
    with open_cluster() as opened:
        yield opened


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test uses."""
    return f"test-{uuid.uuid4().hex[:10]}."


@pytest.fixture
def settings(kafka_bootstrap: str, topic_prefix: str) -> Settings:
    """Settings for the session's broker, under this test's own prefix; no topic exists yet."""
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=kafka_bootstrap, session_timeout_ms=6_000),
        topics=TopicSettings(prefix=topic_prefix),
    )


@pytest.fixture
async def create_topics(kafka_bootstrap: str) -> AsyncIterator[CreateTopics]:
    """Creates every topic of the settings it is given; they are deleted after the test."""
    created: list[Settings] = []

    async def create(settings: Settings) -> None:
        async with TopicAdmin.connected(settings) as admin:
            await admin.apply()
        created.append(settings)

    yield create
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    try:
        names = await client.list_topics()
        ours = tuple(settings.topics.prefix for settings in created)
        doomed = [name for name in names if name.startswith(ours)] if ours else []
        if doomed:
            await client.delete_topics(doomed)
    finally:
        await client.close()


@pytest.fixture
async def topics_ready(settings: Settings, create_topics: CreateTopics) -> Settings:
    """``settings``, with every topic created."""
    await create_topics(settings)
    return settings
