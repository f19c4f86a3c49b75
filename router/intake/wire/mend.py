"""A message that is not as the contract says, mended: what cannot be read is left out and named.

The contract's own types say how each field is read, so a new field needs nothing here. What is
read is what the contract allows, so that the strict reader takes the result; what is not counts
as not given. The fields that a message cannot do without are left for the contract to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Required, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

from router.core.model.events import ConsentState, ReadProblem
from router.intake.contract.scalars import Count, CustomScalar, Identifier, Money, Number, WholeId
from router.intake.wire.field_readers import (
    ABSENT,
    Read,
    bare_type,
    bound_of,
    consent_value,
    count_or_text_up_to,
    count_value,
    identifier_value,
    is_nothing,
    list_of,
    map_of,
    members_of,
    money_value,
    number_value,
    one_of,
    or_placeholder,
    scalar_value,
    text_up_to,
    truth_value,
    unread,
    whole_or_text_up_to,
)
from router.intake.wire.findings import Findings

IDS: Final = frozenset({"event_id", "lead_id", "account_id"})
"""Required texts that systems also write as numbers."""


def mended(message: type, body: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """``body`` with every optional field of ``message`` as the contract says, or left out."""
    found: dict[str, Any] = _shape_of(message).read(body, "", findings)
    return found


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the fields of a typed dictionary are read; what it does not name is ignored."""

    fields: Mapping[str, Read]
    required: frozenset[str]

    def read(self, value: Any, path: str, findings: Findings) -> Any:
        if not isinstance(value, dict):
            return unread(path, ReadProblem.WRONG_TYPE, findings)
        found: dict[str, Any] = {}
        for name, read in self.fields.items():
            if name not in value:
                continue
            given = value[name]
            if name in self.required:
                found[name] = str(given) if type(given) is int and name in IDS else given
                continue
            inner = f"{path}.{name}" if path else name
            kept = None if is_nothing(given) else read(given, inner, findings)
            if kept is not ABSENT:
                found[name] = kept
        return found


@cache
def _shape_of(message: type) -> _Shape:
    hints = get_type_hints(message, include_extras=True)
    total = message.__total__  # type: ignore[attr-defined]
    required = {name for name, hint in hints.items() if total or _is_required(hint)}
    return _Shape({name: _reader_of(hint) for name, hint in hints.items()}, frozenset(required))


def _is_required(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin is Required


def _reader_of(hint: Any) -> Read:
    """How a field of this type is read.

    Raises:
        TypeError: the contract has a type that this module has not learnt.
    """
    if _is_required(hint):
        return _reader_of(get_args(hint)[0])
    parts = members_of(hint)
    if len(parts) == 1 and is_typeddict(parts[0]) and parts[0] is not Money:
        return _shape_of(parts[0]).read
    for known, read in _READERS:
        if parts == members_of(known):
            return read
    return _of_parts(hint, parts)


def _of_parts(hint: Any, parts: list[Any]) -> Read:
    bare = [bare_type(part) for part in parts]
    for of, part in zip(bare, parts, strict=True):
        origin: Any = get_origin(of)
        if origin is dict:
            return map_of(_reader_of(get_args(of)[1]), bound_of(part, "max_length"))
        if origin is list:
            inner = _reader_of(get_args(of)[0])
            return list_of(inner, bound_of(part, "max_length"), is_text_too=str in bare)
        if origin is Literal:
            return or_placeholder(one_of(get_args(of)))
    if str in bare:
        longest = max(bound_of(part, "max_length") for part in parts if bare_type(part) is str)
        if Count in parts:
            return count_or_text_up_to(longest)
        return whole_or_text_up_to(longest) if WholeId in parts else text_up_to(longest)
    raise TypeError(f"a forgiving reader cannot read {hint}")


_READERS: tuple[tuple[Any, Read], ...] = (
    (Money, or_placeholder(money_value)),
    (ConsentState, consent_value),
    (bool, or_placeholder(truth_value)),
    (Number, or_placeholder(number_value)),
    (CustomScalar, scalar_value),
    (Count, or_placeholder(count_value)),
    (Identifier, identifier_value),
)
