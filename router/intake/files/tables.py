"""Tables (CSV) to records of the contract: columns by name, every mistake with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.intake.files.cells import BadCell, Cell
from router.intake.files.problems import Problems, Spot, did_you_mean, listed

IGNORED_PREFIX = "_"
"""A column whose name begins so is for people only."""

COLUMNS_MAX = 500
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Column:
    """Where a cell goes: ``path`` leads into the nested record."""

    path: tuple[str, ...]
    read: Cell


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one kind of table.

    ``families`` are open sets such as ``custom.NAME``: the prefix and where its names go.
    """

    what: str
    known: Mapping[str, Column]
    aliases: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, Column] = field(default_factory=dict)

    def find(self, header: str) -> Column | None:
        """The column of a header, by its name or an alias."""
        name = spelled(header)
        name = self.aliases.get(name, name)
        if name in self.known:
            return self.known[name]
        for prefix, family in self.families.items():
            own = header.strip()[len(prefix) :]
            if name.startswith(prefix) and own:
                return Column((*family.path, own), family.read)
        return None


@dataclass(frozen=True, slots=True)
class Filed:
    """A record and the line of the file where it stands.

    ``whole`` is False if a cell of it could not be read and is missing.
    """

    line: int
    record: dict[str, Any]
    whole: bool = True


def spelled(header: str) -> str:
    """``Rep ID`` → ``rep_id``."""
    return "_".join(header.strip().casefold().replace("-", " ").split())


def column(path: str, read: Cell) -> Column:
    """A column whose cells go to the dotted ``path``."""
    return Column(tuple(path.split(".")), read)


def read_table(
    lines: Iterable[str], columns: Columns, problems: Problems, *, ignore_unknown: bool = False
) -> Iterator[Filed]:
    """Yield the rows; what could not be read of them is in ``problems``.

    A header that is wrong yields nothing.

    Args:
        lines: of the file, with their line ends.
        columns: what the header may name.
        problems: takes every mistake.
        ignore_unknown: leave out columns that are not known instead of reporting them.
    """
    rows = _rows(lines, problems)
    header = next(rows, None)
    if header is None:
        problems.error(Spot(1, 1), "", f"the file is empty: it needs a header and {columns.what}s")
        return
    found = _header(header[1], columns, problems, ignore_unknown=ignore_unknown)
    if found is None:
        return
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(found):
            message = f"this row has {len(cells)} cells, the header {len(found)}: quote commas"
            problems.error(Spot(line, 1), "", message)
        else:
            yield _filed(line, cells, found, problems)


def _rows(lines: Iterable[str], problems: Problems) -> Iterator[tuple[int, list[str]]]:
    source = iter(lines)
    first = next(source, None)
    if first is None:
        return
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(_with_first(first, source), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            hint = "a quote is opened and not closed" if "unexpected end" in str(error) else error
            problems.error(Spot(line, 1), "", f"this row cannot be read: {hint}")
            return
        if cells is None:
            return
        yield line, cells


def _with_first(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _header(
    names: list[str], columns: Columns, problems: Problems, *, ignore_unknown: bool
) -> list[tuple[str, Column | None]] | None:
    found: list[tuple[str, Column | None]] = []
    taken: dict[tuple[str, ...], str] = {}
    good = len(names) <= COLUMNS_MAX
    if not good:
        problems.error(Spot(1, 1), "", f"the header has more than {COLUMNS_MAX} columns")
    for name in names[:COLUMNS_MAX]:
        place = columns.find(name)
        ignored = not name.strip() or name.startswith(IGNORED_PREFIX)
        if place is None and not ignored and not ignore_unknown:
            good = False
            problems.error(Spot(1, 1), name.strip(), _unknown(name, columns))
        elif place is not None and place.path in taken:
            good = False
            message = f"columns `{taken[place.path]}` and `{name}` say the same: keep one"
            problems.error(Spot(1, 1), name, message)
        if place is not None:
            taken[place.path] = name
        found.append((name.strip(), place))
    return found if good else None


def _unknown(name: str, columns: Columns) -> str:
    hint = did_you_mean(spelled(name), [*columns.known, *columns.aliases])
    hint = hint or f"; columns are: {listed(columns.known, limit=60)}."
    own = f" `custom.{name}` keeps a field of your own," if "custom." in columns.families else ""
    return f"there is no column `{name.strip()}`{hint}{own} `_{name}` leaves it out"


def _filed(
    line: int, cells: list[str], columns: list[tuple[str, Column | None]], problems: Problems
) -> Filed:
    record: dict[str, Any] = {}
    good = True
    for (name, place), cell in zip(columns, cells, strict=False):
        written = cell.strip()
        if place is None or not written:
            continue
        value = place.read(written)
        if isinstance(value, BadCell):
            good = False
            problems.error(Spot(line, 1), name, f"`{name}` {value.problem}")
        else:
            _put(record, place.path, value)
    return Filed(line, record, whole=good)


def _put(record: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    at = record
    for name in path[:-1]:
        at = at.setdefault(name, {})
    if isinstance(value, dict):
        at.setdefault(path[-1], {}).update(value)
    else:
        at[path[-1]] = value
