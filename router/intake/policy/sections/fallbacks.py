"""What happens afterwards: handoffs, nobody free, the backlog, who is told."""

from __future__ import annotations

from typing import Literal

from router.core.model.policy import BacklogRule, FallbackStep, Handoff, When
from router.intake.files.problems import did_you_mean, listed
from router.intake.normalise.vocabulary import read_word
from router.intake.policy.fields import HANDOFF_FIELDS
from router.intake.policy.names import Draft, written
from router.intake.policy.sections.places import CHANNELS, ChannelName
from router.intake.policy.sections.whens import read_when
from router.intake.policy.tree import Mapping, Scalar, Tree
from router.intake.policy.tree import Sequence as Items

WAYS: dict[str, tuple[ChannelName, ChannelName]] = {
    "inside_to_field": ("inside", "field"),
    "field_to_inside": ("field", "inside"),
}
DEFAULT_HANDOFF = Handoff(
    "inside", "field", (), "inside_to_field, when feedback: qualified", feedback="qualified"
)
STEPS = ("next_territory", "any_language", "other_channel", "backlog", "nurture")
LAST_STEPS = ("backlog", "nurture")
POOL_STEP = "pool:"
Order = Literal["value", "age"]
After = Literal["nurture", "close"]
ORDERS: tuple[Order, ...] = ("value", "age")
AFTER: tuple[After, ...] = ("nurture", "close")
OFFER_AGAIN: tuple[Literal["when_capacity_frees"], ...] = ("when_capacity_frees",)
UNACCEPTED_MAX = 1_000
"""Leads of the backlog that a rep may have to accept; more is no pace."""
DEFAULT_URGENT = ("rush_order", "service")


def read_handoffs(draft: Draft, tree: Tree | None, *, inside_first: bool) -> tuple[Handoff, ...]:
    """Moves between channels; the usual one if leads go inside first and nothing is said."""
    if tree is None:
        return (DEFAULT_HANDOFF,) if inside_first else ()
    section = draft.read.mapping(tree, tuple(WAYS), "`handoff`")
    found: list[Handoff] = []
    for entry in section.entries if section else ():
        for item in draft.read.one_or_more(entry.value) if entry.key in WAYS else ():
            found += _handoffs(draft, entry.key, item)
    if inside_first and not any(handoff.to_channel == "field" for handoff in found):
        message = "leads go inside first, but no `inside_to_field` ever hands them over"
        draft.read.doubtful(tree, message)
    return tuple(found)


def _handoffs(draft: Draft, way: str, item: Tree) -> list[Handoff]:
    rule = draft.read.mapping(item, ("when", "after"), f"`{way}`")
    if rule is None:
        return []
    asked = rule.get("when")
    when = read_when(draft, _without_score_rises(draft, asked), HANDOFF_FIELDS)
    if not when:
        message = "say when: `when: {feedback: qualified}`, or `when: {band: hot}` as scores rise"
        draft.read.wrong(rule, message)
    rest: When = tuple(test for test in when if test.field != "feedback")
    label = f"{way}, when {written(asked)}" if asked else way
    after_ms = draft.read.duration(rule.get("after"), "`after`") or 0
    feedback = next((test.values for test in when if test.field == "feedback"), (None,))
    _check_handoff(draft, rule, way, feedback)
    rises = isinstance(asked, Mapping) and asked.get("score_rises") is not None
    return [Handoff(*WAYS[way], rest, label, kind, after_ms, rises) for kind in feedback]


def _check_handoff(draft: Draft, rule: Mapping, way: str, feedback: tuple[str | None, ...]) -> None:
    """A deal that is won ends the field's work: only then is there something to wait for."""
    if "won" in feedback and way != "field_to_inside":
        draft.read.wrong(rule, "a deal that is won goes from field to inside: `field_to_inside`")
    if rule.get("after") is not None and feedback != ("won",):
        draft.read.wrong(rule, "`after` belongs to `feedback: won` only; others act at once")


