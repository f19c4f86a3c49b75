"""Paths into a vendor's record: ``answers.q4``, ``answers[0].text``, ``columns[id=EMAIL].value``.

A key may hold dots itself (a column of a table is named ``No. of employees``): at each object the
longest key that the path begins with is taken, so nothing needs quoting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

PARTS_MAX = 16
_BRACKETS = re.compile(r"\[([^\[\]=]+)(?:=([^\[\]]*))?\]")
_KEY = re.compile(r"[^\[\]]+")


class _Missing:
    """There is nothing at a path; null is something."""

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Selector:
    """The entry of a list at ``index``, or the first whose ``key`` holds the text ``value``."""

    index: int | None = None
    key: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """``text`` is the path as written."""

    text: str
    parts: tuple[str | Selector, ...]

    def find(self, body: Any) -> Any:
        """The value there, or :data:`MISSING`."""
        return _find(body, self.parts)


def read_path(text: str) -> Path | None:
    """The path that ``text`` writes; None if it writes none."""
    parts: list[str | Selector] = []
    for piece in _pieces(text.strip()):
        bracketed = _BRACKETS.fullmatch(piece)
        if bracketed is not None:
            parts.append(_selector(bracketed[1].strip(), bracketed[2]))
        elif _KEY.fullmatch(piece):
            parts += piece.split(".")
        else:
            return None
    good = 0 < len(parts) <= PARTS_MAX and "" not in parts
    return Path(text.strip(), tuple(parts)) if good else None


def _pieces(text: str) -> list[str]:
    """``a.b[0].c`` as ``a.b``, ``[0]``, ``c``."""
    pieces = re.split(r"(\[[^\[\]]*\])", text)
    return [
        piece.removeprefix(".") if number else piece for number, piece in enumerate(pieces) if piece
    ]


def _selector(key: str, value: str | None) -> Selector:
    if value is None:
        return Selector(index=int(key)) if key.isdecimal() else Selector(key=key)
    return Selector(key=key, value=value.strip())


def _find(at: Any, parts: tuple[str | Selector, ...]) -> Any:
    if not parts:
        return at
    first, rest = parts[0], parts[1:]
    if isinstance(first, Selector):
        return _find(_entry(at, first), rest) if isinstance(at, list) else MISSING
    if not isinstance(at, dict):
        return MISSING
    for length in range(_names(parts), 0, -1):
        key = ".".join(str(part) for part in parts[:length])
        if key in at:
            return _find(at[key], parts[length:])
    return MISSING


def _names(parts: tuple[str | Selector, ...]) -> int:
    """Return the number of parts from the first that are names."""
    names = 0
    for part in parts:
        if isinstance(part, Selector):
            break
        names += 1
    return names


def _entry(entries: list[Any], selector: Selector) -> Any:
    if selector.index is not None:
        return entries[selector.index] if selector.index < len(entries) else MISSING
    key = tuple(selector.key.split("."))
    for entry in entries:
        found = _find(entry, key)
        if _written(found) == selector.value:
            return entry
    return MISSING


def _written(value: Any) -> str | None:
    """A value as a path writes it: ``true`` and ``false`` as in JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None
