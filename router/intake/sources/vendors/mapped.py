"""Shapes that need no code: any JSON by a field map, and our own contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.sources.found import Arrival, Found, Item, Options, SourceRole
from router.intake.wire.refusal import Rejected

_NO_OBJECT = Rejected(DeadLetterReason.WRONG_TYPE, "the record must be a JSON object")


def split(body: Any, _arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield an object, or each of a list; the field map says all of it."""
    for each in body if isinstance(body, list) else [body]:
        yield Found("leads", {}, each) if isinstance(each, dict) else _NO_OBJECT


def split_canonical(body: Any, _arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield records of the contract; the field that names its type says what each is."""
    for each in body if isinstance(body, list) else [body]:
        if isinstance(each, dict):
            yield Found(_role_of(each), dict(each))
        else:
            yield _NO_OBJECT


def _role_of(record: dict[str, Any]) -> SourceRole:
    if "feedback_type" in record:
        return "feedback"
    return "activity" if "activity_type" in record else "leads"
