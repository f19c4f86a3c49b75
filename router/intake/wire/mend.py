"""A message that is not as the contract says, mended: what cannot be read is left out and named.

The contract's own types say how each field is read, so a new field needs nothing here. What is
read is what the contract allows, so that the strict reader takes the result; what is not counts
as not given. The fields that a message cannot do without are left for the contract to refuse.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal, Required, Union, get_args, get_origin

from pydantic import StringConstraints
from pydantic.fields import FieldInfo
from typing_extensions import get_type_hints, is_typeddict

from router.core.model.events import ConsentState, ReadProblem
from router.intake.contract.scalars import Count, CustomScalar, Identifier, Money, Number, WholeId
from router.intake.normalise.consent import read_consent, read_truth
from router.intake.normalise.money import UnreadMoney, read_money
from router.intake.normalise.numbers import read_number, read_whole
from router.intake.normalise.text import clean, is_placeholder
from router.intake.wire.findings import Findings

Read = Callable[[Any, str, Findings], Any]
"""Return what a field holds, or :data:`ABSENT` after naming it in the findings."""

ABSENT: Final = object()
IDS: Final = frozenset({"event_id", "lead_id", "account_id"})
"""Required texts that systems also write as numbers."""
_DIGITS_MAX = 20
_NAME_MAX = 64


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
            return _unread(path, ReadProblem.WRONG_TYPE, findings)
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


def is_nothing(value: object) -> bool:
    """Whether a value is null or empty text."""
    return value is None or (isinstance(value, str) and not value.strip())


def _or_placeholder(read: Read) -> Read:
    """Read as ``read`` does; ``N/A`` where no text is meant is null, and named."""

    def read_or_null(value: Any, path: str, findings: Findings) -> Any:
        if isinstance(value, str) and is_placeholder(value):
            findings.note(path, ReadProblem.PLACEHOLDER)
            return None
        return read(value, path, findings)

    return read_or_null


def _unread(path: str, problem: ReadProblem, findings: Findings) -> object:
    findings.note(path, problem)
    return ABSENT


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
    parts = _members(hint)
    if len(parts) == 1 and is_typeddict(parts[0]) and parts[0] is not Money:
        return _shape_of(parts[0]).read
    for known, read in _READERS:
        if parts == _members(known):
            return read
    return _of_parts(hint, parts)


def _of_parts(hint: Any, parts: list[Any]) -> Read:
    bare = [_bare(part) for part in parts]
    for of, part in zip(bare, parts, strict=True):
        origin: Any = get_origin(of)
        if origin is dict:
            return _map(_reader_of(get_args(of)[1]), _bound(part, "max_length"))
        if origin is list:
            inner = _reader_of(get_args(of)[0])
            return _list(inner, _bound(part, "max_length"), is_text_too=str in bare)
        if origin is Literal:
            return _or_placeholder(_one_of(get_args(of)))
    if str in bare:
        longest = max(_bound(part, "max_length") for part in parts if _bare(part) is str)
        if Count in parts:
            return _count_or_text(longest)
        return _whole_or_text(longest) if WholeId in parts else _text(longest)
    raise TypeError(f"a forgiving reader cannot read {hint}")


def _members(hint: Any) -> list[Any]:
    """The types of a union but for None, or the type itself."""
    if get_origin(hint) not in (Union, types.UnionType):
        return [hint]
    return [
        member for part in get_args(hint) if part is not type(None) for member in _members(part)
    ]


def _bare(hint: Any) -> Any:
    return _bare(get_args(hint)[0]) if get_origin(hint) is Annotated else hint


def _bound(hint: Any, name: str) -> int:
    """A bound among the annotations of a type.

    Raises:
        TypeError: it has none, so that a stranger could send any length.
    """
    for annotation in get_args(hint)[1:]:
        held = annotation.metadata if isinstance(annotation, FieldInfo) else [annotation]
        for part in held:
            bound = getattr(part, name, None)
            if isinstance(bound, int):
                return bound
    raise TypeError(f"{hint} has no {name}")


def _text_of(value: object) -> str | None:
    """A text, or the digits of a whole number: zips, phones and ids are sent so."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    is_whole = isinstance(value, int) or (math.isfinite(value) and value.is_integer())
    return str(int(value)) if is_whole and abs(value) < 10**_DIGITS_MAX else None


def _text(longest: int) -> Read:
    def read(value: Any, path: str, findings: Findings) -> Any:
        text = _text_of(value)
        if text is None:
            return _unread(path, ReadProblem.WRONG_TYPE, findings)
        if len(text) > longest:
            text = clean(text)
        if len(text) > longest:
            return _unread(path, ReadProblem.TOO_LONG, findings)
        return text

    return read


def _identifier(value: Any, path: str, findings: Findings) -> Any:
    longest = next(
        each.max_length for each in get_args(Identifier) if isinstance(each, StringConstraints)
    )
    text = _text(longest or 0)(value, path, findings)
    return text.strip() if isinstance(text, str) else text


