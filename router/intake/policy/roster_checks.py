"""A policy against a roster: pools without members, territories and reps that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from router.core.compiled.conditions import compile_when, rep_field
from router.core.model.events import RosterEntry
from router.core.model.policy import Policy, Pool
from router.intake.files.problems import START, FileProblem, Spot, listed

Members = dict[str, list[RosterEntry]]


def check_against_roster(
    policy: Policy, reps: Sequence[RosterEntry], spots: Mapping[str, Spot]
) -> list[FileProblem]:
    """Warnings: who would get nothing, and which leads would find nobody.

    Args:
        policy: as checked.
        reps: as intake makes them.
        spots: where ``pools.NAME`` and ``territories.NAME`` stand in the policy's file.
    """
    members = {pool.pool_id: _members(pool, reps) for pool in policy.pools}
    found = [
        *_pools(policy, members),
        *_territories(policy, reps, members),
        *_languages(policy, members),
        *_reps(policy, reps, members),
        *_hours(policy, reps),
    ]
    return [_warning(path, message, spots) for path, message in found]


def _warning(path: str, message: str, spots: Mapping[str, Spot]) -> FileProblem:
    spot = spots.get(path, START)
    return FileProblem(spot.line, spot.column, path, message, "warning")


def _members(pool: Pool, reps: Sequence[RosterEntry]) -> list[RosterEntry]:
    belongs = compile_when(pool.members, rep_field)
    return [rep for rep in reps if pool.channel in rep.channels and belongs(rep)]


def _names(reps: Sequence[RosterEntry]) -> str:
    return listed((rep.rep_id for rep in reps), limit=5)


def _pools(policy: Policy, members: Members) -> Iterator[tuple[str, str]]:
    for pool in policy.pools:
        if not members[pool.pool_id]:
            message = f"no rep of the roster is in pool `{pool.pool_id}`: its leads would wait"
            yield f"pools.{pool.pool_id}", message


def _territories(
    policy: Policy, reps: Sequence[RosterEntry], members: Members
) -> Iterator[tuple[str, str]]:
    matching = [pool for pool in policy.pools if "territory" in pool.match]
    for territory in policy.territories if matching else ():
        serving = [
            rep
            for pool in matching
            if territory.market_id in (None, pool.market_id) or pool.market_id is None
            for rep in members[pool.pool_id]
        ]
        if not any(_holds(rep.territories, territory.territory_id) for rep in serving):
            message = f"no rep serves territory `{territory.territory_id}`: its leads would wait"
            yield f"territories.{territory.territory_id}", message
    defined = {territory.territory_id.casefold() for territory in policy.territories}
    for rep in reps:
        unknown = [name for name in rep.territories if name.casefold() not in defined]
        if unknown and defined:
            yield "territories", f"`{rep.rep_id}` serves {listed(unknown)}: no such territory"


def _holds(names: Sequence[str], name: str) -> bool:
    return name.casefold() in {given.casefold() for given in names}


def _languages(policy: Policy, members: Members) -> Iterator[tuple[str, str]]:
    for pool in policy.pools:
        for attribute in ("language", "skill", "seniority"):
            if attribute not in pool.match:
                continue
            name = attribute if attribute == "seniority" else f"{attribute}s"
            without = [rep for rep in members[pool.pool_id] if not getattr(rep, name)]
            if without:
                message = f"pool `{pool.pool_id}` matches {attribute}, but the roster names none"
                yield f"pools.{pool.pool_id}", f"{message} for {_names(without)}"


def _reps(
    policy: Policy, reps: Sequence[RosterEntry], members: Members
) -> Iterator[tuple[str, str]]:
    in_pools = {rep.rep_id for pool in members.values() for rep in pool}
    idle = [rep for rep in reps if rep.channels and rep.rep_id not in in_pools]
    if idle:
        yield "pools", f"{_names(idle)} are in no pool, so rotation gives them nothing"
    if policy.new_rep is not None and not any(rep.starts_ms for rep in reps):
        yield "caps.new_rep", "nobody is ever new: the roster has no `starts`"


def _hours(policy: Policy, reps: Sequence[RosterEntry]) -> Iterator[tuple[str, str]]:
    """Hours of reps who are always on duty: without clocks nothing asks for them."""
    for channel, hours in policy.hours.items():
        asked = channel in policy.sla or hours.prefer_customer_daytime
        if hours.windows is not None or asked:
            continue
        with_hours = [rep for rep in reps if rep.hours and list(rep.channels) == [channel]]
        if with_hours:
            message = f"the roster's `hours` of {_names(with_hours)} have no effect: {channel} reps"
            yield f"hours.{channel}", f"{message} are always on duty unless `on_duty` says when"
