"""Why a record is refused: a reason, and a line that names the field and never its value."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from router.intake.contract.dead_letter import DeadLetterReason

NAMED_MAX: Final = 3


class Rejected(NamedTuple):
    """A record that becomes a dead letter. ``detail`` holds nothing of what the sender wrote."""

    reason: DeadLetterReason
    detail: str


class FieldError(Exception):
    """A field holds what it must not; caught where the record is refused.

    ``field`` is one of our own names, ``problem`` goes on from there ("must be …").
    """

    def __init__(
        self,
        field: str,
        problem: str,
        reason: DeadLetterReason = DeadLetterReason.INVALID_FIELD,
    ) -> None:
        super().__init__(field, problem)
        self.rejected = Rejected(reason, f"{field} {problem}")


_TYPE_FIELDS = frozenset({"event_type", "feedback_type", "command"})


def rejected_by(error: ValidationError, names: frozenset[str]) -> Rejected:
    """What pydantic found wrong, in our words; ``names`` are the names of the contract.

    Only those names are repeated: a key or an input that the sender chose may be personal data.
    """
    problems: dict[str, list[_Problem]] = {}
    for line in error.errors(include_input=False, include_url=False):
        path = _path(line["loc"], names)
        problems.setdefault(path, []).append(_problem(path, line["type"], line.get("ctx") or {}))
    whole = [_of_one_field(path, found) for path, found in problems.items()]
    more = f" (and {len(whole) - NAMED_MAX} more)" if len(whole) > NAMED_MAX else ""
    return Rejected(whole[0].reason, "; ".join(text for _, text in whole[:NAMED_MAX]) + more)


def _of_one_field(path: str, problems: list[_Problem]) -> Rejected:
    """One line for a field that may hold several types: the type it has, else all it may have."""
    fitting = [found for found in problems if found.reason is not DeadLetterReason.WRONG_TYPE]
    if fitting:
        return Rejected(fitting[0].reason, f"{path} {fitting[0].text}")
    wanted = dict.fromkeys(found.text.removeprefix("must be ") for found in problems)
    return Rejected(DeadLetterReason.WRONG_TYPE, f"{path} must be {' or '.join(wanted)}")


def _path(location: tuple[int | str, ...], names: frozenset[str]) -> str:
    known = [part for part in location if isinstance(part, str) and part in names]
    return ".".join(known) or "the record"


class _Problem(NamedTuple):
    reason: DeadLetterReason
    text: str


_TEXTS: Final = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "string_pattern_mismatch": "has characters or a form that are not allowed",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "is longer than {max_length} characters",
    "too_long": "has more than {max_length} entries",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "finite_number": "must be a finite number",
    "literal_error": "must be {expected}",
}


_FORMS: Final = {
    "occurred_at": "must be a time such as 2026-01-12T09:30:00Z",
    "published_at": "must be a time such as 2026-01-12T09:30:00Z",
    "effective_from": "must be a time such as 2026-01-12T09:30:00Z",
    "updated_at": "must be a time such as 2026-01-12T09:30:00Z",
    "starts": "must be a date such as 2019-03-14",
    "leaves": "must be a date such as 2019-03-14",
    "from": "must be a date such as 2026-12-24, or a time such as 2026-12-24T12:00:00Z",
    "to": "must be a date such as 2026-12-24, or a time such as 2026-12-24T12:00:00Z",
    "amount": "must be a number such as 1200 or 1200.50",
    "currency": "must be three letters such as EUR",
}
"""How a text of a certain form is written, by the field's own name."""
_OF_FORM: Final = frozenset(
    {"string_pattern_mismatch", "string_too_short", "string_too_long", "string_type"}
)


def _problem(path: str, kind: str, context: dict[str, Any]) -> _Problem:
    if kind == "missing":
        return _Problem(DeadLetterReason.MISSING_FIELD, "is missing")
    text = _TEXTS.get(kind, "is not as the schema says").format_map(context)
    if kind in _OF_FORM:
        text = _FORMS.get(path.rpartition(".")[2], text)
    if kind == "literal_error" and path in _TYPE_FIELDS:
        return _Problem(DeadLetterReason.UNKNOWN_EVENT_TYPE, text)
    if kind.endswith("_type"):
        return _Problem(DeadLetterReason.WRONG_TYPE, text)
    return _Problem(DeadLetterReason.INVALID_FIELD, text)
