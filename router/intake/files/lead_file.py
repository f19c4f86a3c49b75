"""A lead file (CSV or JSON) to lead events of the contract, line by line, however long it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from router.core.model.timestamps import rfc3339
from router.intake.files import cells
from router.intake.files.problems import FileProblem, Problems
from router.intake.files.record_file import Format, encode, refused
from router.intake.files.tables import Column, Columns, Filed, column, read_table
from router.intake.records.context import IntakeContext
from router.intake.wire.documents import read_json_lines, read_json_list

_TEXTS = (
    "event_id",
    "event_type",
    "lead_id",
    "sales_org",
    "lead_source",
    "contact.first_name",
    "contact.last_name",
    "contact.email",
    "contact.phone",
    "contact.job_title",
    "contact.language",
    "contact.time_zone",
    "contact.preferred_times",
    "company.name",
    "company.domain",
    "company.employees",
    "company.industry",
    "location.country",
    "location.state",
    "location.city",
    "location.postal_code",
    "request",
    "interest.product",
    "interest.timeframe",
    "interest.segment",
    "campaign.id",
    "campaign.name",
    "campaign.source",
    "campaign.medium",
    "campaign.term",
    "campaign.content",
    "campaign.event",
    "campaign.click_id",
    "consent.email",
    "consent.phone",
    "consent.sms",
    "sourced_by_rep_id",
    "owner_rep_id",
    "expected_value.currency",
    "company.annual_revenue.currency",
)
_AMOUNTS = (("expected_value",), ("company", "annual_revenue"))

COLUMNS = Columns(
    what="lead",
    known={
        **{name: column(name, cells.text) for name in _TEXTS},
        "occurred_at": column("occurred_at", cells.moment),
        "test": column("test", cells.truth),
        "do_not_route": column("do_not_route", cells.truth),
        "interest.quantity": column("interest.quantity", cells.whole),
        "expected_value": column("expected_value.amount", cells.decimal),
        "company.annual_revenue": column("company.annual_revenue.amount", cells.decimal),
    },
    aliases={
        "id": "lead_id",
        "created_at": "occurred_at",
        "created": "occurred_at",
        "date": "occurred_at",
        "first_name": "contact.first_name",
        "firstname": "contact.first_name",
        "last_name": "contact.last_name",
        "lastname": "contact.last_name",
        "email": "contact.email",
        "e_mail": "contact.email",
        "phone": "contact.phone",
        "job_title": "contact.job_title",
        "title": "contact.job_title",
        "language": "contact.language",
        "time_zone": "contact.time_zone",
        "company": "company.name",
        "company_name": "company.name",
        "account": "company.name",
        "domain": "company.domain",
        "website": "company.domain",
        "employees": "company.employees",
        "industry": "company.industry",
        "annual_revenue": "company.annual_revenue",
        "revenue": "company.annual_revenue",
        "country": "location.country",
        "state": "location.state",
        "city": "location.city",
        "zip": "location.postal_code",
        "postcode": "location.postal_code",
        "postal_code": "location.postal_code",
        "product": "interest.product",
        "quantity": "interest.quantity",
        "segment": "interest.segment",
        "value": "expected_value",
        "amount": "expected_value",
        "expected_value.amount": "expected_value",
        "currency": "expected_value.currency",
        "source": "lead_source",
        "utm_source": "campaign.source",
        "utm_medium": "campaign.medium",
        "utm_campaign": "campaign.name",
        "utm_term": "campaign.term",
        "utm_content": "campaign.content",
        "gclid": "campaign.click_id",
        "owner": "owner_rep_id",
    },
    families={
        "custom.": Column(("custom",), cells.scalar),
        "scores.": Column(("scores",), cells.number),
        "external_ids.": Column(("external_ids",), cells.text),
    },
)


@dataclass(frozen=True, slots=True)
class LeadDefaults:
    """What a line gets that does not say it itself.

    ``event_type`` stands for lines without one, ``override`` replaces whatever a line says.
    ``lead_source`` is for leads that are to be routed, so that a policy can cap it: never for
    ``updated``, where it would replace the lead's own.
    Without ``event_id`` a line gets one made from its content, so that the same file brought in
    twice changes nothing the second time.
    """

    occurred_at_ms: int
    lead_id: str | None = None
    event_type: str = "imported"
    override: str | None = None
    sales_org: str | None = None
    currency: str | None = None
    lead_source: str | None = None


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
    problems = Problems(at_most=1_000_000)
    for filed in _records(lines, file_format, problems, ignore_unknown=ignore_unknown):
        _complete(filed.record, defaults)
        taken = not refused(filed, "leads", context, defaults.occurred_at_ms, problems)
        yield from problems.take()
        if taken:
            yield filed
    yield from problems.take()


def _records(
    lines: Iterable[str], file_format: Format, problems: Problems, *, ignore_unknown: bool
) -> Iterator[Filed]:
    if file_format == "csv":
        return read_table(lines, COLUMNS, problems, ignore_unknown=ignore_unknown)
    if file_format == "json":
        return read_json_list("".join(lines), problems)
    return read_json_lines(lines, problems)


def _complete(record: dict[str, Any], defaults: LeadDefaults) -> None:
    _complete_amounts(record, defaults.currency)
    content = encode(record)
    if defaults.override is not None:
        record["event_type"] = defaults.override
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


def _complete_amounts(record: dict[str, Any], currency: str | None) -> None:
    """A sum needs its currency; a currency without a sum says nothing."""
    for *outer, name in _AMOUNTS:
        at: Any = record
        for part in outer:
            at = at.get(part) if isinstance(at, dict) else None
        amount = at.get(name) if isinstance(at, dict) else None
        if not isinstance(amount, dict):
            continue
        if "amount" not in amount:
            del at[name]
        elif currency:
            amount.setdefault("currency", currency)
