"""An account file (CSV or JSON) to accounts of the contract, with every mistake by line."""

from __future__ import annotations

from functools import lru_cache

from typing_extensions import get_type_hints

from router.intake.contract import Account
from router.intake.files import cells
from router.intake.files.problems import Problems, Spot
from router.intake.files.record_file import (
    PROBLEMS_MAX,
    Format,
    RecordFile,
    check_ids,
    read_file,
    refused,
)
from router.intake.files.style import PLAIN, Style, lenient
from router.intake.files.tables import Columns, column
from router.intake.records.context import IntakeContext

KNOWN = frozenset(get_type_hints(Account))
_TEXTS = (
    "account_id",
    "sales_org",
    "name",
    "parent_id",
    "owner_rep_id",
    "tier",
    "country",
    "employees",
    "segment",
)

_ALIASES = {
    "account_id": "id, account number",
    "name": "account, account name, company, company name",
    "domains": "domain, website, company domain, website url",
    "parent_id": "parent, parent account id",
    "owner_rep_id": "owner, owner id, account owner, company owner",
    "annual_revenue": "revenue, annual_revenue.amount",
    "annual_revenue_currency": "currency, annual_revenue.currency, currency iso code",
    "country": "billing country, country/region, country code",
    "employees": "number of employees, no. of employees, company size",
}
"""Usual names of columns, by ours: compared by their letters and digits alone."""


@lru_cache(maxsize=64)
def account_columns(style: Style = PLAIN) -> Columns:
    """Return the columns of account tables whose numbers are written in ``style``."""
    return Columns(
        what="account",
        known={
            **{name: column(name, cells.text) for name in _TEXTS},
            "domains": column("domains", cells.texts),
            "annual_revenue": column("annual_revenue.amount", lenient(cells.decimal, style)),
            "annual_revenue_currency": column("annual_revenue.currency", cells.text),
        },
        aliases={
            alias.strip(): name for name, names in _ALIASES.items() for alias in names.split(",")
        },
    )


def read_accounts(
    text: str,
    file_format: Format,
    context: IntakeContext,
    now_ms: int,
    *,
    style: Style = PLAIN,
    ignore_unknown: bool = False,
) -> RecordFile:
    """The accounts of a file, each as intake would take it; bad ones are left out and told.

    Args:
        text: the file's text.
        file_format: CSV, a JSON list, or JSON lines.
        context: the sales orgs that there are.
        now_ms: the present time.
        style: how it writes numbers; its currency is that of amounts that name none.
        ignore_unknown: leave out CSV columns that are not known.
    """
    problems = Problems(at_most=PROBLEMS_MAX)
    columns = account_columns(style)
    records = list(
        read_file(text, file_format, columns, KNOWN, problems, ignore_unknown=ignore_unknown)
    )
    for filed in records:
        revenue = filed.record.get("annual_revenue")
        if isinstance(revenue, dict) and "amount" not in revenue:
            del filed.record["annual_revenue"]
        elif isinstance(revenue, dict) and style.currency:
            revenue.setdefault("currency", style.currency)
    by_id = check_ids(records, "account_id", problems, what="account")
    good = []
    for filed in by_id.values():
        if not refused(filed, "accounts", context, now_ms, problems):
            good.append(filed)
            if not filed.record.get("name") and not filed.record.get("domains"):
                message = "no lead is known to be of this account: give a `name` or `domains`"
                problems.warn(Spot(filed.line, 1), "name", message)
    return RecordFile(tuple(good), tuple(problems.in_order()))
