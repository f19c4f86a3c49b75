"""A gateway of this event loop, on the session's broker."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

import aiohttp
import pytest
from pydantic import SecretStr

from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.observe.meters import Meters
from router.roles.gateway.api_keys import new_key, write_keys
from router.roles.gateway.server import GatewayServer
from router.settings import GatewaySettings
from router.source_settings import SourceSettings

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"  # noqa: S105 - of the vectors


def lead(lead_id="L-1", **changes):
    """A lead as senders write it."""
    return {
        "event_id": f"e-{lead_id}",
        "event_type": "submitted",
        "lead_id": lead_id,
        "occurred_at": datetime.now(UTC).isoformat(),
        **changes,
    }


class Gateway:
    """One that runs, and somebody who sends."""

    def __init__(self, settings, keys_path, **changes):
        self.key_text, self.key = new_key("main", ["leads", "activity"], "website")
        write_keys(keys_path, [self.key])
        gateway = GatewaySettings(
            **{"port": 0, "keys_file": keys_path, "body_bytes_max": 200_000, **changes}
        )
        sources = {
            "typeform": SourceSettings(kind="typeform", secret=SecretStr(SECRET)),
            "meta": SourceSettings(kind="meta", verify_token=SecretStr("let me in")),
            "other": SourceSettings(kind="mapped"),
        }
        raw = settings.topics.model_copy(update={"raw_sources": list(sources)})
        self.settings = settings.model_copy(
            update={
                "gateway": gateway,
                "sales_orgs": ["main", "north"],
                "sources": sources,
                "topics": raw,
            }
        )
        self.topics, self.clients = topics_of(settings), Clients(settings.kafka)
        self.meters = Meters()
        self.server = GatewayServer(self.settings, self.clients, self.meters)
        self._stop = asyncio.Event()

    async def __aenter__(self):
        self._task = asyncio.create_task(self.server.run(self._stop))
        self.session = aiohttp.ClientSession()
        async with asyncio.timeout(30):
            while self.server.address is None or self.server.awaits:
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.02)
        return self

    async def __aexit__(self, *_):
        await self.session.close()
        self._stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(self._task, 10)

    async def post(self, body, door="leads", *, key=None, headers=None, data=None):
        """Send; returns the status, the answer and its headers."""
        headers = {"Authorization": f"Bearer {key or self.key_text}", **(headers or {})}
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        sent = {"data": data} if data is not None else {"json": body}
        url = f"{self.server.address}/v1/{door}"
        async with self.session.post(url, headers=headers, **sent) as response:
            return response.status, await response.json(content_type=None), response.headers

    async def values(self, topic):
        """The values that Kafka has."""
        return [record.value async for record in read_topic(self.clients, topic)]

    async def records(self, topic):
        return [record async for record in read_topic(self.clients, topic)]


@pytest.fixture
def keys_path(tmp_path):
    return tmp_path / "keys.jsonl"


@pytest.fixture
async def gateway(topics_ready, keys_path):
    async with Gateway(topics_ready, keys_path) as gateway:
        yield gateway


@pytest.fixture
async def raw_gateway(settings, create_topics, keys_path, request):
    """One whose sources have their topics; a parameter holds more settings."""
    asked = Gateway(settings, keys_path, **getattr(request, "param", {}))
    await create_topics(asked.settings)
    async with asked:
        yield asked
