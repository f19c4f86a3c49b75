"""Tables (CSV) to records of the contract: columns by name, every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from router.intake.files.cells import BadCell, Cell
from router.intake.files.problems import Problems, Spot, did_you_mean, listed
from router.intake.files.rows import read_rows

IGNORED_PREFIX = "_"
"""A column whose name begins so is for people only."""

COLUMNS_MAX = 500
_FORMULA = re.compile(r'="([^"]*)"')
"""How texts are kept from becoming numbers in a spreadsheet: ``="07307"``."""

_BINDING = re.compile(
    r"opt.?(?:ed_?)?(?:in|out)|unsub|do_?not|dnc|consent|gdpr|dsgvo|permission|suppress|bounce"
    r"|blacklist|blocklist|owner|assigned_?to|(?:^|_)rep(?:_|$)"
)


@dataclass(frozen=True, slots=True)
class Column:
    """The place of a cell: ``path`` leads into the nested record."""

    path: tuple[str, ...]
    read: Cell


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one kind of table.

    ``families`` are open sets such as ``custom.NAME``: the prefix and where its names go;
    ``required`` are those without which the file says too little.
    """

    what: str
    known: Mapping[str, Column]
    aliases: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, Column] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def find(self, header: str) -> Column | None:
        """The column of a header, by its name or an alias: ``First Name`` is ``FirstName``."""
        name = spelled(header)
        found = self._by_letters().get(letters_of(header))
        if found is not None:
            return self.known[found]
        for prefix, family in self.families.items():
            own = header.strip()[len(prefix) :]
            if name.startswith(prefix) and own:
                return Column((*family.path, own), family.read)
        return None

    def _by_letters(self) -> Mapping[str, str]:
        return _names_by_letters(tuple(self.known), tuple(self.aliases.items()))


@lru_cache(maxsize=64)
def _names_by_letters(
    known: tuple[str, ...], aliases: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    by_alias = {letters_of(alias): name for alias, name in aliases}
    return by_alias | {letters_of(name): name for name in known}


@dataclass(frozen=True, slots=True)
class Filed:
    """A record and the line of the file where it stands.

    ``whole`` is False if a cell of it could not be read and is missing.
    """

    line: int
    record: dict[str, Any]
    whole: bool = True


def letters_of(header: str) -> str:
    """``Zip/Postal Code`` → ``zippostalcode``: all that a header is compared by."""
    return "".join(each for each in header.casefold() if each.isalnum())


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
        problems: takes every mistake, and the columns that are left out.
        ignore_unknown: leave out columns that are not known instead of reporting them; never those
            that say who must not be contacted, or who owns a lead.
    """
    rows = read_rows(lines, problems)
    header = next((row for row in rows if any(cell.strip() for cell in row[1])), None)
    if header is None:
        problems.error(Spot(1, 1), "", f"the file is empty: it needs a header and {columns.what}s")
        return
    found = _header(*header, columns, problems, ignore_unknown=ignore_unknown)
    if found is None:
        return
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(found) :]):
            message = f"this row has {len(cells)} cells, the header {len(found)}: quote commas"
            problems.error(Spot(line, 1), "", message)
        else:
            yield _filed(line, cells, found, problems)


def _header(
    line: int, names: list[str], columns: Columns, problems: Problems, *, ignore_unknown: bool
) -> list[tuple[str, Column | None]] | None:
    """Return the place of each column's cells; None if the header cannot be used."""
    while names and not names[-1].strip():
        names = names[:-1]
    before = len(problems.found)
    if len(names) > COLUMNS_MAX:
        problems.error(Spot(line, 1), "", f"the header has more than {COLUMNS_MAX} columns")
        names = names[:COLUMNS_MAX]
    found = [(name.strip(), columns.find(name)) for name in names]
    unknown = [name for name, place in found if place is None and not _is_for_people(name)]
    for name in unknown:
        message = _binding(name) if ignore_unknown else _unknown(name, columns)
        if message is not None:
            problems.error(Spot(line, 1), name, message)
    _check_doubles(line, found, problems)
    for name in columns.required:
        if letters_of(name) not in map(letters_of, names):
            problems.error(Spot(line, 1), name, f"there is no column `{name}`")
    if any(problem.severity == "error" for problem in problems.found[before:]):
        problems.error(Spot(line, 1), "", "nothing of the file was read: mend its header first")
        return None
    if unknown:
        problems.warn(Spot(line, 1), "", f"columns left out: {listed(unknown, limit=60)}")
    return found


def _is_for_people(name: str) -> bool:
    return not name or name.startswith(IGNORED_PREFIX)


def _check_doubles(line: int, found: list[tuple[str, Column | None]], problems: Problems) -> None:
    """Two names of one field are allowed, such as Phone and Mobile; one name twice is a slip."""
    taken: dict[tuple[str, ...], str] = {}
    for name, place in found:
        other = taken.setdefault(place.path, name) if place is not None else name
        if other is name:
            continue
        if letters_of(other) == letters_of(name):
            problems.error(Spot(line, 1), name, f"the column `{name}` stands twice: keep one")
        else:
            message = f"columns `{other}` and `{name}` say the same: the first filled one counts"
            problems.warn(Spot(line, 1), name, message)


def _binding(name: str) -> str | None:
    """Why a column that is not known must not be left out in silence; None if it may be."""
    if not _BINDING.search(spelled(name)):
        return None
    return (
        f"`{name.strip()}` may say who must not be contacted, or who owns a lead: give it one of"
        f" our names, or call it `_{name.strip()}` to leave it out"
    )


def _unknown(name: str, columns: Columns) -> str:
    hint = did_you_mean(spelled(name), [*columns.known, *columns.aliases])
    own = f" `custom.{spelled(name)}` keeps it," if "custom." in columns.families else ""
    return f"there is no column `{name.strip()}`{hint or ';'}{own} `_{name.strip()}` leaves it out"


def _filed(
    line: int, cells: list[str], columns: list[tuple[str, Column | None]], problems: Problems
) -> Filed:
    record: dict[str, Any] = {}
    good = True
    for (name, place), cell in zip(columns, cells, strict=False):
        written = _FORMULA.sub(r"\1", cell.strip())
        if place is None or not written:
            continue
        value = place.read(written)
        if isinstance(value, BadCell):
            good = False
            problems.error(Spot(line, 1), name, f"`{name}` {value.problem}")
        elif value is not None:
            _put(record, place.path, value)
    return Filed(line, record, whole=good)


def _put(record: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    at = record
    for name in path[:-1]:
        at = at.setdefault(name, {})
    if isinstance(value, dict):
        at.setdefault(path[-1], {}).update(value)
    else:
        at.setdefault(path[-1], value)
