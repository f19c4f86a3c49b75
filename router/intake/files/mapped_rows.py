"""Tables and JSON by a field map: rows as objects, columns by their letters and digits alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from router.intake.field_map.apply import BoundMap
from router.intake.field_map.model import FieldMap
from router.intake.field_map.paths import MISSING
from router.intake.files.cells import BadCell
from router.intake.files.problems import Problems, Spot, listed
from router.intake.files.rows import read_rows
from router.intake.files.style import Style
from router.intake.files.tables import Filed, letters_of


def rows_as_objects(
    lines: Iterable[str], field_map: FieldMap, problems: Problems
) -> Iterator[Filed]:
    """Yield each row by its columns' names, as the map writes them; what it leaves out is told."""
    rows = read_rows(lines, problems)
    header = next((row for row in rows if any(cell.strip() for cell in row[1])), None)
    if header is None:
        problems.error(Spot(1, 1), "", "the file is empty: it needs a header and leads")
        return
    line, names = header
    columns = _columns(names, field_map)
    empty = dict.fromkeys(columns, "")
    paths = [path for rule in field_map.rules.values() for path in rule.sources]
    used = {path.text for path in paths if path.find(empty) is not MISSING}
    if not used:
        message = f"no column is one of the map's: {listed([path.text for path in paths])}"
        problems.error(Spot(line, 1), "", message)
        return
    left = [name for name in columns if name and name not in used]
    if left:
        problems.warn(Spot(line, 1), "", f"columns left out: {listed(left, limit=60)}")
    for place, cells in rows:
        if any(cell.strip() for cell in cells):
            yield Filed(place, dict(zip(columns, cells, strict=False)))


def _columns(names: list[str], field_map: FieldMap) -> list[str]:
    known = {
        letters_of(path.text): path.text
        for rule in field_map.rules.values()
        for path in rule.sources
    }
    return [known.get(letters_of(name), name.strip()) for name in names]


def mapped(
    found: Iterable[Filed], bound: BoundMap, style: Style, problems: Problems
) -> Iterator[Filed]:
    """Yield what the map makes of each; a date that cannot be read costs its line."""
    for filed in found:
        record: dict[str, Any] = bound.apply(filed.record)
        whole = filed.whole
        stamp = record.get("occurred_at")
        if isinstance(stamp, str):
            read = style.moment(stamp)
            if isinstance(read, BadCell):
                whole = False
                message = f"`occurred_at` {read.problem}"
                problems.error(Spot(filed.line, 1), "occurred_at", message)
                del record["occurred_at"]
        elif stamp is None:
            record.pop("occurred_at", None)
        yield Filed(filed.line, record, whole=whole)
