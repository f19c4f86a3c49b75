"""The fields that a map may fill: those of the contract, or the usual names that files know too."""

from __future__ import annotations

from functools import cache

from typing_extensions import get_type_hints

from router.intake.contract import Activity, Feedback
from router.intake.field_map.model import MapRole
from router.intake.files import cells
from router.intake.files.lead_columns import lead_columns
from router.intake.files.style import PLAIN, Style, lenient
from router.intake.files.tables import Column, Columns, column


@cache
def columns_of(role: MapRole, style: Style = PLAIN) -> Columns:
    """The targets of a role; texts are read as cells of a table are, in ``style``."""
    if role == "leads":
        return lead_columns(style)
    known = get_type_hints(Activity if role == "activity" else Feedback)
    columns = {name: column(name, cells.text) for name in known if name != "amount"}
    columns["occurred_at"] = column("occurred_at", style.moment)
    if role == "activity":
        columns["weight"] = column("weight", lenient(cells.scalar, style))
    else:
        columns["amount"] = column("amount.amount", lenient(cells.decimal, style))
        columns["amount.currency"] = column("amount.currency", cells.text)
    return Columns(what=role, known=columns)


def target_of(name: str, role: MapRole, style: Style = PLAIN) -> Column | None:
    """Where a field of that name goes."""
    return columns_of(role, style).find(name)
