"""Names in reports that mean no one rep of the roster: remembered, so that somebody can be told.

A report about a rep whom nobody knows is about nobody's lead, and changes nothing. When a CRM sends
ids that the roster lacks, every clock runs out: `status` names them. A name is forgotten when the
roster knows it, or when others were heard of later.
"""

from __future__ import annotations

from typing import Final

from router.core.state.context import Context
from router.core.state.rep_names import rep_named

NAMES_MAX: Final = 64
"""Names remembered of a sales org."""
NO_ID: Final = "(not an id)"
"""Stands for every name with a space in it: it may be a person's."""

Heard = tuple[int, int]
"""How many reports named them without effect, and when the last one did."""


def note_unknown(context: Context, name: str | None) -> None:
    """Remember the name that a report without effect has for its rep, if it means no one rep."""
    org = context.org
    if name is None or rep_named(org, name, context.now_ms) is not None:
        return
    shown = NO_ID if any(letter.isspace() for letter in name) else name
    count, _ = org.unknown_names.get(shown, (0, 0))
    if count == 0 and len(org.unknown_names) >= NAMES_MAX:
        _forget(
            context, min(org.unknown_names, key=lambda each: (org.unknown_names[each][1], each))
        )
    context.journal.insert(org.unknown_names, shown, (count + 1, context.now_ms))
    context.journal.touch("unknown_name", org.sales_org, shown)


def forget_known(context: Context) -> None:
    """Forget the names that the roster knows by now."""
    org = context.org
    for name in [name for name in org.unknown_names if rep_named(org, name, context.now_ms)]:
        _forget(context, name)


def _forget(context: Context, name: str) -> None:
    context.journal.remove(context.org.unknown_names, name)
    context.journal.touch("unknown_name", context.org.sales_org, name)
