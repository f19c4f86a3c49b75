"""A policy and a roster made ready for deciding: conditions and reps as bits.

Bit *n* of a mask of reps stands for the rep with permanent number *n*; bit *n* of a mask of
conditions for the *n*-th that the :mod:`router.core.compiled.condition_index` was given. Rebuilt
whenever policy or roster changes; the part that changes with time and load is
:mod:`router.core.state.availability`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from router.core.compiled.condition_index import ConditionIndex
from router.core.compiled.conditions import Predicate, compile_when
from router.core.compiled.economics import CompiledEconomics, compile_economics
from router.core.compiled.matched_rules import MatchedRules
from router.core.compiled.pool_members import PoolMembers, pool_members
from router.core.compiled.rep_masks import Availability
from router.core.compiled.territory_rows import TerritoryRow, closest_first, territory_rows
from router.core.model.assignment import PolicyRef, Term
from router.core.model.channels import CHANNELS
from router.core.model.policy import (
    ChannelLine,
    ExitLine,
    FitLine,
    Handoff,
    Hours,
    Policy,
)
from router.core.model.rep import Rep
from router.core.model.work_schedule import ALWAYS, WORKING_HOURS, Schedule

LINES_KEPT_MAX = 4_096
_NO_LOW = -(1 << 60)
OWN_SCHEDULE = Hours(windows=None)
Windows = tuple[tuple[int, int, int], ...]
Working = tuple[int, Windows, list[tuple[int, int]]]
"""A rep's number, their week of work, and the offsets of their zone."""


@dataclass(slots=True)
class Conditions:
    """The bits of all conditions asked of every lead, each beside what it decides."""

    fit: list[tuple[int, FitLine]]
    fit_bits: int
    exits: list[tuple[int, ExitLine]]
    channel: list[tuple[int, ChannelLine]]
    territories: list[TerritoryRow]
    pools: list[tuple[int, PoolMembers]]
    new_rep_bit: int  # 0 without a rule: then new reps may have anything
    economics: CompiledEconomics | None


@dataclass(slots=True)
class CompiledPolicy:
    """Everything that deciding looks up, in the order in which it is asked."""

    policy: Policy
    policy_ref: PolicyRef
    market_of_country: dict[str, str]
    products: dict[str, tuple[int, int]]  # price in minor units, margin in thousandths
    bands: list[tuple[int, str]]  # from these points up, the highest first
    fair_by_value: bool
    capped_sources: frozenset[str]  # lead sources that some cap counts by itself
    point_steps: tuple[int, ...]  # points from which on something holds, or does not any more
    conditions: Conditions
    sieve: ConditionIndex
    pool_by_id: dict[str, PoolMembers]
    handoffs: list[tuple[Handoff, Predicate]]
    by_territory: dict[str, int]
    by_language: dict[str, int]
    by_skill: dict[str, int]
    by_seniority: dict[str, int]
    schedules: dict[str, dict[int, Schedule]]  # channel → rep number → duty
    clocks: dict[str, dict[int, Schedule]]  # channel → rep number → what its clocks run in
    working: dict[str, list[Working]]  # channel → the week of those who work in it
    daytime: dict[tuple[str, int, int, tuple[tuple[int, int], ...]], int] = field(
        default_factory=dict
    )
    availability: Availability | None = None
    windows: dict[tuple[str, int], tuple[int, tuple[int, int]]] = field(default_factory=dict)
    fits: dict[int, tuple[int, list[Term]]] = field(default_factory=dict)
    lines: dict[int, MatchedRules] = field(default_factory=dict)

    def fit_of(self, holding: int) -> tuple[int, list[Term]]:
        """Points and terms of the fit lines among the conditions that hold; not to be changed."""
        bits = holding & self.conditions.fit_bits
        found = self.fits.get(bits)
        if found is None:
            held = [line for bit, line in self.conditions.fit if bits & bit]
            terms: list[Term] = [{"rule": line.label, "points": line.points} for line in held]
            found = sum(line.points for line in held), terms
            if len(self.fits) >= LINES_KEPT_MAX:
                self.fits.clear()
            self.fits[bits] = found
        return found

    def lines_of(self, holding: int, *, has_account: bool, found_by_rep: bool) -> MatchedRules:
        """The lines among the conditions that hold, for a lead with an account or a finder."""
        key = (holding & ~self.conditions.fit_bits) << 2 | has_account << 1 | found_by_rep
        found = self.lines.get(key)
        if found is None:
            pointless = set() if has_account else {"account_has_owner"}
            pointless |= set() if found_by_rep else {"found_by_rep"}
            found = _lines(self.conditions, holding, pointless)
            if len(self.lines) >= LINES_KEPT_MAX:
                self.lines.clear()
            self.lines[key] = found
        return found

    def having(
        self,
        territory: str | None,
        language: str | None,
        skill: str | None,
        seniority: str | None,
    ) -> int:
        """Return the mask of reps who have all of it; of what is None everyone."""
        return (
            having(self.by_territory, territory)
            & having(self.by_language, language)
            & having(self.by_skill, skill)
            & having(self.by_seniority, seniority)
        )

    def window(self, channel: str, number: int, at_ms: int) -> tuple[int, int] | None:
        """The window of the rep's clocks that holds ``at_ms``, or the next one.

        The last one found is kept with the time from which on it is the answer, because leads
        come in order of time: all that come at night get the window of the morning.
        """
        kept = self.windows.get((channel, number))
        if kept is not None and kept[0] <= at_ms < kept[1][1]:
            return kept[1]
        found = self.clocks[channel][number].window_after(at_ms)
        if found is not None:
            self.windows[channel, number] = min(at_ms, found[0]), found
        return found


