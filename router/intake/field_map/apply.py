"""A vendor's record to one of ours, by a field map. Total for any JSON.

What cannot be read is handed on as it is, for the reader of the contract to name: doors differ in
shapes, never in what they say of a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from router.intake.field_map.model import FieldMap, MapRole, Rule
from router.intake.field_map.paths import MISSING
from router.intake.field_map.targets import target_of
from router.intake.files import cells
from router.intake.files.cells import BadCell, Cell
from router.intake.files.lead_completion import complete_amounts, complete_consent
from router.intake.files.style import Style
from router.intake.normalise.salesforce_id import long_id

Record = dict[str, Any]

UNREADABLE: list[Any] = [None]
"""In the place of a number whose unit is known and that cannot be read: never a thousandth."""

_PLAIN_NUMBER = re.compile(r"-?(?:0\.[0-9]{1,9}|[0-9]{1,15}(?:\.(?:[0-9]{1,2}|[0-9]{4,9}))?)")
"""Not ``1.234``, which may be a thousand and more."""

_STAMP = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_NUMBER_MAX = 10**15
_MS = {"epoch_s": 1_000, "epoch_ms": 1}
_EPOCH_MS_MAX = 253_402_300_799_000  # the year 9999


class Filled(NamedTuple):
    """A field that was filled: ``source`` is the path that held its value, "" for a constant."""

    target: str
    source: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule, and where its value goes."""

    rule: Rule
    path: tuple[str, ...]
    read: Cell
    style: Style

    def fill(self, body: Any) -> Filled | None:
        source, value = self._look(body)
        if value is MISSING:
            return None
        if value is not None:
            value = self._read(value)
        return Filled(".".join(self.path), source, value)

    def _look(self, body: Any) -> tuple[str, Any]:
        """The first value that says something; a null says that the field was cleared."""
        cleared: tuple[str, Any] | None = None
        for path in self.rule.sources:
            found = path.find(body)
            if found is MISSING:
                continue
            if found is not None and (not isinstance(found, str) or found.strip()):
                return path.text, found
            cleared = cleared or (path.text, None)
        if self.rule.constant is not None:
            return "", self.rule.constant
        return cleared or ("", MISSING)

    def _read(self, value: Any) -> Any:
        rule = self.rule
        if rule.table is not None:
            value = _looked_up(rule, value)
        if rule.date is not None:
            value = _dated(rule.date, value, self.style)
        if rule.reading == "lower" and isinstance(value, str):
            value = value.strip().lower()
        if rule.reading == "salesforce_id" and isinstance(value, str):
            value = long_id(value.strip())
        if rule.reading == "number" or rule.unit is not None:
            value = _number(value, rule.unit, self.style)
        value = self._in_its_form(value)
        return f"{rule.prefix}{value}" if rule.prefix and isinstance(value, str) else value

    def _in_its_form(self, value: Any) -> Any:
        if isinstance(value, str):
            read = self.read(value.strip())
            return value if isinstance(read, BadCell) else read
        if isinstance(value, bool) and self.read is cells.opt_out:
            return self.read(str(value))
        if isinstance(value, int) and not isinstance(value, bool) and self.read is cells.text:
            return value if self.path[-1] == "employees" else str(value)
        return value


class BoundMap:
    """A field map for records whose texts are written in a style."""

    def __init__(self, field_map: FieldMap, style: Style) -> None:
        self.role: MapRole = field_map.role
        self.each = field_map.each
        self._style = style
        self._rules = tuple(_bound(rule, field_map.role, style) for rule in _in_order(field_map))

    def apply(self, body: Any) -> Record:
        """The record that ``body`` makes; a field of which it says nothing is absent."""
        record: Record = {}
        for filled in self.fill(body):
            _put(record, tuple(filled.target.split(".")), filled.value)
        complete_consent(record)
        complete_amounts(record, self._style.currency)
        return record

    def fill(self, body: Any) -> Iterator[Filled]:
        """Yield each field that ``body`` fills, in the order of the map."""
        for rule in self._rules:
            filled = rule.fill(body)
            if filled is not None:
                yield filled

    def bodies(self, body: Any) -> list[Any]:
        """The records in a body: what stands at ``each``, a list, or the body alone."""
        found = body if self.each is None else self.each.find(body)
        if isinstance(found, list):
            return found
        return [] if found is MISSING else [found]


def _in_order(field_map: FieldMap) -> list[Rule]:
    return list(field_map.rules.values())


def _bound(rule: Rule, role: MapRole, style: Style) -> _Bound:
    found = target_of(rule.target, role, style)
    if found is None:
        raise ValueError(f"a field map has the target {rule.target}, which its reader refuses")
    return _Bound(rule, found.path, found.read, style)


def _put(record: Record, path: tuple[str, ...], value: Any) -> None:
    at = record
    for name in path[:-1]:
        inner = at.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = at[name] = {}
        at = inner
    at[path[-1]] = value


def _looked_up(rule: Rule, value: Any) -> Any:
    if rule.table is None or not isinstance(value, str | int | float):
        return value
    word = str(value).strip().casefold()
    return rule.table.get(word, value if rule.otherwise is None else rule.otherwise)


def _dated(form: str, value: Any, style: Style) -> Any:
    """The time in RFC 3339; ``value`` as it is where it is none in that form."""
    if form in _MS:
        return moment_of(value, _MS[form])
    if not isinstance(value, str):
        return value
    order = None if form == "iso" else form
    dated = Style(order, style.time_zone, style.decimal, style.currency)  # type: ignore[arg-type]
    read = dated.moment(value.strip())
    return value if isinstance(read, BadCell) or read is None else read


def moment_of(value: Any, scale: int = 1) -> Any:
    """Milliseconds since the epoch (or seconds, with a scale of 1,000) as RFC 3339."""
    text = str(value).strip()
    if isinstance(value, bool) or _STAMP.fullmatch(text) is None:
        return value
    at_ms = int(Decimal(text) * scale)
    if at_ms > _EPOCH_MS_MAX:
        return value
    seconds, ms = divmod(at_ms, 1_000)
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=ms * 1_000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: Any, unit: Decimal | None, style: Style) -> Any:
    number = _decimal(value, style)
    if number is None:
        return value if unit is None else UNREADABLE
    number *= unit or 1
    return int(number) if number == number.to_integral_value() else format(number.normalize(), "f")


def _decimal(value: Any, style: Style) -> Decimal | None:
    if isinstance(value, str):
        text = style.number(value.strip())
        return Decimal(text) if _PLAIN_NUMBER.fullmatch(text) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number and abs(value) < _NUMBER_MAX else None
