"""Records of the contract as JSON: a list of objects, or an object in each line."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from router.intake.files.problems import Problems, Spot, did_you_mean
from router.intake.files.tables import Filed
from router.intake.wire.forgiving_json import DECODER, read_forgiving, without_surrogates

_BETWEEN = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"^\s*\{", re.MULTILINE)
"""Reading goes on here behind an object that cannot be read: at one that begins a line."""

_NO_JSON = "this is no JSON object that can be read"


def read_json_lines(lines: Iterable[str], problems: Problems) -> Iterator[Filed]:
    """Yield the object of each line; blank lines are nothing."""
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = read_forgiving(line.strip())
        except json.JSONDecodeError as error:
            problems.error(Spot(place, error.colno), "", f"this line is not JSON: {error.msg}")
            continue
        except (ValueError, RecursionError):
            problems.error(Spot(place, 1), "", _NO_JSON)
            continue
        yield from _filed(place, value, problems)


def _filed(line: int, value: Any, problems: Problems) -> Iterator[Filed]:
    """The record, if it is one."""
    if not isinstance(value, dict):
        problems.error(Spot(line, 1), "", _NO_JSON)
        return
    yield Filed(line, value)


def read_json_list(text: str, problems: Problems) -> Iterator[Filed]:
    """Yield the objects of a JSON list, or one object alone, each with the line where it begins."""
    at = _end_of(_BETWEEN, text, 0)
    is_list = text.startswith("[", at)
    at += is_list
    if not is_list and not text.startswith("{", at):
        problems.error(Spot(1, 1), "", "write a JSON list of objects: [{…}, {…}]")
        return
    while True:
        at = _end_of(_BETWEEN, text, at)
        line = text.count("\n", 0, at) + 1
        if text.startswith("]", at) if is_list else at == len(text):
            return
        try:
            value, end = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            problems.error(Spot(error.lineno, error.colno), "", f"this is not JSON: {error.msg}")
            end = None
        except (ValueError, RecursionError):
            problems.error(Spot(line, 1), "", _NO_JSON)
            end = None
        if end is not None:
            at = end
            yield from _filed(line, without_surrogates(value), problems)
        elif following := _NEXT_OBJECT.search(text, at + 1):
            at = following.end() - 1
        else:
            return


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def check_names(filed: Filed, known: Collection[str], problems: Problems) -> None:
    """Report fields that the contract does not have: most are slips."""
    for name in filed.record:
        if name not in known:
            message = f"there is no field `{name}`{did_you_mean(name, known)}"
            problems.error(Spot(filed.line, 1), name, message)
