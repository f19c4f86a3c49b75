"""Traces: what the runtime asks for, and the way to the package that makes them.

Two kinds of spans. A record that carries a sampled ``traceparent`` gets one, a child of the
sender's, and hands its own context on with what is written for it; records without get none. A
transaction gets one, the root of a trace of its own, to which the spans of its records link.
``traced_share`` thins both out, always the same traces in every step.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from router.observe.meters import Meters
from router.observe.server import EXTRA_MISSING
from router.settings import TelemetrySettings
from router.telemetry import logger

log = logger(__name__)


class TransactionTrace(Protocol):
    """The spans of one transaction, which end together when it is committed or fails."""

    def follow(self, traceparent: bytes, offset: int) -> bytes:
        """The context to hand on for the record at ``offset``: ours, or as it came."""
        ...

    def decided(self, outcome: str, reason: str, assignment_id: str) -> None:
        """What the record that was followed last has led to."""
        ...

    def refused(self, reason: str) -> None:
        """The record that was followed last became a dead letter."""
        ...

    def committed(self, records: int) -> None:
        """All of it counts; ``records`` were processed."""
        ...

    def failed(self, error_type: str) -> None:
        """None of it counts."""
        ...


class Tracing(Protocol):
    """Begins the spans of a transaction."""

    def transaction(self, step: str, group: str, topic: str, partition: int) -> TransactionTrace:
        """A transaction begins, with records of one partition."""
        ...


@asynccontextmanager
async def traced(settings: TelemetrySettings, meters: Meters) -> AsyncIterator[Tracing | None]:
    """Send traces to ``settings.otlp_endpoint``; None without it, and then nothing is paid.

    At the end what is queued is sent, within a bound of seconds.
    """
    if settings.otlp_endpoint is None:
        yield None
        return
    try:
        from router.observe.spans import opened_spans  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        log.warning("telemetry.extra_missing", advice=EXTRA_MISSING)
        yield None
        return
    async with opened_spans(settings.otlp_endpoint, settings.traced_share, meters) as tracing:
        yield tracing
