"""A collector of traces, a port to serve metrics on, and a router that has told everything."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from router.kafka.client import ports
from router.settings import KafkaSettings, Settings, TopicSettings
from tests.observe.scene.collector import collecting
from tests.observe.scene.told import Told, tell


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture
async def collector():
    async with collecting() as collector:
        yield collector


@pytest.fixture(scope="session")
def told(kafka_bootstrap, tmp_path_factory) -> Told:
    """One run for all who look at it: a start takes seconds."""
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=kafka_bootstrap, session_timeout_ms=6_000),
        topics=TopicSettings(prefix=f"test-{uuid.uuid4().hex[:10]}."),
    )
    return asyncio.run(tell(settings, tmp_path_factory.mktemp("router")))
