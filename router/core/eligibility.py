"""Who of a pool may have this lead, and for everyone else the first reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from router.core.availability import Availability
from router.core.condition import View
from router.core.decision import Exclusion, Reason
from router.core.events import Facts, Scalar
from router.core.state import Lead
from router.core.tables import DAYTIME, PoolTable, Tables, daytime_mask, squeezed

_CAPS = (Exclusion.DAY_CAP, Exclusion.SOURCE_CAP, Exclusion.OPEN_CAP)
_NOTHING: dict[str, Scalar] = {}
CACHE_MAX = 4_096


@dataclass(slots=True)
class Eligible:
    """``mask`` of the reps who may have it; ``excluded`` maps reasons to hexadecimal masks."""

    mask: int
    excluded: dict[str, str]
    excluded_masks: dict[Exclusion, int]


def eligible(
    tables: Tables,
    masks: Availability,
    pool: PoolTable,
    lead: Lead,
    view: View,
    territory_id: str | None,
    *,
    any_language: bool = False,
) -> Eligible:
    """Go through the reasons in their order; a rep stands under the first that holds.

    The answer is the same for every lead with the same needs until somebody's load or the time
    changes it, so it is kept with the availability it was computed from.
    """
    channel = pool.pool.channel
    needs = _needs(tables, masks, pool, view, territory_id, any_language=any_language)
    key = (
        pool.pool.pool_id,
        needs,
        lead.declined,
        masks.day_full[channel],
        masks.open_full[channel],
        masks.source_full.get((channel, view.facts.lead_source or ""), 0),
    )
    found = masks.eligible.get(key)
    if found is None:
        found = _look_through(tables, masks, pool, lead, needs)
        if len(masks.eligible) >= CACHE_MAX:
            masks.eligible.clear()
        masks.eligible[key] = found
    return found


def _needs(
    tables: Tables,
    masks: Availability,
    pool: PoolTable,
    view: View,
    territory_id: str | None,
    *,
    any_language: bool,
) -> tuple[object, ...]:
    """Territory, language, skill, seniority, whether new reps are barred, the customer's hours."""
    facts, match = view.facts, pool.pool.match
    custom = facts.custom or _NOTHING
    return (
        territory_id if "territory" in match else None,
        facts.language if "language" in match and not any_language else None,
        _text(custom.get("skill") or facts.product) if "skill" in match else None,
        _text(custom.get("seniority")) if "seniority" in match else None,
        masks.new != 0 and tables.new_rep_only is not None and not tables.new_rep_only(view),
        _customer_hours(tables, pool, facts),
    )


def _text(wanted: Scalar | None) -> str | None:
    """As text: ``True`` and ``1`` are equal as keys, but not the same skill."""
    return str(wanted) if wanted else None


def _look_through(
    tables: Tables, masks: Availability, pool: PoolTable, lead: Lead, needs: tuple[Any, ...]
) -> Eligible:
    rest = pool.mask
    found: dict[Exclusion, int] = {}
    for reason, barred in _barred(tables, masks, pool, lead, needs):
        out = rest & barred
        if out:
            found[reason] = out
            rest ^= out
    hours = needs[-1]
    if hours is not None and rest & (rest - 1):
        preferred = rest & daytime_mask(tables, pool.pool.channel, *hours)
        if preferred and preferred != rest:
            found[Exclusion.CUSTOMER_DAYTIME] = rest ^ preferred
            rest = preferred
    return Eligible(rest, {reason.value: f"{mask:x}" for reason, mask in found.items()}, found)


def _barred(
    tables: Tables, masks: Availability, pool: PoolTable, lead: Lead, needs: tuple[Any, ...]
) -> list[tuple[Exclusion, int]]:
    """(reason, who it bars) in the order of :class:`Exclusion`."""
    channel = pool.pool.channel
    territory, language, skill, seniority, too_hard_for_new, _ = needs
    source = (channel, lead.facts.lead_source or "")
    return [
        (Exclusion.LEFT, masks.left),
        (Exclusion.NOT_STARTED, masks.not_started),
        (Exclusion.TIME_OFF, masks.time_off),
        (Exclusion.TERRITORY, _without(tables.by_territory, territory)),
        (Exclusion.LANGUAGE, _without(tables.by_language, language)),
        (Exclusion.SKILL, _without(tables.by_skill, skill)),
        (Exclusion.SENIORITY, _without(tables.by_seniority, seniority)),
        (Exclusion.NEW_REP, masks.new if too_hard_for_new else 0),
        (Exclusion.DECLINED_IT, lead.declined),
        (Exclusion.OFF_DUTY, masks.off_duty[channel]),
        (Exclusion.DAY_CAP, masks.day_full[channel]),
        (Exclusion.SOURCE_CAP, masks.source_full.get(source, 0)),
        (Exclusion.OPEN_CAP, masks.open_full[channel]),
    ]


def _without(having: dict[str, int], wanted: object) -> int:
    """Everyone who lacks what is wanted; nobody when nothing is."""
    return ~having.get(squeezed(str(wanted)), 0) if wanted else 0


def _customer_hours(
    tables: Tables, pool: PoolTable, facts: Facts
) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """The customer's zone and hours, where the policy prefers reps who work then."""
    hours = tables.policy.hours.get(pool.pool.channel)
    offset = facts.utc_offset_minutes
    if hours is None or not hours.prefer_customer_daytime or offset is None:
        return None
    windows = facts.preferred_windows
    return offset, tuple((start, end) for start, end in windows) if windows else DAYTIME


def why_nobody(pool: PoolTable, found: Eligible) -> Reason:
    """The reason that stands for all: what the last reps who fitted lacked."""
    if not pool.mask:
        return Reason.POOL_EMPTY
    if any(found.excluded_masks.get(cap) for cap in _CAPS):
        return Reason.ALL_AT_CAP
    if found.excluded_masks.get(Exclusion.OFF_DUTY):
        return Reason.ALL_OFF_DUTY
    return Reason.NOBODY_ELIGIBLE
