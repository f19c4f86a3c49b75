"""Readers of single values, however they are written: what a field holds, or why it is not read."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from router.core.model.events import ReadProblem
from router.intake.contract.scalars import Count, CustomScalar, Identifier, Number
from router.intake.normalise.consent import read_consent, read_truth
from router.intake.normalise.money import UnreadMoney, read_money
from router.intake.normalise.numbers import read_number, read_whole
from router.intake.normalise.text import clean, is_placeholder
from router.intake.wire.findings import Findings

Read = Callable[[Any, str, Findings], Any]
"""Return what a field holds, or :data:`ABSENT` after naming it in the findings."""

ABSENT: Final = object()
_DIGITS_MAX = 20
_BITS_MAX = 14_000  # Python writes no longer numbers; as a text it is too long for any field
_NAME_MAX = 64


def is_nothing(value: object) -> bool:
    """Whether a value is null or empty text."""
    return value is None or (isinstance(value, str) and not value.strip())


def or_placeholder(read: Read) -> Read:
    """Read as ``read`` does; ``N/A`` where no text is meant is null, and named."""

    def read_or_null(value: Any, path: str, findings: Findings) -> Any:
        if isinstance(value, str) and is_placeholder(value):
            findings.note(path, ReadProblem.PLACEHOLDER)
            return None
        return read(value, path, findings)

    return read_or_null


def unread(path: str, problem: ReadProblem, findings: Findings) -> object:
    """Name the field in the findings; returns :data:`ABSENT`."""
    findings.note(path, problem)
    return ABSENT


def _text_of(value: object) -> str | None:
    """A text, or the digits of a whole number: zips, phones and ids are sent so."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return str(value) if value.bit_length() < _BITS_MAX else None
    is_whole = math.isfinite(value) and value.is_integer() and abs(value) < 10**_DIGITS_MAX
    return str(int(value)) if is_whole else None


def text_up_to(longest: int) -> Read:
    """Return a reader of texts, and of whole numbers as their digits."""

    def read(value: Any, path: str, findings: Findings) -> Any:
        text = _text_of(value)
        if text is None:
            return unread(path, ReadProblem.WRONG_TYPE, findings)
        if len(text) > longest:
            text = clean(text)
        if len(text) > longest:
            return unread(path, ReadProblem.TOO_LONG, findings)
        return text

    return read


_read_identifier = text_up_to(
    next(
        each.max_length or 0 for each in get_args(Identifier) if isinstance(each, StringConstraints)
    )
)


def identifier_value(value: Any, path: str, findings: Findings) -> Any:
    """Read an id; spaces around it say nothing."""
    text = _read_identifier(value, path, findings)
    return text.strip() if isinstance(text, str) else text


def whole_or_text_up_to(longest: int) -> Read:
    """Return a reader of numbers from 0 up that stay numbers, and of texts."""
    read_text = text_up_to(longest)

    def read(value: Any, path: str, findings: Findings) -> Any:
        if type(value) is int and 0 <= value < 2**63:
            return value
        return read_text(value, path, findings)

    return read


def count_or_text_up_to(longest: int) -> Read:
    """Return a reader of counts, and of texts such as ``51-200``."""
    read_text = text_up_to(longest)

    def read(value: Any, path: str, findings: Findings) -> Any:
        if isinstance(value, str):
            return read_text(value, path, findings)
        return count_value(value, path, findings)

    return read


def count_value(value: Any, path: str, findings: Findings) -> Any:
    """Read a whole number from 0 up: ``3``, ``3.0``, ``"3"``."""
    found: object = ReadProblem.WRONG_TYPE
    if isinstance(value, str):
        found = read_whole(value)
    elif not isinstance(value, bool) and isinstance(value, int | float):
        is_whole = isinstance(value, int) or (math.isfinite(value) and value.is_integer())
        found = int(value) if is_whole else ReadProblem.NOT_WHOLE
    if isinstance(found, int):
        most = _most_of(Count)
        found = found if 0 <= found <= most else _beyond(found)
    return unread(path, found, findings) if isinstance(found, ReadProblem) else found


