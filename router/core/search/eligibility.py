"""Who of a pool may have this lead, and for everyone else the first reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from router.core.compiled.compiled_policy import CompiledPolicy, having
from router.core.compiled.limits import LIMITS, Limit
from router.core.compiled.pool_members import PoolMembers
from router.core.compiled.rep_masks import Availability
from router.core.compiled.view import View
from router.core.model.assignment import Exclusion, Reason
from router.core.model.events import Scalar
from router.core.model.lead import Lead
from router.core.search.customer_hours import CustomerHours, customer_hours, daytime_mask

_FOR_NOW = LIMITS | {Exclusion.TIME_OFF, Exclusion.OFF_DUTY, Exclusion.CUSTOMER_DAYTIME}
_NOTHING: dict[str, Scalar] = {}
CACHE_MAX = 4_096


@dataclass(slots=True)
class Eligible:
    """``mask`` of the reps who may have it; ``excluded`` maps reasons to hexadecimal masks.

    ``fitting`` are those who could have it on another day: only hours, leave or caps bar the rest.
    """

    mask: int
    excluded: dict[str, str]
    excluded_masks: dict[Exclusion, int]
    fitting: int


class Asked:
    """What a lead asks of a rep of a pool; None where it or the pool asks nothing."""

    __slots__ = ("hours", "language", "seniority", "skill", "territory", "too_hard_for_new")

    def __init__(self, territory: str | None, language: str | None) -> None:
        """The rarer are added by :func:`asked_of`."""
        self.territory = territory
        self.language = language
        self.skill: str | None = None
        self.seniority: str | None = None
        self.too_hard_for_new = False
        self.hours: CustomerHours | None = None  # if reps are preferred who work then


def eligible(
    compiled: CompiledPolicy,
    masks: Availability,
    pool: PoolMembers,
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
    asked = asked_of(compiled, masks, pool, view, territory_id, any_language=any_language)
    limits = masks.asked(pool.channel, lead.facts.lead_source, pool.pool_id, paced=view.paced)
    key = (
        pool.pool_id,
        asked.territory,
        asked.language,
        asked.skill,
        asked.seniority,
        asked.too_hard_for_new,
        asked.hours,
        lead.declined,
        view.missing,
        view.paced,
        lead.facts.lead_source if lead.facts.lead_source in compiled.capped_sources else None,
        tuple([limit.reached for limit in limits]),
    )
    found = masks.eligible.get(key)
    if found is None:
        found = _look_through(compiled, masks, pool, lead, view, asked, limits)
        if len(masks.eligible) >= CACHE_MAX:
            masks.eligible.clear()
        masks.eligible[key] = found
    return found


def asked_of(
    compiled: CompiledPolicy,
    masks: Availability,
    pool: PoolMembers,
    view: View,
    territory_id: str | None,
    *,
    any_language: bool,
) -> Asked:
    """Territory, language, skill, seniority, whether new reps are barred, the customer's hours."""
    facts = view.facts
    asked = Asked(
        territory_id if pool.by_territory else None,
        facts.language if pool.by_language and not any_language else None,
    )
    if pool.by_skill or pool.by_seniority:
        custom = facts.custom or _NOTHING
        if pool.by_skill:
            asked.skill = _text(custom.get("skill") or facts.product)
        if pool.by_seniority:
            asked.seniority = _text(custom.get("seniority"))
    asked.too_hard_for_new = masks.new != 0 and not view.lines.new_rep
    hours = compiled.policy.hours.get(pool.channel)
    if hours is not None and hours.prefer_customer_daytime:
        asked.hours = customer_hours(facts, masks.day)
    return asked


def _text(wanted: Scalar | None) -> str | None:
    """As text: ``True`` and ``1`` are equal as keys, but not the same skill."""
    return str(wanted) if wanted else None


def _look_through(
    compiled: CompiledPolicy,
    masks: Availability,
    pool: PoolMembers,
    lead: Lead,
    view: View,
    asked: Asked,
    limits: list[Limit],
) -> Eligible:
    rest = pool.mask
    found: dict[Exclusion, int] = {}
    barred = _barred(compiled, masks, pool, lead, view, asked)
    barred += [(limit.exclusion, limit.reached) for limit in limits]
    for reason, mask in barred:
        out = rest & mask
        if out:
            found[reason] = found.get(reason, 0) | out
            rest ^= out
    hours = asked.hours
    if hours is not None and rest & (rest - 1):
        preferred = rest & daytime_mask(compiled, pool.channel, hours)
        if preferred and preferred != rest:
            found[Exclusion.CUSTOMER_DAYTIME] = rest ^ preferred
            rest = preferred
    fitting = rest
    for reason, out in found.items():
        if reason in _FOR_NOW:
            fitting |= out
    excluded = {reason.value: f"{mask:x}" for reason, mask in found.items()}
    return Eligible(rest, excluded, found, fitting)


def _barred(
    compiled: CompiledPolicy,
    masks: Availability,
    pool: PoolMembers,
    lead: Lead,
    view: View,
    asked: Asked,
) -> list[tuple[Exclusion, int]]:
    """(reason, who it bars) in the order of :class:`Exclusion`, but for limits: they come last."""
    return [
        (Exclusion.LEFT, masks.left),
        (Exclusion.NOT_STARTED, masks.not_started),
        (Exclusion.TIME_OFF, masks.time_off),
        (Exclusion.TERRITORY, ~having(compiled.by_territory, asked.territory)),
        (Exclusion.LANGUAGE, ~having(compiled.by_language, asked.language)),
        (Exclusion.SKILL, ~having(compiled.by_skill, asked.skill)),
        (Exclusion.SENIORITY, ~having(compiled.by_seniority, asked.seniority)),
        (Exclusion.NEW_REP, masks.new if asked.too_hard_for_new else 0),
        (Exclusion.DECLINED_IT, lead.declined),
        (Exclusion.MISSED_IT, view.missing),
        (Exclusion.OFF_DUTY, masks.off_duty[pool.channel]),
    ]


def why_nobody(pool: PoolMembers, found: Eligible) -> Reason:
    """The reason that stands for all: what the last reps who fitted lacked."""
    if not pool.mask:
        return Reason.POOL_EMPTY
    if any(reason in LIMITS for reason in found.excluded_masks):
        return Reason.ALL_AT_CAP
    if found.excluded_masks.get(Exclusion.OFF_DUTY):
        return Reason.ALL_OFF_DUTY
    return Reason.NOBODY_ELIGIBLE
