"""The columns of lead tables: names of the contract, and those that CRMs and forms give them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from router.intake.files import cells
from router.intake.files.style import PLAIN, Style, lenient
from router.intake.files.tables import Column, Columns, column, spelled

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
    "expected_value.currency",
    "company.annual_revenue.currency",
)
CONSENTS = ("email", "phone", "sms")
OPT_OUTS = "_opt_outs"  # no field of the contract: what its columns say goes into `consent`
STATUS = "_status"

_ALIASES = {
    "lead_id": "id, lead",
    "occurred_at": "created_at, created, created date, create date, createdate, date, timestamp",
    "lead_source": "source, original source",
    "request": "request type",
    "contact.first_name": "first name, given name",
    "contact.last_name": "last name, surname, family name",
    "contact.email": "email, e-mail, email address, work email",
    "contact.phone": "phone, phone number, telephone, mobile, mobile phone, mobile number",
    "contact.job_title": "job title, title, position",
    "contact.language": "language, preferred language",
    "contact.time_zone": "time zone",
    "company.name": "company, company name, account, account name, company / account",
    "company.domain": "domain, website, company domain, website url",
    "company.employees": "employees, number of employees, no. of employees, company size",
    "company.industry": "industry",
    "company.annual_revenue": "annual revenue, revenue, company.annual_revenue.amount",
    "company.annual_revenue.currency": "annual revenue currency",
    "location.country": "country, country/region, country code",
    "location.state": "state, state/province, state/region, province, region, state code",
    "location.city": "city, town",
    "location.postal_code": "zip, zip code, postcode, postal code, zip/postal code",
    "interest.product": "product, product interest",
    "interest.quantity": "quantity",
    "interest.segment": "segment",
    "interest.timeframe": "timeframe",
    "expected_value": "value, amount, expected_value.amount, expected revenue",
    "expected_value.currency": "currency, currency iso code",
    "campaign.source": "utm_source",
    "campaign.medium": "utm_medium",
    "campaign.name": "utm_campaign, campaign",
    "campaign.term": "utm_term",
    "campaign.content": "utm_content",
    "campaign.click_id": "gclid, fbclid, click id",
    "owner_rep_id": "owner, owner id, lead owner, contact owner, assigned to",
    "email_opt_out": "has opted out of email, opted out of email, unsubscribed,"
    " unsubscribed from all email, hs_email_optout, do not email, email unsubscribed",
    "phone_opt_out": "do not call, dnc, do not phone",
    "sms_opt_out": "do not text, do not sms, text opt out",
    "opt_out": "opted out, do not contact, global unsubscribe",
}
"""Usual names of columns, by ours: compared by their letters and digits alone."""


@lru_cache(maxsize=64)
def lead_columns(style: Style = PLAIN) -> Columns:
    """Return the columns of lead tables whose dates and numbers are written in ``style``."""
    return Columns(
        what="lead",
        known={
            **{name: column(name, cells.text) for name in _TEXTS},
            "occurred_at": column("occurred_at", style.moment),
            "test": column("test", lenient(cells.truth)),
            "do_not_route": column("do_not_route", lenient(cells.truth)),
            "interest.quantity": column("interest.quantity", lenient(cells.whole, style)),
            "expected_value": column("expected_value.amount", lenient(cells.decimal, style)),
            "company.annual_revenue": column(
                "company.annual_revenue.amount", lenient(cells.decimal, style)
            ),
            "owner_rep_id": column("owner_rep_id", cells.text),
            **{
                f"{channel}_opt_out": column(f"{OPT_OUTS}.{channel}", cells.opt_out)
                for channel in CONSENTS
            },
            "opt_out": column(f"{OPT_OUTS}.all", cells.opt_out),
        },
        aliases={
            alias.strip(): name for name, names in _ALIASES.items() for alias in names.split(",")
        },
        families={
            "custom.": Column(("custom",), lenient(cells.scalar, style)),
            "scores.": Column(("scores",), lenient(cells.scalar, style)),
            "external_ids.": Column(("external_ids",), cells.text),
        },
    )


def with_status(columns: Columns, status_column: str | None) -> Columns:
    """Return ``columns`` with the one that says whether a lead has ended, whatever its name."""
    if status_column is None:
        return columns
    name = spelled(status_column)
    return replace(
        columns,
        known={**columns.known, name: column(STATUS, cells.text)},
        required=(*columns.required, status_column),
    )
