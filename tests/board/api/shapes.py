"""The shapes that docs/board.md writes down, read, and held against answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

DOCUMENT = Path(__file__).parents[3] / "docs" / "board.md"
_ROW = re.compile(r"^\| `(GET|POST) (/api/[^`?]*)[^`]*` \| `([^`]*)` \|", re.MULTILINE)
_ADDRESS = re.compile(r"^\| `(GET|POST) (/api/[^`?]*)", re.MULTILINE)
_TOKEN = re.compile(r"[a-z0-9_]+|[{}\[\],?]")


class Field(NamedTuple):
    """A name; ``kind`` is a plain value, a map or a list, ``inside`` what one of it holds."""

    kind: str
    inside: dict[str, Field]
    is_optional: bool


def addresses() -> set[tuple[str, str]]:
    """Every method and address that the document names."""
    return set(_ADDRESS.findall(DOCUMENT.read_text(encoding="utf-8")))


def shapes() -> dict[tuple[str, str], dict[str, Field]]:
    """The shape of every answer that is JSON."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return {
        (method, address): parse(_TOKEN.findall(shape))
        for method, address, shape in _ROW.findall(text)
    }


def parse(tokens: list[str]) -> dict[str, Field]:
    """Fields up to the closing bracket, which is taken too."""
    fields: dict[str, Field] = {}
    while tokens and (name := tokens.pop(0)) not in "}]":
        if name == ",":
            continue
        kind, inside = "value", {}
        if tokens and tokens[0] in "{[":
            kind = "map" if tokens.pop(0) == "{" else "list"
            inside = parse(tokens)
        is_optional = bool(tokens) and tokens[0] == "?"
        if is_optional:
            tokens.pop(0)
        fields[name] = Field(kind, inside, is_optional)
    return fields


def check(found: Any, fields: dict[str, Field], place: str) -> None:
    """Hold an object against its shape: no name more, none less.

    Raises:
        AssertionError: it is another.
    """
    assert isinstance(found, dict), place
    needed = {name for name, field in fields.items() if not field.is_optional}
    assert needed <= set(found) <= set(fields), f"{place}: {sorted(needed ^ set(found))}"
    for name, value in found.items():
        check_field(value, fields[name], f"{place}.{name}")


def check_field(value: Any, field: Field, place: str) -> None:
    if value is None:
        return
    if field.kind == "value":
        assert not isinstance(value, dict | list), place
    elif field.kind == "list":
        assert isinstance(value, list), place
        for each in value if field.inside else ():
            check(each, field.inside, place)
    else:
        assert isinstance(value, dict), place
        if field.inside:
            check(value, field.inside, place)
