"""Territories and pools, to which leads belong."""

from __future__ import annotations

from typing import Literal

from router.core.model.policy import Market, Pool, Territory, Test, When
from router.intake.files.problems import START, listed
from router.intake.policy.fields import LEAD_FIELDS, MEMBER_FIELDS
from router.intake.policy.names import Draft
from router.intake.policy.sections.periods import read_at_most
from router.intake.policy.sections.whens import read_when
from router.intake.policy.tree import Mapping, Tree
from router.intake.policy.tree import Sequence as Items

Match = Literal["territory", "language", "skill", "seniority"]
ChannelName = Literal["field", "inside"]

MATCHES: tuple[Match, ...] = ("territory", "language", "skill", "seniority")
CHANNELS: tuple[ChannelName, ...] = ("field", "inside")


def read_territories(
    draft: Draft, tree: Tree | None, markets: tuple[Market, ...]
) -> tuple[Territory, ...]:
    """Field patches in the order of the file."""
    found = []
    for name, value in draft.read.named(tree, "a territory"):
        mapping = draft.read.mapping(value, ("market", "when"), "a territory")
        market = _market(draft, mapping)
        when = read_when(draft, mapping.get("when") if mapping else None)
        _check_countries(draft, value, market, when, markets)
        found.append(Territory(name, market, when))
    return tuple(found)


def _market(draft: Draft, mapping: Mapping | None) -> str | None:
    tree = mapping.get("market") if mapping else None
    if tree is None:
        return None
    given = draft.read.text(tree, "`market`")
    draft.read.known(tree, given, draft.names.markets, "market", "markets")
    return given


def _check_countries(
    draft: Draft, value: Tree, market_id: str | None, when: When, markets: tuple[Market, ...]
) -> None:
    inside = {
        code.casefold()
        for market in markets
        if market_id in (None, market.market_id)
        for code in market.countries
    }
    outside = [
        code.upper()
        for test in when
        if test.field == "country" and market_id is not None
        for code in test.values
        if code not in inside
    ]
    if outside and market_id in draft.names.markets:
        message = f"market `{market_id}` does not hold {listed(outside)}: no lead would match"
        draft.read.wrong(value, message)


def read_pools(draft: Draft, tree: Tree | None) -> tuple[Pool, ...]:
    """Pools in the order of the file; the first that fits takes a lead."""
    if tree is None:
        message = "there are no pools: write `pools: {sales: {channel: inside}}`"
        draft.read.problems.error(START, "pools", message)
    found = []
    for name, value in draft.read.named(tree, "a pool"):
        keys = ("market", "channel", "members", "match", "when", "at_most")
        mapping = draft.read.mapping(value, keys, "a pool")
        channel: ChannelName = draft.read.choice(
            mapping.get("channel") if mapping else None, CHANNELS, "`channel`", "inside"
        )
        found.append(
            Pool(
                name,
                _market(draft, mapping),
                channel,
                _members(draft, mapping.get("members") if mapping else None),
                _match(draft, mapping.get("match") if mapping else None),
                read_when(draft, mapping.get("when") if mapping else None, LEAD_FIELDS),
                read_at_most(draft, mapping.get("at_most") if mapping else None),
            )
        )
    return tuple(found)


def _members(draft: Draft, tree: Tree | None) -> When:
    """Tests of a rep; a list names reps by id."""
    if isinstance(tree, Items):
        names = draft.read.texts(tree, "a member")
        return (Test("rep_id", tuple(name.casefold() for name in names)),)
    return read_when(draft, tree, MEMBER_FIELDS)


def _match(draft: Draft, tree: Tree | None) -> tuple[Match, ...]:
    found: dict[Match, None] = {}
    for item in draft.read.one_or_more(tree):
        found[draft.read.choice(item, MATCHES, "`match`", MATCHES[0])] = None
    return tuple(found)