def having(masks: dict[str, int], wanted: str | None) -> int:
    """Return the mask of reps who have what is wanted; everyone when nothing is."""
    return masks.get(squeezed(wanted), 0) if wanted else -1


def _lines(conditions: Conditions, holding: int, pointless: set[str]) -> MatchedRules:
    pools: dict[str, PoolMembers] = {}
    for bit, table in conditions.pools:
        if holding & bit:
            pools.setdefault(table.channel, table)
    return MatchedRules(
        exits=tuple(
            line for bit, line in conditions.exits if holding & bit and line.on not in pointless
        ),
        channel=next((line for bit, line in conditions.channel if holding & bit), None),
        territory_ids=closest_first(conditions.territories, holding),
        pools=pools,
        new_rep=not conditions.new_rep_bit or bool(holding & conditions.new_rep_bit),
        close_ppm=conditions.economics.close_ppm(holding) if conditions.economics else {},
    )


def compile_policy(policy: Policy, reps: Sequence[Rep]) -> CompiledPolicy:
    """Compile ``policy`` against the roster.

    Raises:
        KeyError: the policy names a field that does not exist; intake has checked this before.
    """
    conditions, sieve = _conditions(policy, reps)
    return CompiledPolicy(
        policy=policy,
        policy_ref={"id": policy.policy_id, "version": policy.version},
        market_of_country={
            country: market.market_id for market in policy.markets for country in market.countries
        },
        products={
            product.product_id: (product.price_minor, product.margin_permille)
            for product in policy.products
        },
        bands=[(_NO_LOW if band.low is None else band.low, band.name) for band in policy.bands],
        fair_by_value=policy.rotation.fair_by == "value",
        capped_sources=frozenset(
            source for cap in policy.caps.values() for source, _ in cap.per_day_from
        ),
        point_steps=_point_steps(policy),
        conditions=conditions,
        sieve=sieve,
        pool_by_id={table.pool_id: table for _, table in conditions.pools},
        handoffs=[(handoff, compile_when(handoff.when)) for handoff in policy.handoffs],
        by_territory=_masks(reps, "territories"),
        by_language=_masks(reps, "languages"),
        by_skill=_masks(reps, "skills"),
        by_seniority=_seniority_masks(reps),
        schedules={
            channel: {rep.number: _duty(policy, rep, channel) for rep in reps}
            for channel in CHANNELS
        },
        clocks={
            channel: {rep.number: _clock(policy, rep, channel) for rep in reps}
            for channel in CHANNELS
        },
        working={
            channel: [
                (rep.number, working_windows(policy, rep, channel), rep.profile.utc_offsets)
                for rep in reps
                if channel in rep.profile.channels
            ]
            for channel in CHANNELS
        },
    )


