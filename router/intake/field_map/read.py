"""A field map's YAML to rules, strictly: everything that is wrong with it, by line.

The form of a value, and nothing else:

- ``email: answers.q4``: a path;
- ``email: [work_email, email]``: the first that holds something;
- ``country: {value: DE}``: a constant;
- ``employees: {from: size, table: {small: 20}, else: 5}``, with ``as``, ``date``, ``unit`` and
  ``prefix`` beside ``from``.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import cast, get_args

from router.intake.field_map.model import DateForm, FieldMap, MapRole, Reading, Rule
from router.intake.field_map.model import Scalar as Constant
from router.intake.field_map.paths import Path, read_path
from router.intake.field_map.targets import columns_of, target_of
from router.intake.files.problems import FileProblem, Problems, did_you_mean, listed
from router.intake.files.tables import spelled
from router.intake.policy.readers import Reader
from router.intake.policy.tree import Entry, Mapping, Scalar, Tree, parse_tree

_TOP = ("role", "each", "fields")
_KEYS = ("from", "value", "as", "date", "unit", "table", "else", "prefix")
_WORDS: dict[str, Constant] = {"true": True, "false": False}
_UNIT_MAX = 10**12


def read_field_map(text: str) -> tuple[FieldMap | None, tuple[FileProblem, ...]]:
    """The field map that ``text`` writes, None if it cannot be used; and all its problems."""
    problems = Problems()
    tree = parse_tree(text, problems, what="a field map", begins="fields:")
    found = _FieldMapReader(problems).read(tree) if tree is not None else None
    return (None if problems.has_errors else found), tuple(problems.in_order())


class _FieldMapReader:
    """Reads one file; a problem never stops what comes after it."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._reader = Reader(problems)

    def read(self, tree: Mapping) -> FieldMap:
        self._reader.only(tree, _TOP, "a field map")
        role = cast("MapRole", self._one_of(tree.get("role"), get_args(MapRole)) or "leads")
        each = tree.get("each")
        fields = self._reader.mapping(tree.get("fields"), None, "fields")
        if fields is None or not fields.entries:
            self._problems.error(tree.spot, "fields", "name our fields under `fields:`")
            return FieldMap()
        rules: dict[str, Rule] = {}
        for entry in fields.entries:
            target = self._target(entry, role)
            if target in rules:
                message = f"`{entry.key}` is `{target}`, which is filled above: use a list"
                self._problems.error(entry.spot, entry.value.path, message)
            elif target is not None:
                rules[target] = self._rule(entry.key, entry.value)
        return FieldMap(rules, role, None if each is None else self._path(each))

    def _target(self, entry: Entry, role: MapRole) -> str | None:
        column = target_of(entry.key, role)
        if column is not None:
            return ".".join(column.path)
        columns = columns_of(role)
        hint = did_you_mean(spelled(entry.key), [*columns.known, *columns.aliases])
        own = f"; `custom.{spelled(entry.key)}` keeps it" if role == "leads" else ""
        message = f"there is no field `{entry.key}`{hint}{own}"
        self._problems.error(entry.spot, entry.value.path, message)
        return None

    def _rule(self, target: str, tree: Tree) -> Rule:
        if not isinstance(tree, Mapping):
            return Rule(target, sources=self._paths(tree))
        self._reader.only(tree, _KEYS, f"`{target}`")
        sources, value = tree.get("from"), tree.get("value")
        if (sources is None) == (value is None):
            self._reader.wrong(tree, f"`{target}` needs `from: PATH`, or `value:` for a constant")
        return Rule(
            target,
            sources=() if sources is None else self._paths(sources),
            constant=self._constant(value),
            reading=cast("Reading | None", self._one_of(tree.get("as"), get_args(Reading))),
            date=cast("DateForm | None", self._one_of(tree.get("date"), get_args(DateForm))),
            unit=self._unit(tree.get("unit")),
            table=self._table(tree.get("table")),
            otherwise=self._constant(tree.get("else")),
            prefix=str(self._constant(tree.get("prefix")) or ""),
        )

    def _paths(self, tree: Tree) -> tuple[Path, ...]:
        if isinstance(tree, Scalar) and tree.is_null:
            self._reader.wrong(tree, "say where the value stands, such as `answers.q4`")
        paths = (self._path(each) for each in self._reader.one_or_more(tree))
        return tuple(path for path in paths if path is not None)

    def _path(self, tree: Tree) -> Path | None:
        path = read_path(tree.text) if isinstance(tree, Scalar) else None
        if path is None:
            self._reader.wrong(tree, "a path reads like `answers.q4`, `a[0].b` or `a[id=Q4].text`")
        return path

    def _constant(self, tree: Tree | None) -> Constant:
        if tree is None:
            return None
        if not isinstance(tree, Scalar):
            self._reader.wrong(tree, "this must be one word or number")
            return None
        if tree.quoted:
            return tree.text
        return _WORDS.get(tree.text, int(tree.text) if _is_whole(tree.text) else tree.text)

    def _one_of(self, tree: Tree | None, words: tuple[str, ...]) -> str | None:
        if tree is None:
            return None
        if isinstance(tree, Scalar) and tree.text in words:
            return tree.text
        self._reader.wrong(tree, f"must be one of: {listed(words)}")
        return None

    def _unit(self, tree: Tree | None) -> Decimal | None:
        if tree is None:
            return None
        try:
            unit = Decimal(tree.text) if isinstance(tree, Scalar) else Decimal(0)
        except InvalidOperation:
            unit = Decimal(0)
        if not (unit.is_finite() and 0 < unit <= _UNIT_MAX):
            self._reader.wrong(tree, "a unit is a number above 0, such as 1000 for thousands")
            return None
        return unit

    def _table(self, tree: Tree | None) -> dict[str, Constant] | None:
        found = self._reader.mapping(tree, None, "a table")
        if found is None:
            return None
        table: dict[str, Constant] = {}
        for entry in found.entries:
            word = entry.key.strip().casefold()
            if word in table:
                message = f"`{entry.key}` stands here twice, in capitals or not: keep one"
                self._problems.error(entry.spot, entry.value.path, message)
            table[word] = self._constant(entry.value)
        return table


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 15  # noqa: PLR2004 - exact
    return is_number and str(int(text)) == text
