"""A collector of traces, as any: it takes OTLP over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from router.kafka.client.ports import free_port


@dataclass
class Collected:
    """A span as it went over the wire."""

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str
    links: list[str]
    attributes: dict[str, object]
    is_error: bool
    schema_url: str


@dataclass
class Collector:
    """Takes OTLP over HTTP, as any collector does; ``status`` is what it answers."""

    status: int = 200
    spans: list[Collected] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    endpoint: str = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.status == 200:
            self.bodies.append(body)
            self.spans += decoded(body)
        return web.Response(status=self.status)


def decoded(body: bytes) -> list[Collected]:
    return [
        Collected(
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_span_id=span.parent_span_id.hex(),
            links=[link.span_id.hex() for link in span.links],
            attributes={each.key: value_of(each.value) for each in span.attributes},
            is_error=span.status.code == 2,
            schema_url=scope.schema_url,
        )
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def value_of(value) -> object:
    return getattr(value, value.WhichOneof("value"))


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector that listens, for the time of the block."""
    port = free_port()
    collector = Collector(endpoint=f"http://127.0.0.1:{port}/v1/traces")
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield collector
    finally:
        await runner.cleanup()
