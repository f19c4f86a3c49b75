"""``/api/overview``: the whole service at a glance."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from router.core.timestamps import rfc3339
from router.streams.board.answers.backlog import by_reason
from router.streams.board.answers.clocks import soon_of
from router.streams.board.answers.moment import Moment, optional_time
from router.streams.board.answers.policies import since_ms
from router.streams.board.answers.rooms import rooms_of
from router.streams.board.answers.speed import speed
from router.streams.projection.projection import Projection
from router.streams.projection.sales_org import OrgProjection
from router.streams.projection.series import HOUR_MS, MINUTE_MS, Series, spans_until

_MINUTES, _HOURS = 60, 24


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
        "minutes": _rows(org, org.minutes, moment, MINUTE_MS, _MINUTES),
        "hours": _rows(org, org.quarters, moment, HOUR_MS, _HOURS),
        "speed": speed(org, moment),
        "backlog": {
            "count": len(org.last.waiting),
            "oldest_since": optional_time(org.waiting.oldest_ms),
            "by_reason": by_reason(org),
        },
        "open": {
            "leads": sum(org.standings.open.values()),
            "places_free": sum(room.free or 0 for of in rooms.values() for room in of.values()),
        },
        "clocks": {
            "soon": soon_of(org, moment),
            "missed_today": sum(today("missed_rep").values()),
        },
        "dead_letters": {"today": sum(letters.values())},
        "policy": _policy(org),
    }


def _rows(
    org: OrgProjection, series: Series, moment: Moment, width_ms: int, count: int
) -> list[dict[str, Any]]:
    markets = markets_of(org)
    return [
        {
            "from": rfc3339(begin_ms),
            "by_outcome": series.between(begin_ms, end_ms, "outcome"),
            "by_channel": series.between(begin_ms, end_ms, "channel"),
            "by_market": _by_market(series.between(begin_ms, end_ms, "place"), markets),
        }
        for begin_ms, end_ms in spans_until(moment.now_ms, width_ms, count)
    ]


def markets_of(org: OrgProjection) -> dict[str, str]:
    """The market of each pool and territory of the policy in force that belongs to one."""
    policy = org.company.org.policy
    if policy is None:
        return {}
    markets = {f"territory {each.territory_id}": each.market_id for each in policy.territories}
    markets |= {f"pool {each.pool_id}": each.market_id for each in policy.pools}
    return {name: market for name, market in markets.items() if market is not None}


def _by_market(places: dict[str, int], markets: dict[str, str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for place, count in places.items():
        pool_id, territory_id = place.split("\n")
        market = markets.get(f"pool {pool_id}") or markets.get(f"territory {territory_id}")
        found[market or "none"] += count
    return dict(sorted(found.items()))


def _policy(org: OrgProjection) -> dict[str, Any] | None:
    policy = org.company.org.policy
    if policy is None:
        return None
    return {
        "id": policy.policy_id,
        "version": policy.version,
        "since": optional_time(since_ms(org, policy.policy_id, policy.version)),
    }
