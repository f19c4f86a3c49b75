"""From where to where each event moves a lead; everything else leaves it where it is.

A line says: of a lead in one of the first statuses the event may make one in any of the second, or
leave it, when it is stale, repeated, or of no consequence. No event but its own tick, or another
lead's that gives way or is merged, moves a lead. Roster, accounts and policies move none at once:
the next tick looks at who is concerned.
"""

from __future__ import annotations

from typing import Final

from router.core.model.lead import OPEN_STATUSES, Status

Statuses = tuple[Status, ...]

_UNASSIGNED: Final = (Status.WAITING, Status.NURTURED)
_UNFINISHED: Final = (*_UNASSIGNED, *OPEN_STATUSES, Status.OUTSIDE)
_FOUND: Final = (
    Status.WAITING, Status.ASSIGNED, Status.ACCEPTED, Status.NURTURED, Status.MERGED, Status.CLOSED,
)  # fmt: skip
"""The statuses that `find_owner` may give."""
_HANDED_OVER: Final = (Status.ASSIGNED,)

_OPEN_BY_FACTS: Final = (Status.ASSIGNED, Status.WAITING, Status.CLOSED)
"""A handoff; consent that cannot be read; consent refused."""

MOVES: Final[dict[str, tuple[tuple[Statuses, Statuses], ...]]] = {
    # Events of the lead.
    "submitted": (
        ((*_UNASSIGNED, Status.CLOSED), _FOUND),
        ((*OPEN_STATUSES, Status.OUTSIDE), _OPEN_BY_FACTS),
    ),
    "updated": (
        (_UNASSIGNED, _FOUND),
        ((*OPEN_STATUSES, Status.OUTSIDE), _OPEN_BY_FACTS),
    ),
    "withdrawn": ((_UNFINISHED, (Status.CLOSED,)),),
    "imported": (),
    "engagement": (
        ((Status.NURTURED,), _FOUND),
        (OPEN_STATUSES, _HANDED_OVER),
    ),
    # Reports of the CRM.
    "accepted": ((OPEN_STATUSES, (Status.ACCEPTED, *_HANDED_OVER)),),
    "attempted": ((OPEN_STATUSES, (Status.ACCEPTED, *_HANDED_OVER)),),
    "contacted": ((OPEN_STATUSES, (Status.CONTACTED, *_HANDED_OVER)),),
    "meeting_held": ((OPEN_STATUSES, (Status.CONTACTED, *_HANDED_OVER)),),
    "converted": ((OPEN_STATUSES, (Status.CONTACTED, *_HANDED_OVER)),),
    "qualified": ((OPEN_STATUSES, (Status.CONTACTED, *_HANDED_OVER)),),
    "handoff_requested": ((OPEN_STATUSES, _HANDED_OVER),),
    "rejected": ((OPEN_STATUSES, _FOUND),),
    "reassign_requested": ((OPEN_STATUSES, _FOUND),),
    "claimed": ((_UNASSIGNED, (Status.ACCEPTED,)),),
    "owner_changed": ((_UNFINISHED, (Status.ACCEPTED, Status.OUTSIDE)),),
    "merged": (((*_UNFINISHED, Status.CLOSED), (Status.MERGED,)),),
    "won": ((_UNFINISHED, (Status.CLOSED,)),),
    "lost": ((_UNFINISHED, (Status.CLOSED,)),),
    "disqualified": ((_UNFINISHED, (Status.CLOSED,)),),
    "erased": (((*_UNFINISHED, Status.MERGED), (Status.CLOSED,)),),
    # An operator's command, and time.
    "assign": ((_UNFINISHED, (Status.ACCEPTED,)),),
    "tick": (
        ((Status.WAITING, *OPEN_STATUSES), _FOUND),
        ((Status.OUTSIDE, Status.NURTURED), (Status.CLOSED,)),  # silent too long
        ((Status.OUTSIDE, Status.CLOSED), (Status.ACCEPTED,)),  # its owner has joined
    ),
}


def moves_from(event: str) -> Statuses:
    """Return the statuses from which the event moves a lead."""
    return tuple(status for before, _ in MOVES.get(event, ()) for status in before)


def may_become(event: str, before: Status) -> Statuses:
    """Return where the event may move a lead of that status."""
    return tuple(after for held, to in MOVES.get(event, ()) if before in held for after in to)
