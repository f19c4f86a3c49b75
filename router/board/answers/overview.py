"""``/api/overview``: the whole service at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from router.board.answers.backlog import by_reason
from router.board.answers.clocks import soon_of
from router.board.answers.moment import Moment, optional_time
from router.board.answers.policies import since_ms
from router.board.answers.rooms import rooms_of
from router.board.answers.series import STEPS, naming, series_of, summed
from router.board.answers.speed import speed
from router.board.projection.projection import Projection
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.series import spans_until
from router.core.model.timestamps import rfc3339

_WARNINGS_MAX = 50


def overview(projection: Projection, org: OrgProjection, moment: Moment) -> dict[str, Any]:
    """Today by outcome and channel, charts, speed, backlog, places, clocks, letters, policy."""
    today = partial(org.quarters.since, moment.day_ms)
    letters = projection.letters.quarters.since(moment.day_ms, "letter")
    by_outcome = today("outcome")
    rooms = rooms_of(org, moment)
    return {
        "today": {
            "by_outcome": by_outcome,
            "by_channel": today("channel"),
            "decisions": sum(by_outcome.values()),
            "since": rfc3339(moment.day_ms),
        },
        "minutes": _rows(org, moment, "minute"),
        "hours": _rows(org, moment, "hour"),
        "speed": speed(org, moment),
        "backlog": {
            "count": len(org.last.waiting),
            "oldest_since": optional_time(org.waiting.oldest_ms),
            "by_reason": by_reason(org),
        },
        "open": {
            "leads": sum(org.standings.open.values()),
            "places_free": sum(room.free or 0 for of in rooms.values() for room in of.values()),
            "places_free_on_duty": sum(
                room.free or 0 for of in rooms.values() for room in of.values() if room.on_duty
            ),
        },
        "clocks": {
            "soon": soon_of(org, moment),
            "missed_today": sum(today("missed_rep").values()),
        },
        "dead_letters": {"today": sum(letters.values())},
        "warnings": _warnings(today("warning")),
        "policy": _policy(org),
    }


def _rows(org: OrgProjection, moment: Moment, step: str) -> list[dict[str, Any]]:
    width_ms, count = STEPS[step]
    kept, market = series_of(org, step), naming(org, "market")
    return [
        {
            "from": rfc3339(begin_ms),
            "by_outcome": kept.between(begin_ms, end_ms, "outcome"),
            "by_channel": kept.between(begin_ms, end_ms, "channel"),
            "by_market": summed(kept.copies(begin_ms, end_ms, "place"), market),
        }
        for begin_ms, end_ms in spans_until(moment.now_ms, width_ms, count)
    ]


def _warnings(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return what intake could not read, by source and field, the most first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_WARNINGS_MAX]
    return [
        {"source": source or None, "field": field, "problem": problem, "leads": count}
        for name, count in rows
        for source, field, problem in [name.split("\n", 2)]
    ]


def _policy(org: OrgProjection) -> dict[str, Any] | None:
    policy = org.company.org.policy
    if policy is None:
        return None
    return {
        "id": policy.policy_id,
        "version": policy.version,
        "since": optional_time(since_ms(org, policy.policy_id, policy.version)),
    }
