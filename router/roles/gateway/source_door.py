"""``/v1/sources/<name>``: what a vendor sends, believed by its signature, kept as it came.

The bytes go to ``leads.raw.<name>``, where intake reads them: one request may hold many records,
and each is in the inbox once. So a vendor is answered as soon as Kafka has its request, and what it
sends is never lost for being of a shape that nobody expected: it is a dead letter then.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web

from router.intake.sources.configured import configured_sources
from router.intake.sources.found import Arrival
from router.intake.sources.source import Source
from router.kafka.topics.topic_names import topics_of
from router.roles.gateway.bodies import read_whole
from router.roles.gateway.problems import RefusalError
from router.roles.gateway.writer import Record
from router.settings import Settings

_KEPT_HEADERS: Final[tuple[str, ...]] = ("content-type", "traceparent", "tracestate")


class SourceDoors:
    """The sources that may send: those of the settings that have a raw topic."""

    def __init__(self, settings: Settings) -> None:
        """Read their field maps.

        Raises:
            UsageError: one cannot be used.
        """
        topics, sources = topics_of(settings), configured_sources(settings)
        self._default_org = settings.default_sales_org
        self._bytes_max = min(settings.gateway.body_bytes_max, settings.value_bytes_max)
        self._sources: Mapping[str, tuple[Source, str]] = {
            name: (sources[name], topics.raw(name))
            for name in settings.topics.raw_sources
            if name in sources
        }

    def source(self, request: web.Request) -> tuple[Source, str]:
        """Return the source that an address names, and its topic.

        Raises:
            RefusalError: there is none.
        """
        found = self._sources.get(request.match_info["name"])
        if found is None:
            raise RefusalError(404, "no such source: name it in LEAD_ROUTER_TOPICS__RAW_SOURCES")
        return found

    def org_of(self, source: Source) -> str:
        """Return the sales org of what the source sends."""
        return source.settings.sales_org or self._default_org

    async def record(self, source: Source, request: web.Request) -> Record:
        """Return the request as a record, once it is believed.

        Raises:
            RefusalError: it is too large or too slow, or its signature is not good.
        """
        headers = {name.lower(): value for name, value in request.headers.items()}
        raw, body = await read_whole(request, self._bytes_max)
        if source.is_signed:
            now_ms = time.time_ns() // 1_000_000
            problem = source.verify(Arrival(raw, now_ms, headers, request.method, str(request.url)))
            if problem is not None:
                raise RefusalError(401, f"the signature is not good: {problem}")
        kept = [
            (name, headers[name].encode("utf-8", "surrogateescape"))
            for name in _KEPT_HEADERS
            if name in headers
        ]
        return Record(None, body, kept)

    def handshake(self, request: web.Request) -> web.Response:
        """Return what a vendor is answered that asks whether the address is ours.

        Raises:
            RefusalError: it does not know the token, or asks something else.
        """
        source, _ = self.source(request)
        answer = source.handshake(dict(request.query))
        if answer is None:
            raise RefusalError(403, "the handshake is not one of this source")
        kind, body = answer
        headers = {hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=body, content_type=kind, headers=headers)
