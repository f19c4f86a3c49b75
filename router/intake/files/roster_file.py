"""A roster file (CSV or JSON) to roster entries of the contract, with every mistake by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from zoneinfo import available_timezones

from typing_extensions import get_type_hints

from router.core.model import events
from router.core.model.events import ALL_CHANNELS
from router.core.state import rep_names
from router.core.state.index import Ids, ids_of
from router.intake.contract import RosterEntry
from router.intake.contract.roster import RepCap
from router.intake.files import cells
from router.intake.files.problems import START, Problems, Spot, did_you_mean, listed
from router.intake.files.record_file import (
    Format,
    RecordFile,
    check_ids,
    encode,
    read_file,
    refused,
)
from router.intake.files.style import PLAIN, Style
from router.intake.files.tables import Columns, Filed, column
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.time.zones import read_zone
from router.intake.wire.codec import decode_event

KNOWN = frozenset(get_type_hints(RosterEntry))
CHANNELS = ("field", "inside")
CAPS = tuple(get_type_hints(RepCap))
_LINKS = ("manager_rep_id", "partner_rep_id", "backup_rep_id")

COLUMNS = Columns(
    what="rep",
    known={
        **{name: column(name, cells.text) for name in ("rep_id", "name", "sales_org", "role")},
        "channels": column("channels", cells.texts),
        "seniority": column("seniority", cells.text),
        **{name: column(name, cells.text) for name in _LINKS},
        **{name: column(name, cells.texts) for name in ("territories", "skills", "languages")},
        "weight": column("weight", cells.whole),
        "close_factor": column("close_factor", cells.factor),
        "travel": column("travel", cells.whole),
        **{cap: column(f"caps.{ALL_CHANNELS}.{cap}", cells.whole) for cap in CAPS},
        **{
            f"{channel}_{limit}": column(f"caps.{channel}.{limit}", cells.whole)
            for channel in CHANNELS
            for limit in CAPS
        },
        "hours": column("hours", cells.hours),
        "time_zone": column("time_zone", cells.text),
        "holidays": column("holidays", cells.texts),
        "time_off": column("time_off", cells.spans),
        "starts": column("starts", cells.text),
        "leaves": column("leaves", cells.text),
        "crm_ids": column("crm_ids", cells.pairs),
        "booking_url": column("booking_url", cells.text),
    },
    aliases={
        "id": "rep_id",
        "rep": "rep_id",
        "channel": "channels",
        "territory": "territories",
        "language": "languages",
        "skill": "skills",
        "manager": "manager_rep_id",
        "partner": "partner_rep_id",
        "backup": "backup_rep_id",
        "timezone": "time_zone",
        "per_day_cap": "per_day",
        "open_cap": "open",
        "start_date": "starts",
        "end_date": "leaves",
        "vacation": "time_off",
        "holiday": "holidays",
    },
    families={"crm.": column("crm_ids", cells.text)},
)


def roster_columns(style: Style) -> Columns:
    """Return the columns of rosters whose dates are written in ``style``."""
    if style.date_order is None:
        return COLUMNS
    days = {name: column(name, style.day) for name in ("starts", "leaves")}
    return replace(COLUMNS, known={**COLUMNS.known, **days})


def read_roster(
    text: str, file_format: Format, context: IntakeContext, now_ms: int, *, style: Style = PLAIN
) -> RecordFile:
    """The roster entries of a file, each as intake would take it.

    Args:
        text: the file's text.
        file_format: CSV, a JSON list, or JSON lines.
        context: the sales orgs that there are.
        now_ms: holidays and time zones are looked up as of then.
        style: how it writes dates.
    """
    problems = Problems()
    records = list(read_file(text, file_format, roster_columns(style), KNOWN, problems))
    by_id = check_ids(records, "rep_id", problems, what="rep")
    good = [filed for filed in by_id.values() if _is_good(filed, context, now_ms, problems)]
    named = rep_names.by_crm_id({filed.record["rep_id"]: _crm_ids(filed) for filed in good})
    managers = {
        rep_id
        for filed in good
        for rep_id in rep_names.meant_by(filed.record.get("manager_rep_id") or "", by_id, named)
    }
    for filed in good:
        _check_use(filed, problems, is_manager=filed.record["rep_id"] in managers)
        _check_links(filed, by_id, named, problems)
        _check_crm_ids(filed, named, problems)
    if not records and not problems.has_errors:
        message = "there is no rep in the file: write a line for each, or see `lead-router init`"
        problems.error(START, "", message)
    return RecordFile(tuple(good), tuple(problems.in_order()))


def reps_of(
    records: Iterable[Filed], context: IntakeContext, now_ms: int
) -> list[events.RosterEntry]:
    """The reps of a roster that has no errors, as route receives them.

    Raises:
        ValueError: intake refuses one of them.
    """
    reps = []
    for filed in records:
        answer = admit("roster", None, None, encode(filed.record), (), now_ms, context)
        event = decode_event(answer.value) if isinstance(answer, Admitted) else None
        if event is None or event.kind != "rep":
            raise ValueError(f"line {filed.line} of the roster is refused")
        reps.append(event)
    return reps


def _is_good(filed: Filed, context: IntakeContext, now_ms: int, problems: Problems) -> bool:
    zone = filed.record.get("time_zone")
    if isinstance(zone, str) and zone and read_zone(zone) is None:
        hint = did_you_mean(zone, available_timezones()) or "; write one such as Europe/Berlin"
        problems.error(Spot(filed.line, 1), "time_zone", f"there is no time zone `{zone}`{hint}")
        return False
    return not refused(filed, "roster", context, now_ms, problems)


def _check_use(filed: Filed, problems: Problems, *, is_manager: bool) -> None:
    """What is allowed, and yet would surprise."""
    record, spot = filed.record, Spot(filed.line, 1)
    if not record.get("channels") and not is_manager:
        message = "this rep gets no lead of a pool: write `field`, `inside` or both in `channels`"
        problems.warn(spot, "channels", message)
    if not record.get("time_zone"):
        problems.warn(spot, "time_zone", "without a time zone this rep's day is that of UTC")
    starts, leaves = record.get("starts"), record.get("leaves")
    if isinstance(starts, str) and isinstance(leaves, str) and leaves[:10] < starts[:10]:
        problems.warn(spot, "leaves", "this rep leaves before the first day")


def _crm_ids(filed: Filed) -> list[str]:
    return [str(crm_id) for crm_id in (filed.record.get("crm_ids") or {}).values()]


def _check_crm_ids(filed: Filed, named: Mapping[str, Ids], problems: Problems) -> None:
    """An id that two reps share names nobody: told of the first of them."""
    rep_id = filed.record["rep_id"]
    for crm_id in _crm_ids(filed):
        first, *others = ids_of(named, rep_names.key_of(crm_id))
        if others and first == rep_id:
            message = f"`{crm_id}` is also an id of {listed(others)}: alone it names none of them"
            problems.warn(Spot(filed.line, 1), "crm_ids", message)


def _check_links(
    filed: Filed, by_id: Mapping[str, Filed], named: Mapping[str, Ids], problems: Problems
) -> None:
    rep_id = filed.record["rep_id"]
    for name in _LINKS:
        other = filed.record.get(name)
        if other == rep_id:
            problems.warn(Spot(filed.line, 1), name, f"`{rep_id}` is named as their own `{name}`")
        elif isinstance(other, str) and other and len(rep_names.meant_by(other, by_id, named)) != 1:
            hint = did_you_mean(other, by_id) or f"; reps are: {listed(by_id)}"
            message = f"there is no rep `{other}` in this file{hint}"
            problems.warn(Spot(filed.line, 1), name, message)
