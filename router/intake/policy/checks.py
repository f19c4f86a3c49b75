"""What only the whole policy shows: lines never reached, leads that no pool takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.core.model.policy import Policy, Pool, When
from router.intake.files.problems import START, Spot, listed
from router.intake.policy.names import Draft
from router.intake.policy.sections.fallbacks import POOL_STEP
from router.intake.policy.sections.places import CHANNELS, ChannelName
from router.intake.policy.territory_checks import shared_territories
from router.intake.policy.tree import Mapping, Tree
from router.intake.policy.tree import Sequence as Items


def check_policy_as_a_whole(draft: Draft, root: Mapping, policy: Policy) -> None:
    """Add the warnings that no single section can give."""
    _check_lines(draft, root.get("channel"), [("", line.when) for line in policy.channel])
    exits = [(line.on, line.when) for line in policy.before_rotation]
    _check_lines(draft, root.get("before_rotation"), exits)
    _check_economics(draft, root, policy)
    _check_cover(draft, root, policy)
    _check_pools(draft, root, policy)
    _check_matching(draft, root, policy)
    for territory_id, message in shared_territories(policy.territories):
        _warn(draft, root, f"territories.{territory_id}", message)
    if draft.read.money_was_read is not None and root.get("currency") is None:
        message = f"amounts are taken as {policy.currency}: say so with `currency: …`"
        draft.read.problems.warn(draft.read.money_was_read, "currency", message)


def _check_lines(draft: Draft, tree: Tree | None, lines: Sequence[tuple[str, When]]) -> None:
    """A line is never reached if an earlier one asks the same and no more than it does."""
    items = tree.items if isinstance(tree, Items) else ()
    for place, (item, (on, when)) in enumerate(zip(items, lines, strict=False)):
        for earlier, (earlier_on, earlier_when) in enumerate(lines[:place]):
            if earlier_on == on and set(earlier_when) <= set(when):
                where = items[earlier].spot.line
                message = f"this line is never reached: line {where} takes all of its leads"
                draft.read.doubtful(item, message)
                break


def _channels_in_use(policy: Policy) -> Iterator[ChannelName]:
    uses: set[str] = {line.use for line in policy.channel}
    moves = {handoff.to_channel for handoff in policy.handoffs}
    if "best" in uses and policy.economics is not None:
        uses |= {terms.channel for terms in policy.economics.channels}
    for channel in CHANNELS:
        first = channel == "inside" and "inside_then_field" in uses
        if first or channel in uses or channel in moves:
            yield channel


def _check_economics(draft: Draft, root: Mapping, policy: Policy) -> None:
    """Leads go where they earn most only where it is said what they earn, and the reverse."""
    asked = any(line.use == "best" for line in policy.channel)
    if asked and policy.economics is None:
        message = "`use: best` needs `economics`: what leads cost and how many are won"
        draft.read.problems.error(_spot_of(root, "channel"), "channel", message)
    elif policy.economics is not None and not asked:
        message = "no line of `channel` says `use: best`, so this decides nothing"
        _warn(draft, root, "economics", message)


def _check_cover(draft: Draft, root: Mapping, policy: Policy) -> None:
    """Every channel that can be chosen needs a pool in every market."""
    for channel in _channels_in_use(policy):
        for market in policy.markets:
            pools = [pool for pool in policy.pools if _serves(pool, market.market_id, channel)]
            if not pools:
                message = f"no pool takes {channel} leads of market `{market.market_id}`"
                _warn(draft, root, "pools", f"{message}: they would wait in the backlog")
            elif all(pool.when for pool in pools):
                message = f"{channel} leads of market `{market.market_id}` find a pool only if"
                names = listed(pool.pool_id for pool in pools)
                _warn(draft, root, "pools", f"{message} a `when` of {names} holds")


def _serves(pool: Pool, market_id: str, channel: str) -> bool:
    return pool.channel == channel and pool.market_id in (None, market_id)


def _check_pools(draft: Draft, root: Mapping, policy: Policy) -> None:
    """A pool that no lead can come to is a mistake."""
    used = set(_channels_in_use(policy))
    steps = [step for steps in policy.nobody_free.values() for step in steps]
    if "other_channel" in steps or any(
        line.then == "owners_inside_partner" for line in policy.before_rotation
    ):
        used |= set(CHANNELS)
    called = {step.removeprefix(POOL_STEP) for step in steps if step.startswith(POOL_STEP)}
    for place, pool in enumerate(policy.pools):
        if pool.pool_id in called:
            continue
        if pool.channel not in used:
            message = f"no line chooses {pool.channel}, so pool `{pool.pool_id}` gets no lead"
            _warn(draft, root, f"pools.{pool.pool_id}", message)
        for earlier in policy.pools[:place]:
            if _takes_all_of(earlier, pool):
                message = f"pool `{earlier.pool_id}` takes every lead of `{pool.pool_id}`"
                _warn(draft, root, f"pools.{pool.pool_id}", f"{message} before it")
                break


def _takes_all_of(earlier: Pool, pool: Pool) -> bool:
    same_place = earlier.channel == pool.channel and earlier.market_id in (None, pool.market_id)
    return same_place and set(earlier.when) <= set(pool.when)


def _check_matching(draft: Draft, root: Mapping, policy: Policy) -> None:
    """A pool that matches territories needs some; territories need a pool that matches them."""
    matching = [pool for pool in policy.pools if "territory" in pool.match]
    for pool in matching:
        if not any(t.market_id in (None, pool.market_id) for t in policy.territories):
            message = f"pool `{pool.pool_id}` matches territories, but its market has none"
            _warn(draft, root, f"pools.{pool.pool_id}", message)
    if policy.territories and not matching:
        message = "no pool has `match: [territory]`, so territories choose no rep"
        _warn(draft, root, "territories", message)


def _warn(draft: Draft, root: Mapping, path: str, message: str) -> None:
    draft.read.problems.warn(_spot_of(root, path), path, message)


def _spot_of(root: Mapping, path: str) -> Spot:
    """Where the key of ``section`` or ``section.name`` stands."""
    spot: Spot = START
    at: Tree | None = root
    for key in path.split("."):
        found = (
            [entry for entry in at.entries if entry.key == key] if isinstance(at, Mapping) else []
        )
        if not found:
            break
        spot, at = found[0].spot, found[0].value
    return spot
