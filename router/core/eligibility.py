"""Who of a pool may have this lead, and for everyone else the first reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from router.core.availability import Availability
from router.core.condition import View
from router.core.decision import Exclusion, Reason
from router.core.state import Lead
from router.core.tables import DAYTIME, PoolTable, Tables, daytime_mask

_CAPS = (Exclusion.DAY_CAP, Exclusion.SOURCE_CAP, Exclusion.OPEN_CAP)
_HEX = "{:x}".format


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
    """Go through the reasons in their order; a rep stands under the first that holds."""
    rest = pool.mask
    found: dict[Exclusion, int] = {}
    for reason, barred in _barred(tables, masks, pool, lead, view, territory_id, any_language):
        out = rest & barred
        if out:
            found[reason] = out
            rest ^= out
    if rest and rest & (rest - 1):
        preferred = rest & _in_customer_daytime(tables, pool, view)
        if preferred and preferred != rest:
            found[Exclusion.CUSTOMER_DAYTIME] = rest ^ preferred
            rest = preferred
    return Eligible(rest, {reason.value: _HEX(mask) for reason, mask in found.items()}, found)


def _barred(
    tables: Tables,
    masks: Availability,
    pool: PoolTable,
    lead: Lead,
    view: View,
    territory_id: str | None,
    any_language: bool,  # noqa: FBT001  # private, on the hot path: a keyword costs
) -> list[tuple[Exclusion, int]]:
    """(reason, who it bars) in the order of :class:`Exclusion`."""
    channel = pool.pool.channel
    barred = [
        (Exclusion.LEFT, masks.left),
        (Exclusion.NOT_STARTED, masks.not_started),
        (Exclusion.TIME_OFF, masks.time_off),
    ]
    if pool.pool.match:
        barred += _mismatched(tables, pool, lead, territory_id, any_language)
    if masks.new and tables.new_rep_only is not None and not tables.new_rep_only(view):
        barred.append((Exclusion.NEW_REP, masks.new))
    barred += [
        (Exclusion.DECLINED_IT, lead.declined),
        (Exclusion.OFF_DUTY, masks.off_duty[channel]),
        (Exclusion.DAY_CAP, masks.day_full[channel]),
    ]
    if masks.source_full:
        source = lead.facts.lead_source or ""
        barred.append((Exclusion.SOURCE_CAP, masks.source_full.get((channel, source), 0)))
    barred.append((Exclusion.OPEN_CAP, masks.open_full[channel]))
    return barred


def _mismatched(
    tables: Tables,
    pool: PoolTable,
    lead: Lead,
    territory_id: str | None,
    any_language: bool,  # noqa: FBT001  # private, on the hot path: a keyword costs
) -> list[tuple[Exclusion, int]]:
    """Reps who lack what the lead asks for, of what the pool matches by."""
    facts, barred = lead.facts, []
    custom = facts.custom or {}
    for wanted in pool.pool.match:
        if wanted == "territory" and territory_id is not None:
            has = tables.by_territory.get(territory_id.casefold(), 0)
            barred.append((Exclusion.TERRITORY, ~has))
        elif wanted == "language" and facts.language and not any_language:
            has = tables.by_language.get(facts.language.casefold(), 0)
            barred.append((Exclusion.LANGUAGE, ~has))
        elif wanted == "skill" and (skill := custom.get("skill") or facts.product):
            barred.append((Exclusion.SKILL, ~tables.by_skill.get(str(skill).casefold(), 0)))
        elif wanted == "seniority" and (seniority := custom.get("seniority")):
            has = tables.by_seniority.get(str(seniority).casefold(), 0)
            barred.append((Exclusion.SENIORITY, ~has))
    return barred


def _in_customer_daytime(tables: Tables, pool: PoolTable, view: View) -> int:
    """Reps who work when the customer can be reached; everyone where that is not asked."""
    hours = tables.policy.hours.get(pool.pool.channel)
    offset = view.facts.utc_offset_minutes
    if hours is None or not hours.prefer_customer_daytime or offset is None:
        return -1
    windows = view.facts.preferred_windows
    wanted = tuple((start, end) for start, end in windows) if windows else DAYTIME
    return daytime_mask(tables, pool.pool.channel, offset, wanted)


def why_nobody(pool: PoolTable, found: Eligible) -> Reason:
    """The reason that stands for all: what the last reps who fitted lacked."""
    if not pool.mask:
        return Reason.POOL_EMPTY
    if any(found.excluded_masks.get(cap) for cap in _CAPS):
        return Reason.ALL_AT_CAP
    if found.excluded_masks.get(Exclusion.OFF_DUTY):
        return Reason.ALL_OFF_DUTY
    return Reason.NOBODY_ELIGIBLE
