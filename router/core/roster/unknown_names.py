"""Names in reports that mean no one rep of the roster: remembered, so that somebody can be told.

A report about a rep whom nobody knows is about nobody's lead, and changes nothing. When a CRM sends
ids that the roster lacks, every clock runs out: `status` names them. A name is forgotten when the
roster knows it, or when others were heard of later.
"""

from __future__ import annotations

from typing import Final

from router.core.roster.names import rep_named
from router.core.turn import Turn

NAMES_MAX: Final = 64
"""Names remembered of a sales org."""
NO_ID: Final = "(not an id)"
"""Stands for every name with a space in it: it may be a person's."""

Heard = tuple[int, int]
"""How many reports named them without effect, and when the last one did."""


def note_unknown(turn: Turn, name: str | None) -> None:
    """Remember the name that a report without effect has for its rep, if it means no one rep."""
    org = turn.org
    if name is None or rep_named(org, name, turn.now_ms) is not None:
        return
    shown = NO_ID if any(letter.isspace() for letter in name) else name
    count, _ = org.unknown_names.get(shown, (0, 0))
    if count == 0 and len(org.unknown_names) >= NAMES_MAX:
        _forget(turn, min(org.unknown_names, key=lambda each: (org.unknown_names[each][1], each)))
    turn.journal.insert(org.unknown_names, shown, (count + 1, turn.now_ms))
    turn.journal.touch("unknown_name", org.sales_org, shown)


def forget_known(turn: Turn) -> None:
    """Forget the names that the roster knows by now."""
    org = turn.org
    for name in [name for name in org.unknown_names if rep_named(org, name, turn.now_ms)]:
        _forget(turn, name)


def _forget(turn: Turn, name: str) -> None:
    turn.journal.remove(turn.org.unknown_names, name)
    turn.journal.touch("unknown_name", turn.org.sales_org, name)
