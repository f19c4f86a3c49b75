"""``/api/series``: decisions of each minute or hour, by whatever one wants to see them apart by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from router.board.answers.moment import Moment
from router.board.projection.sales_org import OrgProjection
from router.board.statistics.series import HOUR_MS, MINUTE_MS, Counts, Series, spans_until
from router.board.statistics.slices import Slices
from router.core.model.timestamps import rfc3339

BY = ("outcome", "channel", "market", "pool", "rep")
STEPS = {"minute": (MINUTE_MS, 60), "hour": (HOUR_MS, 24)}


def series(
    org: OrgProjection, moment: Moment, by: str, step: str, name: str | None
) -> Slices[dict[str, Any]]:
    """The last hour by minute, or the last day by hour; of one ``name`` alone if it is given.

    As it all is at the first slice: a day of a thousand reps is summed up an hour a slice.
    """
    width_ms, count = STEPS[step]
    kept, named = series_of(org, step), naming(org, by)
    dimension = "place" if by in {"market", "pool"} else by
    copies = [
        (begin_ms, kept.copies(begin_ms, end_ms, dimension))
        for begin_ms, end_ms in spans_until(moment.now_ms, width_ms, count)
    ]
    spans = []
    for begin_ms, parts in copies:
        counts = summed(parts, named)
        if name is not None:
            counts = {name: counts[name]} if name in counts else {}
        spans.append({"from": rfc3339(begin_ms), "counts": counts})
        yield
    return {"by": by, "step": step, "spans": spans}


def series_of(org: OrgProjection, step: str) -> Series:
    """Where the counts of a step are kept."""
    return org.minutes if step == "minute" else org.quarters


Naming = Callable[[str], str]
"""What a counted value is shown as; what is shown as nothing is left out."""


def naming(org: OrgProjection, by: str) -> Naming:
    """For markets and pools, which are counted by place: by pool and territory."""
    if by == "pool":
        return _pool
    if by != "market":
        return str
    markets = markets_of(org)

    def market(place: str) -> str:
        pool_id, territory_id = place.split("\n")
        found = markets.get(f"pool {pool_id}") or markets.get(f"territory {territory_id}")
        return found or "none"

    return market


def _pool(place: str) -> str:
    return place.split("\n", maxsplit=1)[0]


def markets_of(org: OrgProjection) -> dict[str, str]:
    """The market of each pool and territory of the policy in force that belongs to one."""
    policy = org.company.org.policy
    if policy is None:
        return {}
    markets = {f"territory {each.territory_id}": each.market_id for each in policy.territories}
    markets |= {f"pool {each.pool_id}": each.market_id for each in policy.pools}
    return {name: market for name, market in markets.items() if market is not None}


def summed(parts: list[Counts], named: Naming) -> dict[str, int]:
    """Counts of several spans in one, by what they are shown as."""
    found: Counter[str] = Counter()
    for counts in parts:
        for value, count in counts.items():
            found[named(value)] += count
    del found[""]
    return dict(sorted(found.items()))
