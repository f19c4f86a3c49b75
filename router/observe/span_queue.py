"""A bounded queue between those who end spans and the collector they are sent to.

OpenTelemetry's own batch processor does not say how many spans it drops. Sending is done by a
thread, so that a slow collector holds nobody up; when the queue is full spans are lost, and that
is counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from router.observe.meters import Meters

QUEUE_SPANS_MAX = 4_096
BATCH_SPANS_MAX = 512
_EVERY_S = 1.0
_STOP_TIMEOUT_S = 3.0


class SpanQueue(SpanProcessor):
    """Sends spans in batches, about once a second."""

    def __init__(self, exporter: SpanExporter, meters: Meters) -> None:
        """Starts the thread, which ends with :meth:`shutdown`, or with the process."""
        self._exporter = exporter
        self._exported = meters.process.spans_exported
        self._dropped = meters.process.spans_dropped
        self._exported.add(by=0)
        for cause in ("queue_full", "collector"):
            self._dropped.add(cause, by=0)
        self._queue: deque[ReadableSpan] = deque()
        self._stirred = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._send_all, name="spans", daemon=True)
        self._thread.start()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing to do before it ends."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span, or lose it; never wait."""
        if self._stopping or len(self._queue) >= QUEUE_SPANS_MAX:
            self._dropped.add("queue_full")
            return
        self._queue.append(span)
        if len(self._queue) >= BATCH_SPANS_MAX:
            self._stirred.set()

    def shutdown(self) -> None:
        """Send what is queued; what cannot be sent in some seconds is lost. Blocks as long."""
        self._stopping = True
        self._stirred.set()
        self._thread.join(_STOP_TIMEOUT_S)
        self._exporter.shutdown()  # it refuses what is left at once, and that is counted
        self._thread.join(_STOP_TIMEOUT_S)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Whether all that was queued is sent within that time."""
        self._stirred.set()
        until_s = time.monotonic() + timeout_millis / 1000
        while self._queue and time.monotonic() < until_s:
            time.sleep(0.01)
        return not self._queue

    def _send_all(self) -> None:
        while not self._stopping or self._queue:
            if not self._stopping:
                self._stirred.wait(_EVERY_S)
                self._stirred.clear()
            while self._queue:
                self._send()

    def _send(self) -> None:
        batch = [self._queue[place] for place in range(min(len(self._queue), BATCH_SPANS_MAX))]
        try:
            sent = self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception:  # noqa: BLE001 - a collector that misbehaves costs spans, not leads
            sent = False
        for _ in batch:
            self._queue.popleft()
        if sent:
            self._exported.add(by=len(batch))
        else:
            self._dropped.add("collector", by=len(batch))
