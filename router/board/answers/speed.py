"""Percentiles of how fast leads are assigned, accepted and first contacted."""

from __future__ import annotations

from typing import Any

from router.board.answers.moment import Moment
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.durations import percentile_ms

_SPEEDS = ("assignment", "at_once", "after_wait", "acceptance", "first_contact")


def speed(org: OrgProjection, moment: Moment, channel: str | None = None) -> dict[str, Any]:
    """Of the last day, of one channel or all."""
    return {what: _of(org, moment, what, channel) for what in _SPEEDS}


def _of(org: OrgProjection, moment: Moment, what: str, channel: str | None) -> dict[str, Any]:
    counts = org.speeds.histogram(moment.last_day_ms, what, "channel", channel)
    return {
        "count": sum(counts.values()),
        "p50_s": seconds(percentile_ms(counts, 50)),
        "p95_s": seconds(percentile_ms(counts, 95)),
    }


def seconds(duration_ms: int | None) -> float | None:
    """Milliseconds as seconds; None stays None."""
    return None if duration_ms is None else duration_ms / 1000
