"""A policy and a roster made ready for deciding: predicates compiled, reps as bits.

Bit *n* stands for the rep with permanent number *n*. Rebuilt whenever either changes; the part
that changes with time and load is :mod:`router.core.availability`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from router.core.condition import Predicate, compile_when, rep_field
from router.core.decision import PolicyRef
from router.core.duty import ALWAYS, WORKING_DAYS, Schedule
from router.core.policy import (
    ChannelLine,
    EngagementLine,
    ExitLine,
    Handoff,
    Hours,
    Policy,
    Pool,
    Territory,
)
from router.core.rotation import shares

if TYPE_CHECKING:
    from router.core.availability import Availability
    from router.core.state import Rep

CHANNELS = ("field", "inside")
MASK_CACHE_MAX = 4_096
OWN_SCHEDULE = Hours(windows=None, holidays=False)
DAYTIME = ((9 * 60, 17 * 60),)


Gains = tuple[tuple[int, ...], list[int], int]
"""Permanent numbers by rep id, their shares of a turn, and the sum of the shares."""


@dataclass(slots=True)
class PoolTable:
    """One pool: its members by rep id, and rotation gains cached by who is eligible."""

    pool: Pool
    fits: Predicate
    members: tuple[Member, ...]
    mask: int
    gains: dict[int, Gains] = field(default_factory=dict)

    def eligible(self, mask: int) -> Gains:
        """Who of ``mask`` gains what of a turn."""
        found = self.gains.get(mask)
        if found is None:
            members = [rep for rep in self.members if mask >> rep.number & 1]
            gains = shares([rep.weight for rep in members])
            found = tuple(rep.number for rep in members), gains, sum(gains)
            if len(self.gains) >= MASK_CACHE_MAX:
                self.gains.clear()
            self.gains[mask] = found
        return found


@dataclass(slots=True, frozen=True)
class Member:
    """A rep in a pool, with the weight of their turns."""

    number: int
    weight: int


@dataclass(slots=True)
class Tables:
    """Everything that deciding looks up, in the order in which it is asked."""

    policy: Policy
    policy_ref: PolicyRef
    market_of_country: dict[str, str]
    products: dict[str, tuple[int, int]]  # price in minor units, margin in thousandths
    fit: list[tuple[Predicate, int, dict[str, object]]]
    exits: dict[tuple[bool, bool], list[tuple[ExitLine, Predicate]]]  # see `_exits`
    channel: list[tuple[ChannelLine, Predicate]]
    territories: dict[str | None, list[tuple[Territory, Predicate]]]
    pools: list[PoolTable]
    pool_by_id: dict[str, PoolTable]
    handoffs: list[tuple[Handoff, Predicate]]
    new_rep_only: Predicate | None
    engagement: dict[str, EngagementLine]
    everyone: int
    by_territory: dict[str, int]
    by_language: dict[str, int]
    by_skill: dict[str, int]
    by_seniority: dict[str, int]
    schedules: dict[str, dict[int, Schedule]]  # channel → rep number → duty
    clocks: dict[str, dict[int, Schedule]]  # channel → rep number → what its clocks run in
    daytime: dict[tuple[int, tuple[tuple[int, int], ...]], int] = field(default_factory=dict)
    availability: Availability | None = None
    windows: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def window(self, channel: str, number: int, at_ms: int) -> tuple[int, int] | None:
        """The window of the rep's clocks that holds ``at_ms``, or the next one.

        The last one found is kept, because leads come in order of time.
        """
        found = self.windows.get((channel, number))
        if found is None or not found[0] <= at_ms < found[1]:
            new = self.clocks[channel][number].window_after(at_ms)
            if new is None:
                return None
            self.windows[channel, number] = found = new
        return found


def build_tables(policy: Policy, reps: Sequence[Rep]) -> Tables:
    """Compile ``policy`` against the roster.

    Raises:
        KeyError: the policy names a field that does not exist; intake has checked this before.
    """
    pools = [_pool_table(pool, policy, reps) for pool in policy.pools]
    return Tables(
        policy=policy,
        policy_ref={"id": policy.policy_id, "version": policy.version},
        market_of_country={
            country: market.market_id for market in policy.markets for country in market.countries
        },
        products={
            product.product_id: (product.price_minor, product.margin_permille)
            for product in policy.products
        },
        fit=[
            (compile_when(line.when), line.points, {"rule": line.label, "points": line.points})
            for line in policy.fit
        ],
        exits=_exits(policy),
        channel=[(line, compile_when(line.when)) for line in policy.channel],
        territories=_territories(policy),
        pools=pools,
        pool_by_id={table.pool.pool_id: table for table in pools},
        handoffs=[(handoff, compile_when(handoff.when)) for handoff in policy.handoffs],
        new_rep_only=compile_when(policy.new_rep.only) if policy.new_rep else None,
        engagement={line.activity_type: line for line in policy.engagement},
        everyone=_mask(rep.number for rep in reps),
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
    )


def _exits(policy: Policy) -> dict[tuple[bool, bool], list[tuple[ExitLine, Predicate]]]:
    """The questions worth asking, by whether the lead has an account and was found by a rep."""
    compiled = [(line, compile_when(line.when)) for line in policy.before_rotation]
    return {
        (has_account, was_found): [
            entry
            for entry in compiled
            if (has_account or entry[0].on != "account_has_owner")
            and (was_found or entry[0].on != "found_by_rep")
        ]
        for has_account in (False, True)
        for was_found in (False, True)
    }


def _mask(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


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


def _pool_table(pool: Pool, policy: Policy, reps: Sequence[Rep]) -> PoolTable:
    belongs = compile_when(pool.members, rep_field)
    by_seniority = dict(policy.rotation.weights)
    members = tuple(
        Member(rep.number, rep.profile.weight * by_seniority.get(rep.profile.seniority or "", 1))
        for rep in sorted(reps, key=lambda rep: rep.profile.rep_id)
        if not rep.profile.removed and pool.channel in rep.profile.channels and belongs(rep.profile)
    )
    return PoolTable(
        pool=pool,
        fits=compile_when(pool.when),
        members=members,
        mask=_mask(member.number for member in members),
    )


def _territories(policy: Policy) -> dict[str | None, list[tuple[Territory, Predicate]]]:
    """Territories of each country, the most specific first; ``None`` for any other country."""
    compiled = [(territory, compile_when(territory.when)) for territory in policy.territories]
    countries = {
        value: None
        for territory in policy.territories
        for test in territory.when
        if test.field == "country"
        for value in test.values
    }
    by_country: dict[str | None, list[tuple[Territory, Predicate]]] = {
        country: [
            entry
            for entry in compiled
            if (named := _named_countries(entry[0])) is None or country in named
        ]
        for country in countries
    }
    by_country[None] = [entry for entry in compiled if _named_countries(entry[0]) is None]
    return by_country


def _named_countries(territory: Territory) -> tuple[str, ...] | None:
    for test in territory.when:
        if test.field == "country" and not test.prefixes:
            return test.values
    return None


def _duty(policy: Policy, rep: Rep, channel: str) -> Schedule:
    hours = policy.hours.get(channel, OWN_SCHEDULE)
    own = tuple(rep.profile.hours) if rep.profile.hours is not None else None
    windows = ALWAYS if hours.windows is None else (own or hours.windows)
    return _schedule(rep, windows, holidays=hours.holidays and hours.windows is not None)


def _clock(policy: Policy, rep: Rep, channel: str) -> Schedule:
    sla = policy.sla.get(channel)
    if sla is not None and sla.basis == "working_days":
        return _schedule(rep, WORKING_DAYS, holidays=True)
    return _duty(policy, rep, channel)


def _schedule(rep: Rep, windows: tuple[tuple[int, int, int], ...], *, holidays: bool) -> Schedule:
    profile = rep.profile
    return Schedule(
        windows=windows,
        holidays=frozenset(profile.holidays) if holidays else frozenset(),
        time_off=tuple(profile.time_off),
        offsets=tuple(profile.utc_offsets),
    )


def daytime_mask(
    tables: Tables, channel: str, offset_minutes: int, windows: tuple[tuple[int, int], ...]
) -> int:
    """Reps whose working week covers half of the customer's hours (``windows``, local minutes).

    Published advice is to call in the customer's daytime; half is our judgement.
    """
    key = (offset_minutes + (100_000 if channel == "field" else 0), windows)
    mask = tables.daytime.get(key)
    if mask is None:
        wanted = sum(end - start for start, end in windows)
        mask = _mask(
            number
            for number, schedule in tables.schedules[channel].items()
            if 2 * _overlap_minutes(schedule, offset_minutes, windows) >= wanted
        )
        if len(tables.daytime) >= MASK_CACHE_MAX:
            tables.daytime.clear()
        tables.daytime[key] = mask
    return mask


def _overlap_minutes(
    schedule: Schedule, offset_minutes: int, windows: tuple[tuple[int, int], ...]
) -> int:
    """Minutes of a working Wednesday on which both work, each in their own zone.

    The last offset step stands for all year: an hour of summer time does not change a preference.
    """
    shift = (schedule.offsets[-1][1] if schedule.offsets else 0) - offset_minutes
    total = 0
    for weekday, start, end in schedule.windows:
        for ahead in (-1, 0, 1):
            if (weekday + ahead) % 7 == 2:  # noqa: PLR2004  # Wednesday: a working day nearly everywhere
                low, high = start - shift - ahead * 1440, end - shift - ahead * 1440
                total += sum(max(0, min(high, to) - max(low, frm)) for frm, to in windows)
    return total