def _without_score_rises(draft: Draft, tree: Tree | None) -> Tree | None:
    """Check ``score_rises`` and return the rest: it is asked of what happens, not of the lead."""
    if not isinstance(tree, Mapping) or tree.get("score_rises") is None:
        return tree
    said = tree.get("score_rises")
    if said is not None and not draft.read.truth(said, "`score_rises`"):
        draft.read.wrong(said, "leave `score_rises` out, or write `true`")
    kept = tuple(entry for entry in tree.entries if entry.key != "score_rises")
    if any(entry.key == "feedback" for entry in kept):
        draft.read.wrong(tree, "a handoff starts by `feedback` or as the score rises, not by both")
    return Mapping(kept, tree.spot, tree.path)


def read_nobody_free(draft: Draft, tree: Tree | None) -> dict[str, tuple[FallbackStep, ...]]:
    """What is tried for each channel, ending in the backlog unless it ends in nurture."""
    section = draft.read.mapping(tree, CHANNELS, "`nobody_free`")
    steps: dict[str, tuple[FallbackStep, ...]] = {}
    for channel in CHANNELS:
        given = section.get(channel) if section else None
        found = [step for item in draft.read.one_or_more(given) if (step := _step(draft, item))]
        for place, step in enumerate(found[:-1]):
            if step in LAST_STEPS and given is not None:
                draft.read.doubtful(given, f"nothing after `{step}` (step {place + 1}) is tried")
        ends = bool(found) and found[-1] in LAST_STEPS
        steps[channel] = tuple(found if ends else [*found, "backlog"])
    return steps


def _step(draft: Draft, item: Tree) -> FallbackStep | None:
    if isinstance(item, Mapping):
        draft.read.only(item, ("pool",), "a step")
        given = POOL_STEP + draft.read.text(item.get("pool"), "`pool`")
    else:
        given = draft.read.text(item, "a step")
    if given.startswith(POOL_STEP):
        pool = given.removeprefix(POOL_STEP).strip()
        draft.read.known(item, pool, draft.names.pools, "pool", "pools")
        return POOL_STEP + pool
    if given and given not in STEPS:
        hint = did_you_mean(given, STEPS) or f"; steps are: {listed((*STEPS, 'pool:NAME'))}"
        draft.read.wrong(item, f"there is no step `{given}`{hint}")
        return None
    return given or None


def read_backlog(draft: Draft, tree: Tree | None) -> BacklogRule:
    """How leads wait: five days, the most valuable first, then nurture."""
    keys = ("order", "offer_again", "at_most", "then", "crm_queue", "unaccepted")
    rule = draft.read.mapping(tree, keys, "`backlog`")
    if rule is None:
        return BacklogRule()
    usual = BacklogRule()
    draft.read.choice(rule.get("offer_again"), OFFER_AGAIN, "`offer_again`", "when_capacity_frees")
    order: Order = draft.read.choice(rule.get("order"), ORDERS, "`order`", usual.order)
    then: After = draft.read.choice(rule.get("then"), AFTER, "`then`", "nurture")
    at_most = draft.read.duration(rule.get("at_most"), "`at_most`")
    queue = draft.read.text(rule.get("crm_queue"), "`crm_queue`") or None
    unaccepted = draft.read.whole(
        rule.get("unaccepted"), "`unaccepted`", 1, UNACCEPTED_MAX, usual.unaccepted
    )
    return BacklogRule(
        order, usual.at_most_ms if at_most is None else at_most, then, queue, unaccepted
    )


def read_urgent(draft: Draft, tree: Tree | None) -> tuple[str, ...]:
    """Requests of customers that pass a field rep's daily cap."""
    if tree is None:
        return DEFAULT_URGENT
    return tuple(read_word(text) or text for text in draft.read.texts(tree, "a request"))


def read_notify(draft: Draft, tree: Tree | None) -> dict[str, object]:
    """Who is told and how; kept as written, for delivery."""
    section = draft.read.mapping(tree, ("rep", "manager", "sales_ops"), "`notify`")
    return {entry.key: _plain(entry.value) for entry in section.entries} if section else {}


def _plain(tree: Tree) -> object:
    if isinstance(tree, Mapping):
        return {entry.key: _plain(entry.value) for entry in tree.entries}
    if isinstance(tree, Items):
        return [_plain(item) for item in tree.items]
    return _plain_scalar(tree)


def _plain_scalar(scalar: Scalar) -> object:
    if scalar.is_null:
        return None
    if not scalar.quoted and scalar.text in ("true", "false"):
        return scalar.text == "true"
    return scalar.text
