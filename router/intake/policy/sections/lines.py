"""The lines asked in order: exits before rotation, and field or inside."""

from __future__ import annotations

from typing import Literal

from router.core.model.policy import ChannelLine, ExitLine
from router.intake.files.problems import listed
from router.intake.policy.names import Draft, written
from router.intake.policy.scalars import DAY_MS
from router.intake.policy.sections.whens import read_when
from router.intake.policy.tree import Mapping, Scalar, Tree

Question = Literal[
    "consent_refused", "same_person", "found_by_rep", "account_has_owner", "too_small"
]
Answer = Literal["close", "same_rep", "that_rep", "owner", "owners_inside_partner", "nurture"]
AwayUse = Literal["backup", "pool", "wait"]
Use = Literal["field", "inside", "inside_then_field", "best"]

QUESTIONS: tuple[Question, ...] = (
    "consent_refused",
    "same_person",
    "found_by_rep",
    "account_has_owner",
    "too_small",
)
ANSWERS: dict[Question, tuple[Answer, ...]] = {
    "consent_refused": ("close",),
    "same_person": ("same_rep",),
    "found_by_rep": ("that_rep",),
    "account_has_owner": ("owner", "owners_inside_partner"),
    "too_small": ("nurture",),
}
AWAY_USES: tuple[AwayUse, ...] = ("backup", "pool", "wait")
USES: tuple[Use, ...] = ("field", "inside", "inside_then_field", "best")
SAME_PERSON_WITHIN_MS = 180 * DAY_MS

DEFAULT_EXITS = (
    ExitLine("consent_refused", "close", (), "if consent_refused then close"),
    ExitLine("same_person", "same_rep", (), "if same_person then same_rep", SAME_PERSON_WITHIN_MS),
    ExitLine("found_by_rep", "that_rep", (), "if found_by_rep then that_rep"),
    ExitLine("account_has_owner", "owner", (), "if account_has_owner then owner"),
)


def read_exits(draft: Draft, tree: Tree | None) -> tuple[ExitLine, ...]:
    """Questions in their order; the usual four if the section is absent."""
    if tree is None:
        return DEFAULT_EXITS
    lines = []
    for item in draft.read.items(tree, "`before_rotation`"):
        keys = ("if", "then", "when", "within", "when_away")
        mapping = draft.read.mapping(item, keys, "a line of `before_rotation`")
        if mapping is not None and (line := _exit(draft, mapping)):
            lines.append(line)
    return tuple(lines)


def _exit(draft: Draft, line: Mapping) -> ExitLine | None:
    asked, then_tree = line.get("if"), line.get("then")
    if asked is None or then_tree is None:
        draft.read.wrong(line, "write `{if: same_person, then: same_rep}`")
        return None
    on: Question = draft.read.choice(asked, QUESTIONS, "`if`", "consent_refused")
    every: tuple[Answer, ...] = tuple(
        dict.fromkeys(a for answers in ANSWERS.values() for a in answers)
    )
    then: Answer = draft.read.choice(then_tree, every, "`then`", ANSWERS[on][0])
    if then not in ANSWERS[on] and written(asked) == on:
        choices = listed(ANSWERS[on])
        draft.read.wrong(then_tree, f"`{on}` cannot lead to `{then}`; choose from: {choices}")
    when = read_when(draft, line.get("when"))
    if on == "too_small" and not when:
        message = 'say what is too small, such as `when: {value: "under 500"}`'
        draft.read.wrong(line, message)
    over_ms, use = _when_away(draft, line, then)
    return ExitLine(on, then, when, _exit_label(line), _within_ms(draft, line, on), over_ms, use)


def _exit_label(line: Mapping) -> str:
    when = line.get("when")
    parts = [f"if {written(line.get('if') or line)} then {written(line.get('then') or line)}"]
    return ", ".join([*parts, *([f"when {written(when)}"] if when else [])])


def _within_ms(draft: Draft, line: Mapping, on: Question) -> int | None:
    tree = line.get("within")
    if tree is not None and on != "same_person":
        draft.read.wrong(tree, "`within` belongs to `same_person` only")
    given = draft.read.duration(tree, "`within`")
    return SAME_PERSON_WITHIN_MS if given is None and on == "same_person" else given


def _when_away(draft: Draft, line: Mapping, then: Answer) -> tuple[int, AwayUse]:
    tree = line.get("when_away")
    if tree is not None and then != "owner":
        draft.read.wrong(tree, "`when_away` belongs to `then: owner` only")
    rule = draft.read.mapping(tree, ("over", "use"), "`when_away`")
    over_ms = draft.read.duration(rule.get("over") if rule else None, "`over`")
    use: AwayUse = draft.read.choice(
        rule.get("use") if rule else None, AWAY_USES, "`use`", "backup"
    )
    return DAY_MS if over_ms is None else over_ms, use


def read_channel(
    draft: Draft, tree: Tree | None, otherwise: Literal["field", "inside"]
) -> tuple[ChannelLine, ...]:
    """Field or inside; always ends with a line that every lead matches.

    ``otherwise`` is the channel of leads that no line names.
    """
    if tree is None:
        return (ChannelLine(otherwise, (), f"use {otherwise}"),)
    if isinstance(tree, Scalar):
        use: Use = draft.read.choice(tree, USES, "`channel`", otherwise)
        return (ChannelLine(use, (), f"use {use}"),)
    lines = []
    for item in draft.read.items(tree, "`channel`"):
        mapping = draft.read.mapping(item, ("use", "when"), "a line of `channel`")
        if mapping is not None:
            lines.append(_channel_line(draft, mapping))
    if not any(not line.when for line in lines):
        message = (
            f"leads that match no line go {otherwise}: say so with a last `- {{use: {otherwise}}}`"
        )
        draft.read.doubtful(tree, message)
        lines.append(ChannelLine(otherwise, (), f"use {otherwise}"))
    return tuple(lines)


def _channel_line(draft: Draft, line: Mapping) -> ChannelLine:
    if line.get("use") is None:
        draft.read.wrong(
            line, f"this line says no channel: write `use: inside`; there are {listed(USES)}"
        )
    use: Use = draft.read.choice(line.get("use"), USES, "`use`", "inside")
    when = line.get("when")
    label = f"use {use}, when {written(when)}" if when else f"use {use}"
    return ChannelLine(use, read_when(draft, when), label)