def _point_steps(policy: Policy) -> tuple[int, ...]:
    """Return where bands begin, and both ends of every range of points that a line asks for."""
    steps = [band.low for band in policy.bands if band.low is not None]
    lines = [
        *(line.when for line in policy.before_rotation),
        *(line.when for line in policy.channel),
        *(territory.when for territory in policy.territories),
        *(pool.when for pool in policy.pools),
        policy.new_rep.only if policy.new_rep else (),
        *(
            line.when
            for terms in (policy.economics.channels if policy.economics else ())
            for line in terms.close_rate
        ),
    ]
    for test in (test for when in lines for test in when if test.field == "score"):
        steps += [low for low, _ in test.ranges if low is not None]
        steps += [high + 1 for _, high in test.ranges if high is not None]
        exact = [int(text) for text in test.values if text.lstrip("-").isdecimal()]
        steps += [step for value in exact for step in (value, value + 1)]
    return tuple(sorted(set(steps)))


def _conditions(policy: Policy, reps: Sequence[Rep]) -> tuple[Conditions, ConditionIndex]:
    sieve = ConditionIndex()
    add = sieve.add
    fit = [(add(line.when, before_score=True), line) for line in policy.fit]
    conditions = Conditions(
        fit=fit,
        fit_bits=sum(bit for bit, _ in fit),
        exits=[(add(line.when), line) for line in policy.before_rotation],
        channel=[(add(line.when), line) for line in policy.channel],
        territories=territory_rows(policy.territories, sieve),
        pools=[
            (add(pool.when, market_id=pool.market_id), pool_members(pool, policy, reps))
            for pool in policy.pools
        ],
        new_rep_bit=add(policy.new_rep.only) if policy.new_rep else 0,
        economics=compile_economics(policy.economics, sieve, policy.rotation.within_permille),
    )
    return conditions, sieve.close()


def _masks(reps: Sequence[Rep], attribute: str) -> dict[str, int]:
    masks: dict[str, int] = {}
    for rep in reps:
        for name in getattr(rep.profile, attribute):
            key = squeezed(name)
            masks[key] = masks.get(key, 0) | 1 << rep.number
    return masks


def squeezed(name: str) -> str:
    """A name for comparing: ``GTX Pro`` is ``gtxpro``, as intake spells products."""
    return name.casefold().replace(" ", "")


def _seniority_masks(reps: Sequence[Rep]) -> dict[str, int]:
    masks: dict[str, int] = {}
    for rep in reps:
        if rep.profile.seniority:
            key = squeezed(rep.profile.seniority)
            masks[key] = masks.get(key, 0) | 1 << rep.number
    return masks


def _duty(policy: Policy, rep: Rep, channel: str) -> Schedule:
    """Return the schedule in which the rep gets leads of the channel."""
    hours = policy.hours.get(channel, OWN_SCHEDULE)
    if hours.windows is None:
        return _schedule(rep, ALWAYS, holidays=False)
    return _schedule(rep, working_windows(policy, rep, channel), holidays=hours.holidays)


def _clock(policy: Policy, rep: Rep, channel: str) -> Schedule:
    """Return the schedule of the rep's clocks: hours of work, or all hours if none are said."""
    hours, sla = policy.hours.get(channel, OWN_SCHEDULE), policy.sla.get(channel)
    if not rep.profile.hours and sla is not None:
        if sla.basis == "working_days" and hours.windows == ALWAYS:
            return _schedule(rep, WORKING_HOURS, holidays=hours.holidays)
        if sla.basis == "duty" and hours.windows is None:
            return _schedule(rep, ALWAYS, holidays=False)
    return _schedule(rep, working_windows(policy, rep, channel), holidays=hours.holidays)


def working_windows(policy: Policy, rep: Rep, channel: str) -> Windows:
    """The rep's week of work: their own hours, else the policy's, else the usual ones."""
    if rep.profile.hours:
        return tuple(rep.profile.hours)
    windows = policy.hours.get(channel, OWN_SCHEDULE).windows
    return WORKING_HOURS if windows is None else windows


def _schedule(rep: Rep, windows: Windows, *, holidays: bool) -> Schedule:
    profile = rep.profile
    return Schedule(
        windows=windows,
        holidays=frozenset(profile.holidays) if holidays else frozenset(),
        time_off=tuple(profile.time_off),
        offsets=tuple(profile.utc_offsets),
    )
