"""A roster entry to its inbox record: time zone, hours and holidays are expanded here, so that
the decision needs no time-zone files; the rep's name stays behind.
"""  # noqa: D205 - one sentence

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.contract.roster import RosterEntry, TimeOff
from router.intake.normalise.vocabulary import read_language, read_word
from router.intake.policy.sections.hours import HOURS_FORM, parse_hours
from router.intake.time.holiday_dates import holiday_ordinals, holidays_end, names_region
from router.intake.time.timestamps import exact_ms, local_day
from router.intake.time.zones import Steps, offset_steps, steps_end_ms
from router.intake.wire.refusal import FieldError

RENEWED_BEFORE_MS = 90 * 86_400_000
"""So long before they end, holidays and changes of the clocks are to be renewed."""
_DATE_LENGTH = 10
_COPIED = (
    "channels", "manager_rep_id", "partner_rep_id", "backup_rep_id", "weight", "booking_url",
    "travel",
)  # fmt: skip
_WORDS = ("role", "seniority")
_WORD_LISTS = ("territories", "skills")


def rep_record(entry: RosterEntry, timestamp_ms: int) -> dict[str, Any]:
    """The inbox record of a checked roster entry; offsets and holidays as of ``timestamp_ms``.

    Raises:
        FieldError: a time zone, hours, holidays or a date that cannot be read.
    """
    record: dict[str, Any] = {"kind": "rep", "rep_id": entry["rep_id"]}
    record |= {name: value for name in _COPIED if (value := entry.get(name)) not in (None, [])}
    record |= {name: word for name in _WORDS if (word := read_word(_text(entry.get(name))))}
    for name in _WORD_LISTS:
        if words := [word for text in _texts(entry.get(name)) if (word := text.strip())]:
            record[name] = words
    if languages := [read_language(text) or text for text in _texts(entry.get("languages"))]:
        record["languages"] = languages
    if (factor := entry.get("close_factor")) is not None:
        record["close_permille"] = max(1, round(factor * 1_000))
    if caps := _caps(entry):
        record["caps"] = caps
    if crm_ids := entry.get("crm_ids"):
        record["crm_ids"] = {system: _crm_id(user) for system, user in crm_ids.items()}
    return record | _times(entry, timestamp_ms)


def _crm_id(user: str | int) -> str:
    text = str(user)
    if "@" in text:
        problem = "must not be e-mail addresses: they go into every assignment, use the CRM's ids"
        raise FieldError("crm_ids", problem, DeadLetterReason.PERSONAL_ID)
    return text


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _caps(entry: RosterEntry) -> dict[str, dict[str, int]]:
    return {
        channel: {name: limit for name, limit in cap.items() if isinstance(limit, int)}
        for channel, cap in (entry.get("caps") or {}).items()
    }


def _times(entry: RosterEntry, timestamp_ms: int) -> dict[str, Any]:
    year = datetime.fromtimestamp(timestamp_ms / 1000, UTC).year
    times: dict[str, Any] = {}
    steps: Steps = ()
    if zone := entry.get("time_zone"):
        steps = _steps(zone, year)
        times["utc_offsets"] = steps
    if hours := entry.get("hours"):
        times["hours"] = _hours(hours)
    if (entries := entry.get("holidays")) and (days := holiday_ordinals(entries, year)):
        times["holidays"] = days
    if away := entry.get("time_off"):
        times["time_off"] = [_span(part["from"], part["to"], steps) for part in away]
        if notes := [_note(part, steps) for part in away if part.get("actor")]:
            times["leave_notes"] = notes
    if starts := entry.get("starts"):
        times["starts_ms"] = _moment(starts, "starts", steps, days_after=0)
    if leaves := entry.get("leaves"):
        times["leaves_ms"] = _moment(leaves, "leaves", steps, days_after=1)
    if ends := _ends_ms(entry, steps, year):
        times["known_until_ms"] = min(ends)
    return times


def known_until_ms(entry: RosterEntry, timestamp_ms: int) -> int | None:
    """Until when the entry's holidays and changes of the clocks are known if it is applied now.

    None where neither ends: holidays given as dates, a zone whose clocks never change.

    Raises:
        FieldError: there is no such time zone.
    """
    year = datetime.fromtimestamp(timestamp_ms / 1000, UTC).year
    zone = entry.get("time_zone")
    ends = _ends_ms(entry, _steps(zone, year) if zone else (), year)
    return min(ends, default=None)


def _ends_ms(entry: RosterEntry, steps: Steps, year: int) -> list[int]:
    ends = [steps_end_ms(year)] if len(steps) > 1 else []
    if (entries := entry.get("holidays")) and names_region(entries):
        ends.append(_midnight_ms(holidays_end(year), steps))
    return ends


def _steps(zone: str, year: int) -> Steps:
    steps = offset_steps(zone, year)
    if steps is None:
        raise FieldError("time_zone", "must be an IANA time zone such as Europe/Berlin")
    return steps


def _hours(hours: str | list[str]) -> tuple[tuple[int, int, int], ...]:
    windows = parse_hours(hours if isinstance(hours, str) else ", ".join(hours))
    if windows is None:
        raise FieldError("hours", f"must read like {HOURS_FORM}")
    return windows


def _span(first: str, last: str, steps: Steps) -> tuple[int, int]:
    start = _moment(first, "time_off.from", steps, days_after=0)
    end = _moment(last, "time_off.to", steps, days_after=1)
    if end <= start:
        raise FieldError("time_off", "must end after it begins")
    return start, end


def _note(part: TimeOff, steps: Steps) -> dict[str, Any]:
    from_ms, to_ms = _span(part["from"], part["to"], steps)
    note = {"from_ms": from_ms, "to_ms": to_ms, "actor": part.get("actor")}
    return note | ({"reason": reason} if (reason := part.get("reason")) else {})


def _moment(text: str, field: str, steps: Steps, *, days_after: int) -> int:
    """A time as it is; a date as the local midnight that begins it, ``days_after`` days later."""
    if len(text) > _DATE_LENGTH:
        return exact_ms(text, field)
    return _midnight_ms(local_day(text, field) + timedelta(days=days_after), steps)


def _midnight_ms(day: date, steps: Steps) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    as_utc_ms = int(midnight.timestamp()) * 1000
    for from_ms, minutes in reversed(steps):
        if as_utc_ms - minutes * 60_000 >= from_ms:
            return as_utc_ms - minutes * 60_000
    return as_utc_ms
