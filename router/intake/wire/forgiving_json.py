"""JSON of which one bad spot does not cost the rest, with the checks that JSON readers leave out.

What no field can hold becomes what every reader of a field tells apart from a value: a key that
stands twice, with different values, is a list of both; ``NaN`` and numbers beyond 64 bits are
texts; half of a surrogate pair, and bytes that are not UTF-8, are U+FFFD. The result can be
encoded again and reads the same then, so that a file and a topic give one record.
"""

from __future__ import annotations

import json
import re
from typing import Any

BOM = b"\xef\xbb\xbf"
REPLACED = "\ufffd"
_WHOLE_DIGITS_MAX = 18  # always within 64 bits
_SURROGATES = re.compile("[\ud800-\udfff]")


def read_forgiving(value: bytes | str) -> Any:
    """The JSON in ``value``.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return without_surrogates(DECODER.decode(text.removeprefix("\ufeff")))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    for name in found:
        given = [value for key, value in pairs if key == name]
        if any(value != given[0] or type(value) is not type(given[0]) for value in given):
            found[name] = given
    return found


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _WHOLE_DIGITS_MAX else digits


def _decimal(digits: str) -> float | str:
    found = float(digits)
    return found if abs(found) < float("inf") else digits


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=str, parse_int=_whole, parse_float=_decimal
)
"""Its results may still hold halves of surrogate pairs: see :func:`without_surrogates`."""


def without_surrogates(value: Any) -> Any:
    """``value`` with U+FFFD for every half of a surrogate pair, which no encoder takes."""
    if isinstance(value, str):
        return _SURROGATES.sub(REPLACED, value)
    if isinstance(value, list):
        return [without_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {
            _SURROGATES.sub(REPLACED, name): without_surrogates(each)
            for name, each in value.items()
        }
    return value
