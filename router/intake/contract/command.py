"""Operators' commands as records (internal topic ``routing.commands``)."""

from __future__ import annotations

from typing import NotRequired, Required

from pydantic import with_config
from typing_extensions import TypedDict

from router.core.model.events import CommandType
from router.intake.contract.scalars import STRICT, Identifier, Text, Timestamp, Word

# `from` is a keyword, so this field cannot be written in a class.
_Span = TypedDict("_Span", {"from": NotRequired[Timestamp | None]})


@with_config(STRICT)
class Command(_Span, total=False):
    """An operator's command; ``from`` and ``until`` are for ``rep_away``."""

    command_id: Required[Identifier]
    command: Required[CommandType]
    subject: Required[Identifier]
    """A pool, a rep or a lead, as the command says."""
    actor: Required[Identifier]
    """A user id, never a name."""
    occurred_at: Required[Timestamp]
    sales_org: Word | None
    reason: Text | None
    rep_id: Identifier | None
    """For ``assign``: the new owner."""
    until: Timestamp | None