def _whole_or_text(longest: int) -> Read:
    read_text = _text(longest)

    def read(value: Any, path: str, findings: Findings) -> Any:
        if type(value) is int and 0 <= value < 2**63:
            return value
        return read_text(value, path, findings)

    return read


def _count_or_text(longest: int) -> Read:
    read_text = _text(longest)

    def read(value: Any, path: str, findings: Findings) -> Any:
        if isinstance(value, str):
            return read_text(value, path, findings)
        return _count(value, path, findings)

    return read


def _count(value: Any, path: str, findings: Findings) -> Any:
    found: object = ReadProblem.WRONG_TYPE
    if isinstance(value, str):
        found = read_whole(value)
    elif not isinstance(value, bool) and isinstance(value, int | float):
        is_whole = isinstance(value, int) or (math.isfinite(value) and value.is_integer())
        found = int(value) if is_whole else ReadProblem.NOT_WHOLE
    if isinstance(found, int):
        most = _most_of(Count)
        found = found if 0 <= found <= most else _beyond(found)
    return _unread(path, found, findings) if isinstance(found, ReadProblem) else found


def _beyond(value: float) -> ReadProblem:
    return ReadProblem.NEGATIVE if value < 0 else ReadProblem.TOO_LARGE


@cache
def _most_of(hint: Any) -> int:
    return _bound(_members(hint)[0], "le")


def _number(value: Any, path: str, findings: Findings) -> Any:
    found: object = ReadProblem.WRONG_TYPE
    if isinstance(value, str):
        read = read_number(value)
        if isinstance(read, ReadProblem):
            found = read
        else:
            found = int(read) if read == read.to_integral_value() else float(read)
    elif not isinstance(value, bool) and isinstance(value, int | float):
        found = value
    if isinstance(found, int | float) and not abs(found) <= _most_of(Number):
        found = ReadProblem.TOO_LARGE
    return _unread(path, found, findings) if isinstance(found, ReadProblem) else found


def _scalar(value: Any, path: str, findings: Findings) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value, path, findings)
    if not isinstance(value, str):
        return _unread(path, ReadProblem.WRONG_TYPE, findings)
    longest = next(
        _bound(part, "max_length") for part in _members(CustomScalar) if _bare(part) is str
    )
    return _text(longest)(value, path, findings)


def _truth(value: Any, path: str, findings: Findings) -> Any:
    found = read_truth(value)
    if found == "unreadable":
        return _unread(path, ReadProblem.NOT_UNDERSTOOD, findings)
    return found == "yes"


def _consent(value: Any, path: str, findings: Findings) -> Any:
    found = read_consent(value)
    if found == "unreadable":
        findings.note(path, ReadProblem.NOT_UNDERSTOOD)
    return found


def _money(value: Any, path: str, findings: Findings) -> Any:
    if isinstance(value, dict) and is_nothing(value.get("amount")):
        return ABSENT  # a currency alone says nothing
    found = read_money(value)
    if isinstance(found, UnreadMoney):
        return _unread(f"{path}.{found.part}", found.problem, findings)
    return found


def _one_of(words: tuple[str, ...]) -> Read:
    def read(value: Any, path: str, findings: Findings) -> Any:
        word = clean(value).casefold().replace("-", "_") if isinstance(value, str) else None
        if word in words:
            return word
        return _unread(path, ReadProblem.NOT_UNDERSTOOD, findings)

    return read


def _map(read_entry: Read, most: int) -> Read:
    """Entries are named by their map alone: senders choose the names, which may be personal."""

    def read(value: Any, path: str, findings: Findings) -> Any:
        if not isinstance(value, dict):
            return _unread(path, ReadProblem.WRONG_TYPE, findings)
        found: dict[str, Any] = {}
        for name, entry in value.items():
            if not 1 <= len(name) <= _NAME_MAX:
                findings.note(path, ReadProblem.TOO_LONG)
                continue
            kept = None if is_nothing(entry) else read_entry(entry, path, findings)
            if kept is ABSENT:
                continue
            if len(found) >= most:
                findings.note(path, ReadProblem.TOO_MANY)
                break
            found[name] = kept
        return found

    return read


def _list(read_item: Read, most: int, *, is_text_too: bool) -> Read:
    def read(value: Any, path: str, findings: Findings) -> Any:
        if isinstance(value, str):
            if is_text_too:
                return read_item(value, path, findings)
            value = [value]
        if not isinstance(value, list):
            return _unread(path, ReadProblem.WRONG_TYPE, findings)
        items = [read_item(item, path, findings) for item in value if item is not None]
        kept = [item for item in items if item is not ABSENT]
        if len(kept) > most:
            findings.note(path, ReadProblem.TOO_MANY)
        return kept[:most]

    return read


_READERS: tuple[tuple[Any, Read], ...] = (
    (Money, _or_placeholder(_money)),
    (ConsentState, _consent),
    (bool, _or_placeholder(_truth)),
    (Number, _or_placeholder(_number)),
    (CustomScalar, _scalar),
    (Count, _or_placeholder(_count)),
    (Identifier, _identifier),
)
