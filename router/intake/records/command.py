"""An operator's command to its inbox record."""

from __future__ import annotations

from typing import Any

from router.core.model.events import CommandType
from router.intake.contract.command import Command
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.time.timestamps import event_ms, exact_ms
from router.intake.wire.refusal import FieldError

_NEEDED: dict[CommandType, tuple[str, ...]] = {
    "assign": ("rep_id",),
    "rep_away": ("from", "until"),
}


def command_record(command: Command, timestamp_ms: int) -> dict[str, Any]:
    """The inbox record of a checked command.

    Raises:
        FieldError: a field that this command needs is missing, or a time is none.
    """
    for field in _NEEDED.get(command["command"], ()):
        if not command.get(field):
            problem = f"is missing: the command {command['command']} needs it"
            raise FieldError(field, problem, DeadLetterReason.MISSING_FIELD)
    event_ms(command["occurred_at"], "occurred_at", timestamp_ms)
    record: dict[str, Any] = {
        "kind": "command",
        "command_id": command["command_id"],
        "command": command["command"],
        "subject": command["subject"],
        "actor": command["actor"],
    }
    for name in ("reason", "rep_id"):
        if value := command.get(name):
            record[name] = value
    if text := command.get("from"):
        record["from_ms"] = exact_ms(text, "from")
    if text := command.get("until"):
        record["until_ms"] = exact_ms(text, "until")
    if "from_ms" in record and record.get("until_ms", record["from_ms"] + 1) <= record["from_ms"]:
        raise FieldError("until", "must be later than from")
    return record
