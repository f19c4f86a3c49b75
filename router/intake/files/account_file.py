"""An account file (CSV or JSON) to accounts of the contract, with every mistake by line."""

from __future__ import annotations

from typing_extensions import get_type_hints

from router.intake.contract import Account
from router.intake.files import cells
from router.intake.files.problems import Problems, Spot
from router.intake.files.record_file import Format, RecordFile, check_ids, read_file, refused
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

COLUMNS = Columns(
    what="account",
    known={
        **{name: column(name, cells.text) for name in _TEXTS},
        "domains": column("domains", cells.texts),
        "annual_revenue": column("annual_revenue.amount", cells.decimal),
        "annual_revenue_currency": column("annual_revenue.currency", cells.text),
    },
    aliases={
        "id": "account_id",
        "account": "name",
        "company": "name",
        "company_name": "name",
        "domain": "domains",
        "website": "domains",
        "parent": "parent_id",
        "owner": "owner_rep_id",
        "revenue": "annual_revenue",
        "currency": "annual_revenue_currency",
        "annual_revenue.amount": "annual_revenue",
        "annual_revenue.currency": "annual_revenue_currency",
    },
)


def read_accounts(
    text: str,
    file_format: Format,
    context: IntakeContext,
    now_ms: int,
    *,
    currency: str | None = None,
) -> RecordFile:
    """The accounts of a file, each as intake would take it; bad ones are left out and told.

    Args:
        text: the file's text.
        file_format: CSV, a JSON list, or JSON lines.
        context: the sales orgs that there are.
        now_ms: the present time.
        currency: of amounts that name none.
    """
    problems = Problems()
    records = list(read_file(text, file_format, COLUMNS, KNOWN, problems))
    for filed in records:
        revenue = filed.record.get("annual_revenue")
        if isinstance(revenue, dict) and "amount" not in revenue:
            del filed.record["annual_revenue"]
        elif isinstance(revenue, dict) and currency:
            revenue.setdefault("currency", currency)
    by_id = check_ids(records, "account_id", problems, what="account")
    good = []
    for filed in by_id.values():
        if not refused(filed, "accounts", context, now_ms, problems):
            good.append(filed)
            if not filed.record.get("name") and not filed.record.get("domains"):
                message = "no lead is known to be of this account: give a `name` or `domains`"
                problems.warn(Spot(filed.line, 1), "name", message)
    return RecordFile(tuple(good), tuple(problems.in_order()))
