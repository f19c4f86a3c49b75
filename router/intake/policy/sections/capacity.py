"""How leads are shared out and how many a rep may have: rotation, caps, new reps."""

from __future__ import annotations

from typing import Literal

from router.core.model.policy import Cap, NewRep, Rotation
from router.intake.normalise.vocabulary import read_word
from router.intake.policy.names import Draft
from router.intake.policy.sections.periods import CAP_MAX, PERIODS, read_cap, read_periods
from router.intake.policy.sections.places import CHANNELS
from router.intake.policy.sections.whens import read_when
from router.intake.policy.tree import Tree

FairBy = Literal["turns", "value"]
FAIR_BY: tuple[FairBy, ...] = ("turns", "value")
WEIGHT_MAX = 100
WITHIN_PERMILLE = Rotation().within_permille


def read_rotation(draft: Draft, tree: Tree | None) -> Rotation:
    """Fair by turns unless said otherwise; weights are whole numbers by seniority."""
    section = draft.read.mapping(tree, ("fair_by", "weights", "within"), "`rotation`")
    if section is None:
        return Rotation()
    fair_by: FairBy = draft.read.choice(section.get("fair_by"), FAIR_BY, "`fair_by`", "turns")
    weights = [
        (read_word(name) or name, draft.read.whole(value, "a weight", 1, WEIGHT_MAX, 1))
        for name, value in draft.read.named(section.get("weights"), "a seniority")
    ]
    within = draft.read.permille(section.get("within"), "`within`", 1000, WITHIN_PERMILLE)
    return Rotation(fair_by, tuple(weights), within)


def read_caps(draft: Draft, tree: Tree | None) -> tuple[dict[str, Cap], NewRep | None]:
    """Hard limits by channel, and what holds for new reps; absent is no limit."""
    section = draft.read.mapping(tree, (*CHANNELS, "new_rep"), "`caps`")
    if section is None:
        return {}, None
    caps: dict[str, Cap] = {
        channel: _cap(draft, value, channel)
        for channel in CHANNELS
        if (value := section.get(channel)) is not None
    }
    return caps, _new_rep(draft, section.get("new_rep"))


def _cap(draft: Draft, tree: Tree, channel: str) -> Cap:
    keys = (*PERIODS, "open", "per_day_from")
    section = draft.read.mapping(tree, keys, f"`caps.{channel}`")
    if section is None:
        return Cap()
    per_day_from = [
        (read_word(source) or source, draft.read.whole(value, "a cap", 0, CAP_MAX, 0))
        for source, value in draft.read.named(
            section.get("per_day_from"), "a lead source", spaces=True
        )
    ]
    most, open_max = read_periods(draft, section), read_cap(draft, section, "open")
    per_day = most["per_day"]
    if per_day is not None and open_max is not None and per_day > open_max:
        message = f"`per_day` {per_day} is more than `open` {open_max}, so it never counts"
        draft.read.doubtful(tree, message)
    return Cap(open=open_max, per_day_from=tuple(per_day_from), **most)


def _new_rep(draft: Draft, tree: Tree | None) -> NewRep | None:
    section = draft.read.mapping(tree, ("first", "times", "only"), "`new_rep`")
    if section is None:
        return None
    first = draft.read.duration(section.get("first"), "`first`")
    if first is None:
        draft.read.wrong(section, "say how long a rep is new: `first: 90d`")
    return NewRep(
        first or 0,
        draft.read.permille(section.get("times"), "`times`", 1000, 1000),
        read_when(draft, section.get("only")),
    )