def _beyond(value: float) -> ReadProblem:
    return ReadProblem.NEGATIVE if value < 0 else ReadProblem.TOO_LARGE


@cache
def _most_of(hint: Any) -> int:
    return bound_of(members_of(hint)[0], "le")


def number_value(value: Any, path: str, findings: Findings) -> Any:
    """Read a number as people write it, within the bounds of the contract."""
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
    return unread(path, found, findings) if isinstance(found, ReadProblem) else found


def scalar_value(value: Any, path: str, findings: Findings) -> Any:
    """Read a truth value, a number or a text, as it is."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return number_value(value, path, findings)
    if not isinstance(value, str):
        return unread(path, ReadProblem.WRONG_TYPE, findings)
    longest = next(
        bound_of(part, "max_length") for part in members_of(CustomScalar) if bare_type(part) is str
    )
    return text_up_to(longest)(value, path, findings)


def truth_value(value: Any, path: str, findings: Findings) -> Any:
    """Read yes or no in the words of common systems."""
    found = read_truth(value)
    if found == "unreadable":
        return unread(path, ReadProblem.NOT_UNDERSTOOD, findings)
    return found == "yes"


def consent_value(value: Any, path: str, findings: Findings) -> Any:
    """Read a consent; one that nobody can read is kept as such, and named."""
    found = read_consent(value)
    if found == "unreadable":
        findings.note(path, ReadProblem.NOT_UNDERSTOOD)
    return found


def money_value(value: Any, path: str, findings: Findings) -> Any:
    """Read an amount with its currency."""
    if isinstance(value, dict) and is_nothing(value.get("amount")):
        return ABSENT  # a currency alone says nothing
    found = read_money(value)
    if isinstance(found, UnreadMoney):
        return unread(f"{path}.{found.part}", found.problem, findings)
    return found


def one_of(words: tuple[str, ...]) -> Read:
    """Return a reader of ``words``, whatever their case and hyphens."""

    def read(value: Any, path: str, findings: Findings) -> Any:
        word = clean(value).casefold().replace("-", "_") if isinstance(value, str) else None
        if word in words:
            return word
        return unread(path, ReadProblem.NOT_UNDERSTOOD, findings)

    return read


def map_of(read_entry: Read, most: int) -> Read:
    """Entries are named by their map alone: senders choose the names, which may be personal."""

    def read(value: Any, path: str, findings: Findings) -> Any:
        if not isinstance(value, dict):
            return unread(path, ReadProblem.WRONG_TYPE, findings)
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


def list_of(read_item: Read, most: int, *, is_text_too: bool) -> Read:
    """Return a reader of lists; a text alone is a list of one, or stays if that is meant."""

    def read(value: Any, path: str, findings: Findings) -> Any:
        if isinstance(value, str):
            if is_text_too:
                return read_item(value, path, findings)
            value = [value]
        if not isinstance(value, list):
            return unread(path, ReadProblem.WRONG_TYPE, findings)
        items = [read_item(item, path, findings) for item in value if item is not None]
        kept = [item for item in items if item is not ABSENT]
        if len(kept) > most:
            findings.note(path, ReadProblem.TOO_MANY)
        return kept[:most]

    return read


def members_of(hint: Any) -> list[Any]:
    """The types of a union but for None, or the type itself."""
    if get_origin(hint) not in (Union, types.UnionType):
        return [hint]
    return [
        member for part in get_args(hint) if part is not type(None) for member in members_of(part)
    ]


def bare_type(hint: Any) -> Any:
    """Return a type without its annotations."""
    return bare_type(get_args(hint)[0]) if get_origin(hint) is Annotated else hint


def bound_of(hint: Any, name: str) -> int:
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
