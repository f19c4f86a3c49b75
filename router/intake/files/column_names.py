"""The page of the documentation that lists every column which files may have."""

from __future__ import annotations

from collections import defaultdict

from router.intake.files.account_file import account_columns
from router.intake.files.lead_columns import lead_columns
from router.intake.files.roster_file import COLUMNS as ROSTER_COLUMNS
from router.intake.files.tables import Columns

_HEAD = """# Columns of files
Made from the code by `lead-router schemas write`. Names are compared by their letters and digits
alone: `Zip/Postal Code`, `zip_postal_code` and `ZipPostalCode` are one. A column whose name begins
with `_` is left out. Of several names of one field, the first filled cell of a row counts.
"""


def columns_page() -> str:
    """Return the page: a table for each kind of file."""
    kinds = (
        ("Leads", "`lead-router import leads`, `simulate`, `policy try`", lead_columns()),
        ("Accounts", "`lead-router import accounts`", account_columns()),
        ("Roster", "`lead-router roster apply`, `policy check --roster`", ROSTER_COLUMNS),
    )
    return "\n".join([_HEAD, *(_section(*kind) for kind in kinds)])


def _section(title: str, commands: str, columns: Columns) -> str:
    others: dict[str, list[str]] = defaultdict(list)
    for alias, name in columns.aliases.items():
        others[name].append(f"`{alias}`")
    rows = [f"| `{name}` | {', '.join(sorted(others[name])) or '-'} |" for name in columns.known]
    families = [f"| `{prefix}NAME` | any name of your own |" for prefix in columns.families]
    return "\n".join(
        [
            f"## {title}",
            f"Read by {commands}.",
            "",
            "| column | also called |",
            "|---|---|",
            *rows,
            *families,
            "",
        ]
    )
