"""The head of a policy: its name, when it begins, its currency, its markets."""

from __future__ import annotations

from router.core.model.policy import Market
from router.intake.files.problems import START
from router.intake.policy import scalars
from router.intake.policy.codes import (
    countries,
    country_hint,
    is_country,
    is_currency,
    minor_per_unit,
)
from router.intake.policy.names import DEFAULT_MARKET, Draft
from router.intake.policy.tree import Mapping, Scalar, Tree

DEFAULT_CURRENCY = "EUR"
ALL_OTHERS = ("rest", "all")


def read_policy_id(draft: Draft, root: Mapping) -> str:
    """The policy's name, which its versions share."""
    tree = root.get("policy")
    if tree is None:
        form = "begin the file with `policy: NAME`"
        draft.read.problems.error(START, "policy", f"the policy has no name: {form}")
        return ""
    return draft.read.identifier(tree, "a policy's name")


def read_currency(draft: Draft, root: Mapping) -> str:
    """The currency of every amount in the file; EUR if none is given."""
    tree = root.get("currency")
    currency = draft.read.text(tree, "`currency`", DEFAULT_CURRENCY)
    if tree is not None and not is_currency(currency):
        draft.read.wrong(
            tree, f"there is no currency `{currency}`: write a code such as EUR or USD"
        )
    return currency


def read_rates(draft: Draft, root: Mapping, currency: str) -> dict[str, int]:
    """Millionths of a minor unit of the policy's currency that one of another's is worth.

    Minor units on both sides, because that is what amounts are in: a rate of 0.006 for yen, which
    have no smaller unit, is 0.6 cents to the yen.
    """
    mapping = draft.read.mapping(root.get("exchange_rates"), None, "`exchange_rates`")
    rates: dict[str, int] = {}
    for entry in mapping.entries if mapping else ():
        rate = scalars.number(draft.read.text(entry.value, "an exchange rate"))
        scale = minor_per_unit(currency) * 1_000_000
        ppm = None if rate is None else int(rate * scale / minor_per_unit(entry.key))
        if not is_currency(entry.key):
            draft.read.wrong(entry.value, f"there is no currency `{entry.key}`")
        elif ppm is None or ppm <= 0:
            form = f"write what one {entry.key} is worth in {currency}, such as 0.92"
            draft.read.wrong(entry.value, f"this is no exchange rate: {form}")
        else:
            rates[entry.key] = ppm
    return rates


def read_markets(draft: Draft, root: Mapping) -> tuple[Market, ...]:
    """Markets; ``everywhere`` with all countries if none is named."""
    tree = root.get("markets")
    if tree is None:
        return (Market(DEFAULT_MARKET, countries()),)
    taken: dict[str, str] = {}
    listed: list[tuple[str, list[str], bool]] = []
    for name, value in draft.read.named(tree, "a market"):
        codes, has_rest = _countries(draft, name, value, taken)
        listed.append((name, codes, has_rest))
    rest = [code for code in countries() if code not in taken]
    if sum(has_rest for _, _, has_rest in listed) > 1:
        draft.read.wrong(tree, "`rest` may stand in one market only")
    return tuple(
        Market(name, tuple(codes + rest if has_rest else codes)) for name, codes, has_rest in listed
    )


def _countries(
    draft: Draft, market: str, value: Tree, taken: dict[str, str]
) -> tuple[list[str], bool]:
    tree: Tree | None = value
    if isinstance(value, Mapping):
        draft.read.only(value, ("countries",), "a market")
        tree = value.get("countries")
    if tree is None or (isinstance(tree, Scalar) and tree.is_null):
        draft.read.wrong(value, f"market `{market}` has no countries: write `countries: [DE, AT]`")
        return [], False
    found: list[str] = []
    has_rest = False
    for item in draft.read.one_or_more(tree):
        code = draft.read.text(item, "a country")
        if code in ALL_OTHERS:
            has_rest = True
        elif code and not is_country(code):
            draft.read.wrong(item, f"there is no country `{code}`{country_hint(code)}")
        elif taken.setdefault(code, market) != market:
            message = f"{code} is in market `{taken[code]}` already: a country has one market"
            draft.read.wrong(item, message)
        elif code not in found:
            found.append(code)
    return found, has_rest


def read_default_market(draft: Draft, root: Mapping, markets: tuple[Market, ...]) -> str:
    """Where a lead without a country goes: as said, else the first market."""
    tree = root.get("default_market")
    first = markets[0].market_id if markets else DEFAULT_MARKET
    if tree is not None:
        given = draft.read.text(tree, "`default_market`", first)
        draft.read.known(tree, given, draft.names.markets, "market", "markets")
        return given
    if len(markets) > 1:
        message = f"leads without a country go to `{first}`: say so with `default_market: {first}`"
        draft.read.problems.warn(START, "default_market", message)
    return first
