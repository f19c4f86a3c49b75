"""Territory, pool, and the fair pick; with the policy's fallback steps when nobody is free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.pool_members import PoolMembers
from router.core.compiled.rep_masks import Availability
from router.core.compiled.view import View
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.search.allocate import allocate, nobody
from router.core.search.eligibility import asked_of, eligible, why_nobody
from router.core.state.context import Context
from router.core.state.waiting_class import need_of

DEFAULT_STEPS = ("backlog",)
_ENDS = ("backlog", "nurture")

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_ASSIGNED: Final = Outcome.ASSIGNED
_ROTATION: Final = Reason.ROTATION


class Option:
    """A pool where the lead may go, with the territory in it; ``step`` of the policy names it."""

    __slots__ = ("any_language", "step", "table", "territory_id")

    def __init__(
        self,
        table: PoolMembers,
        territory_id: str | None,
        step: str | None = None,
        *,
        any_language: bool = False,
    ) -> None:
        """Without a ``step`` it is the lead's own."""
        self.table = table
        self.territory_id = territory_id
        self.step = step
        self.any_language = any_language


def in_pool(
    context: Context,
    compiled: CompiledPolicy,
    lead: Lead,
    view: View,
    channel: str,
    *,
    crosses: bool = True,
    beside: Sequence[Option] = (),
) -> Placement:
    """Find a rep of the channel's pool, then go through ``nobody_free``.

    ``beside`` are options that were looked at in vain: a lead that waits may have those as well.

    A lead that finds nobody waits for the pool it belongs to, with that pool's reason. While that
    is paused nothing else is tried. Where it is not to cross over, steps into the other channel are
    left out: a handoff that nobody can take is none.
    """
    table = view.lines.pools.get(channel)
    if table is None:
        found = Placement(Outcome.QUEUED, Reason.NO_POOL, channel=channel)
        found.needs = need(context, compiled, lead, view, [])
        return found
    territories = view.lines.territory_ids
    own = Option(table, territories[0] if territories else None)
    first = _try(context, compiled, own, lead, view)
    if first.rep is not None:
        return first
    steps = compiled.policy.nobody_free.get(channel, DEFAULT_STEPS)
    others = _others(compiled, view, own, steps)
    if not crosses:
        others = [option for option in others if option.table.channel == channel]
    first.needs = need(context, compiled, lead, view, [own, *others, *beside])
    if first.reason is Reason.POOL_PAUSED:
        return first
    for option in others:
        found = _try(context, compiled, option, lead, view)
        if found.rep is not None:
            found.reason, found.rule = Reason.FALLBACK, option.step
            return found
    if _last_of(steps) == "nurture":
        first.outcome, first.pool_id, first.territory_id = Outcome.NURTURED, None, None
    return first


def _last_of(steps: tuple[str, ...]) -> str:
    """``backlog`` or ``nurture``, whichever is named first."""
    return next((step for step in steps if step in _ENDS), "backlog")


def _others(
    compiled: CompiledPolicy, view: View, own: Option, steps: tuple[str, ...]
) -> list[Option]:
    """Return the options that the steps of ``nobody_free`` name, up to the one that ends them."""
    found: list[Option] = []
    for step in steps:
        if step in _ENDS:
            break
        found += _options_of(compiled, view, own, step)
    return found


def _options_of(compiled: CompiledPolicy, view: View, own: Option, step: str) -> list[Option]:
    table, here = own.table, own.territory_id
    if step == "next_territory":
        return [Option(table, further, step) for further in view.lines.territory_ids[1:]]
    if step == "any_language":
        return [Option(table, here, step, any_language=True)]
    other: PoolMembers | None = None
    if step == "other_channel":
        other = view.lines.pools.get("inside" if table.channel == "field" else "field")
    elif step.startswith("pool:"):
        other = compiled.pool_by_id.get(step.removeprefix("pool:"))
    return [] if other is None else [Option(other, here, step)]


def need(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, options: list[Option]
) -> str:
    """Return the lead's need: one of ``options``, or a rep who would have it by name."""
    masks, source = context.masks(compiled), view.facts.lead_source
    return need_of(
        [_asked(compiled, masks, option, view) for option in options],
        view.named or [],
        source if source in compiled.capped_sources else None,
        new_barred=not view.lines.new_rep,
        declined=lead.declined | view.missing,
    )


def _asked(
    compiled: CompiledPolicy, masks: Availability, option: Option, view: View
) -> list[str | None]:
    asked = asked_of(
        compiled, masks, option.table, view, option.territory_id, any_language=option.any_language
    )
    return [
        option.table.pool_id, asked.territory, asked.language, asked.skill, asked.seniority,
    ]  # fmt: skip


def _try(
    context: Context, compiled: CompiledPolicy, option: Option, lead: Lead, view: View
) -> Placement:
    table, territory_id = option.table, option.territory_id
    remembered = context.org.pools.get(table.pool_id)
    found = eligible(
        compiled, context.masks(compiled), table, lead, view, territory_id,
        any_language=option.any_language,
    )  # fmt: skip
    placement = Placement(_ASSIGNED, _ROTATION, channel=table.channel)
    placement.pool_id, placement.territory_id = table.pool_id, territory_id
    paused = remembered is not None and remembered.paused
    if found.mask and not paused:
        allocate(context, compiled, table, found, view, placement)
        return placement
    placement.outcome = Outcome.QUEUED
    placement.reason = Reason.POOL_PAUSED if paused else why_nobody(table, found)
    placement.candidates = nobody(table, found)
    return placement
