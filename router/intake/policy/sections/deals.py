"""What is sold, and what a deal is expected to be worth."""

from __future__ import annotations

from typing import Literal

from router.core.model.policy import Product, ValueStep
from router.intake.files.problems import did_you_mean, listed
from router.intake.normalise.vocabulary import read_product
from router.intake.policy.names import Draft
from router.intake.policy.scalars import WHOLE, Range, gaps_and_overlaps
from router.intake.policy.tree import Mapping, Scalar, Tree

PLAIN_STEPS: tuple[Literal["expected_value", "product_price_times_quantity"], ...] = (
    "expected_value",
    "product_price_times_quantity",
)
STEPS = (*PLAIN_STEPS, "by_employees")


def read_products(draft: Draft, tree: Tree | None) -> tuple[Product, ...]:
    """Products by name: ``{price, margin}``, or the price alone."""
    found: dict[str, Product] = {}
    for name, value in draft.read.named(tree, "a product", spaces=True):
        key = read_product(name) or name
        if key in found:
            draft.read.wrong(value, f"product `{name}` stands here twice (case and spaces aside)")
        found[key] = _product(draft, key, value)
    return tuple(found.values())


def _product(draft: Draft, key: str, value: Tree) -> Product:
    if isinstance(value, Scalar) and not value.is_null:
        return Product(key, draft.read.amount(value, "a price"))
    mapping = draft.read.mapping(value, ("price", "margin"), "a product")
    price = mapping.get("price") if mapping else None
    if price is None:
        draft.read.wrong(value, "this product has no price: write `{price: 1200, margin: 0.8}`")
    margin = mapping.get("margin") if mapping else None
    return Product(
        key,
        draft.read.amount(price, "a price"),
        draft.read.permille(margin, "a margin", 1000, 1000),
    )


def read_value(draft: Draft, tree: Tree | None) -> tuple[ValueStep, ...]:
    """The ways to know the expected deal, in order."""
    if tree is None:
        plain = PLAIN_STEPS if draft.names.products else PLAIN_STEPS[:1]
        return tuple(ValueStep(step) for step in plain)
    steps = [_step(draft, item) for item in draft.read.items(tree, "`value`")]
    return tuple(step for step in steps if step is not None)


def _step(draft: Draft, item: Tree) -> ValueStep | None:
    if isinstance(item, Mapping):
        draft.read.only(item, ("by_employees",), "a step of `value`")
        sizes = item.get("by_employees")
        return ValueStep("by_employees", _sizes(draft, sizes)) if sizes else None
    given = draft.read.text(item, "a step of `value`")
    for step in PLAIN_STEPS:
        if given == step:
            if step == "product_price_times_quantity" and not draft.names.products:
                draft.read.doubtful(item, "there are no `products`, so this is never known")
            return ValueStep(step)
    hint = did_you_mean(given, STEPS) or f"; steps are: {listed(STEPS)}"
    if given == "by_employees":
        hint = '; write `by_employees: {"1-49": 1500, "50+": 9000}`'
    draft.read.wrong(item, f"`{given}` is no way to know the value{hint}")
    return None


def _sizes(draft: Draft, tree: Tree) -> tuple[tuple[int | None, int | None, int], ...]:
    mapping = draft.read.mapping(tree, None, "`by_employees`")
    entries = mapping.entries if mapping else ()
    ranges: list[Range] = []
    sizes: list[tuple[int | None, int | None, int]] = []
    for entry in entries:
        bounds = draft.read.bounds(entry.spot, entry.value.path, entry.key, WHOLE)
        amount = draft.read.amount(entry.value, "a value")
        if bounds is not None:
            ranges.append(bounds)
            sizes.append((*bounds, amount))
    if len(ranges) == len(entries):
        _report_cover(draft, tree, ranges, [entry.key for entry in entries])
    return tuple(sizes)


def _report_cover(draft: Draft, tree: Tree, ranges: list[Range], keys: list[str]) -> None:
    gaps, overlapping = gaps_and_overlaps(ranges)
    for index in overlapping:
        draft.read.wrong(tree, f"`{keys[index]}` overlaps another size: a company has one value")
    for low, high in gaps:
        draft.read.doubtful(tree, f"companies of {low} to {high} employees have no value here")
