"""Spans by OpenTelemetry's SDK; needs the extra ``telemetry``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from router.observe import conventions as names
from router.observe.meters import Meters
from router.observe.span_queue import SpanQueue

_EXPORT_TIMEOUT_S = 2.0
_SPANS_MAX = 1_000
"""Of one transaction; under a flood a few of many traces tell as much as all of them."""


@asynccontextmanager
async def opened_spans(endpoint: str, share: float, meters: Meters) -> AsyncIterator[Spans]:
    """Send spans to ``endpoint`` (OTLP over HTTP) until the end of the block."""
    # It would tell of every attempt; what is lost is counted instead.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_TIMEOUT_S)
    spans = Spans(exporter, share, meters)
    try:
        yield spans
    finally:
        await asyncio.to_thread(spans.close)


class Spans:
    """Begins spans and sends them when they have ended."""

    def __init__(self, exporter: SpanExporter, share: float, meters: Meters) -> None:
        """``share`` of all traces is kept, chosen by their ids."""
        by_id = TraceIdRatioBased(share)
        about = {names.SERVICE_NAME: "lead-router", names.SERVICE_VERSION: version("lead-router")}
        self._provider = TracerProvider(
            sampler=ParentBased(root=by_id, remote_parent_sampled=by_id),
            resource=Resource.create(about, schema_url=names.SCHEMA_URL),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(SpanQueue(exporter, meters))
        self._tracer = self._provider.get_tracer(
            "lead-router", version("lead-router"), schema_url=names.SCHEMA_URL
        )

    def transaction(self, step: str, group: str, topic: str, partition: int) -> TransactionSpans:
        """A transaction begins, with records of one partition."""
        return TransactionSpans(self._tracer, step, group, topic, partition)

    def close(self) -> None:
        """Send what is queued, within a bound. Blocks as long."""
        self._provider.shutdown()


class TransactionSpans:
    """The spans of one transaction; see :class:`router.observe.tracing.TransactionTrace`."""

    def __init__(self, tracer: Tracer, step: str, group: str, topic: str, partition: int) -> None:
        """Begins the transaction's own span."""
        self._tracer = tracer
        self._name = f"{names.PROCESS} {topic}"
        self._attributes: dict[str, str] = {
            names.SYSTEM: names.KAFKA,
            names.OPERATION_NAME: names.PROCESS,
            names.OPERATION_TYPE: names.PROCESS,
            names.DESTINATION: topic,
            names.PARTITION: str(partition),
            names.CONSUMER_GROUP: group,
            names.STEP: step,
        }
        self._whole = tracer.start_span(
            f"transaction {topic}", kind=SpanKind.CONSUMER, attributes=self._attributes
        )
        self._open: list[Span] = []
        self._last: Span | None = None

    def follow(self, traceparent: bytes, offset: int) -> bytes:
        """The context to hand on: of a new span, or as it came if that trace is not kept."""
        sender = _context_of(traceparent)
        if sender is None or not sender.trace_flags.sampled or len(self._open) >= _SPANS_MAX:
            self._last = None
            return traceparent
        span = self._tracer.start_span(
            self._name,
            context=set_span_in_context(NonRecordingSpan(sender)),
            kind=SpanKind.CONSUMER,
            attributes={**self._attributes, names.KAFKA_OFFSET: offset},
            links=[Link(self._whole.get_span_context())],
        )
        if not span.is_recording():
            self._last = None
            return traceparent
        self._last = span
        self._open.append(span)
        context = span.get_span_context()
        return b"00-%032x-%016x-%02x" % (context.trace_id, context.span_id, context.trace_flags)

    def decided(self, outcome: str, reason: str, assignment_id: str) -> None:
        """Say so on the span of the record that was followed last."""
        if self._last is not None:
            self._last.set_attributes(
                {
                    names.OUTCOME: str(outcome),
                    names.REASON: str(reason),
                    names.ASSIGNMENT_ID: assignment_id,
                }
            )

    def refused(self, reason: str) -> None:
        """Say so on the span of the record that was followed last."""
        if self._last is not None:
            _fail(self._last, reason)

    def committed(self, records: int) -> None:
        """End all spans."""
        self._whole.set_attribute(names.BATCH_COUNT, records)
        self._end()

    def failed(self, error_type: str) -> None:
        """End all spans; nothing of the transaction counts."""
        _fail(self._whole, error_type)
        for span in self._open:
            _fail(span, error_type)
        self._end()

    def _end(self) -> None:
        for span in self._open:
            span.end()
        self._whole.end()


def _fail(span: Span, error_type: str) -> None:
    span.set_attribute(names.ERROR_TYPE, str(error_type))
    span.set_status(Status(StatusCode.ERROR))


def _context_of(traceparent: bytes) -> SpanContext | None:
    """The sender's context; None if the header is not one of W3C's."""
    try:
        version_, trace_id, span_id, flags = traceparent.decode().split("-")[:4]
        context = SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True,
            trace_flags=TraceFlags(int(flags, 16)),
        )  # fmt: skip
    except ValueError:
        return None
    return context if context.is_valid and version_ != "ff" else None
