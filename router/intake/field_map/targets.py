"""The fields that a map may fill: those of the contract, or the usual names that files know too."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from typing_extensions import get_type_hints

from router.intake.contract import Activity, Feedback
from router.intake.field_map.model import MapRole
from router.intake.files import cells
from router.intake.files.lead_columns import STATUS, lead_columns
from router.intake.files.style import PLAIN, Style, lenient
from router.intake.files.tables import Column, Columns, column


@cache
def columns_of(role: MapRole, style: Style = PLAIN) -> Columns:
    """The targets of a role; texts are read as cells of a table are, in ``style``."""
    if role == "leads":
        columns = lead_columns(style)
        return replace(columns, known={**columns.known, "status": column(STATUS, cells.text)})
    known = get_type_hints(Activity if role == "activity" else Feedback)
    named = {name: column(name, cells.text) for name in known if name != "amount"}
    named["occurred_at"] = column("occurred_at", style.moment)
    if role == "activity":
        named["weight"] = column("weight", lenient(cells.scalar, style))
    else:
        named["amount"] = column("amount.amount", lenient(cells.decimal, style))
        named["amount.currency"] = column("amount.currency", cells.text)
    return Columns(what=role, known=named)


def target_of(name: str, role: MapRole, style: Style = PLAIN) -> Column | None:
    """Return the place to which a field of that name goes."""
    return columns_of(role, style).find(name)
