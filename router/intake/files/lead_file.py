"""A lead file (CSV or JSON) to lead events of the contract, line by line, however long it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.core.model.timestamps import rfc3339
from router.intake.field_map.apply import BoundMap
from router.intake.field_map.model import FieldMap
from router.intake.files.lead_columns import STATUS, lead_columns, with_status
from router.intake.files.lead_completion import (
    AMOUNTS,
    complete_amounts,
    complete_consent,
    inside,
)
from router.intake.files.mapped_rows import mapped, rows_as_objects
from router.intake.files.problems import FileProblem, Problems, Spot
from router.intake.files.record_file import PROBLEMS_MAX, Format, encode, refused
from router.intake.files.status import has_ended_in_crm
from router.intake.files.style import PLAIN, Style
from router.intake.files.tables import Filed, letters_of, read_table
from router.intake.records.context import IntakeContext
from router.intake.wire.documents import read_json_lines, read_json_list

_QUEUE = re.compile(r"00G[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")
"""An id of a queue in Salesforce, which may own leads as a user does."""


@dataclass(frozen=True, slots=True)
class LeadDefaults:
    """Values for lines that do not give their own.

    ``event_type`` stands for lines without one, ``override`` replaces whatever a line says.
    ``lead_source`` is for leads that are to be routed, so that a policy can cap it: never for
    ``updated``, where it would replace the lead's own.
    Without ``event_id`` a line gets one made from its content, so that the same file brought in
    twice changes nothing the second time.
    ``latest_ms`` is when the file is read, where that is not ``occurred_at_ms``: a lead that lies
    ahead of it is refused. ``style`` is how the file writes dates and numbers. A line whose
    ``status_column`` says that the lead has ended is ``imported`` without its owner: known, routed
    nowhere, in nobody's caps. ``field_map`` says what the file's own names mean; ``rep_names`` who
    its owners are, by the letters of their names: None for a name of several.
    """

    occurred_at_ms: int
    lead_id: str | None = None
    event_type: str = "imported"
    override: str | None = None
    sales_org: str | None = None
    lead_source: str | None = None
    latest_ms: int | None = None
    style: Style = PLAIN
    status_column: str | None = None
    field_map: FieldMap | None = None
    rep_names: Mapping[str, str | None] | None = None


def read_leads(
    lines: Iterable[str],
    file_format: Format,
    defaults: LeadDefaults,
    context: IntakeContext,
    *,
    ignore_unknown: bool = False,
) -> Iterator[Filed | FileProblem]:
    """Yield each lead event that intake would take, and a problem for each line it would not.

    Args:
        lines: of the file; a JSON list is read whole, anything else line by line.
        file_format: CSV, a JSON list, or JSON lines.
        defaults: what lines leave out.
        context: the sales orgs, and the byte cap.
        ignore_unknown: leave out CSV columns that are not known.
    """
    problems = Problems(at_most=PROBLEMS_MAX)
    latest_ms = defaults.occurred_at_ms if defaults.latest_ms is None else defaults.latest_ms
    for filed in _records(lines, file_format, defaults, problems, ignore_unknown=ignore_unknown):
        _settle_owner(filed, defaults.rep_names, problems)
        _complete(filed.record, defaults)
        taken = not refused(filed, "leads", context, latest_ms, problems)
        yield from problems.take()
        if taken:
            yield filed
    yield from problems.take()


def _records(
    lines: Iterable[str],
    file_format: Format,
    defaults: LeadDefaults,
    problems: Problems,
    *,
    ignore_unknown: bool,
) -> Iterator[Filed]:
    if defaults.field_map is not None:
        yield from _mapped_records(lines, file_format, defaults, defaults.field_map, problems)
        return
    if file_format == "csv":
        columns = with_status(lead_columns(defaults.style), defaults.status_column)
        yield from read_table(lines, columns, problems, ignore_unknown=ignore_unknown)
        return
    found = (
        read_json_list("".join(lines), problems)
        if file_format == "json"
        else read_json_lines(lines, problems)
    )
    for filed in found:
        _restyle(filed.record, defaults.style)
        if defaults.status_column in filed.record:
            filed.record[STATUS] = filed.record.pop(defaults.status_column)
        yield filed


def _mapped_records(
    lines: Iterable[str],
    file_format: Format,
    defaults: LeadDefaults,
    field_map: FieldMap,
    problems: Problems,
) -> Iterator[Filed]:
    if file_format == "csv":
        found = rows_as_objects(lines, field_map, problems)
    elif file_format == "json":
        found = read_json_list("".join(lines), problems)
    else:
        found = read_json_lines(lines, problems)
    bound = BoundMap(field_map, defaults.style)
    yield from mapped(found, bound, defaults.style, problems)


def _restyle(record: dict[str, Any], style: Style) -> None:
    """Dates and amounts that are texts, as the file's style writes them; others stay."""
    if isinstance(text := record.get("occurred_at"), str):
        read = style.moment(text)
        if read is None:
            del record["occurred_at"]
        elif isinstance(read, str):
            record["occurred_at"] = read
    for *outer, name in AMOUNTS:
        amount = inside(record, (*outer, name))
        if isinstance(amount, dict) and isinstance(text := amount.get("amount"), str):
            amount["amount"] = style.number(text)


def _settle_owner(
    filed: Filed, rep_names: Mapping[str, str | None] | None, problems: Problems
) -> None:
    owner = filed.record.get("owner_rep_id")
    if not isinstance(owner, str) or not owner.strip():
        return
    named = letters_of(owner)
    if rep_names is not None and named in rep_names:
        rep_id = rep_names[named]
        if rep_id is not None:
            filed.record["owner_rep_id"] = rep_id
            return
        del filed.record["owner_rep_id"]
        message = "several reps have the owner's name: the lead counts as without an owner"
        problems.warn(Spot(filed.line, 1), "owner_rep_id", message)
    elif _QUEUE.fullmatch(owner.strip()):
        del filed.record["owner_rep_id"]
        message = "the owner is a queue of the CRM and no rep: the lead counts as without an owner"
        problems.warn(Spot(filed.line, 1), "owner_rep_id", message)


def _complete(record: dict[str, Any], defaults: LeadDefaults) -> None:
    complete_consent(record)
    complete_amounts(record, defaults.style.currency)
    has_ended = has_ended_in_crm(record.pop(STATUS, None))
    content = encode(record)
    if defaults.override is not None:
        record["event_type"] = defaults.override
    if has_ended:
        record["event_type"] = "imported"
        record.pop("owner_rep_id", None)
    record.setdefault("event_type", defaults.event_type)
    if defaults.sales_org is not None:
        record.setdefault("sales_org", defaults.sales_org)
    if defaults.lead_id is not None:
        record.setdefault("lead_id", defaults.lead_id)
    has_source = record.get("lead_source") not in (None, "")
    if defaults.lead_source is not None and record["event_type"] == "submitted" and not has_source:
        record["lead_source"] = defaults.lead_source
    record.setdefault("occurred_at", rfc3339(defaults.occurred_at_ms))
    if not record.get("event_id"):
        digest = hashlib.sha256(content).hexdigest()[:24]
        record["event_id"] = f"{record['event_type']}-{digest}"
