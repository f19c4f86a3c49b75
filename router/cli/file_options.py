"""How a file is written, as options of every command that reads one."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from router.errors import UsageError
from router.intake.files.style import DecimalMark, Style, read_date_order
from router.intake.policy.codes import is_currency
from router.intake.time.zones import read_zone

Encoding = Annotated[
    str | None,
    typer.Option("--encoding", help="Of the file, such as cp1252 or latin-1; else UTF-8."),
]
DateFormat = Annotated[
    str | None,
    typer.Option("--date-format", help="Of dates such as 11/1/16: mdy, dmy or MM/DD/YYYY."),
]
TimeZone = Annotated[
    str | None,
    typer.Option("--time-zone", help="Of times without an offset, such as Europe/Berlin."),
]
Decimal = Annotated[
    str | None,
    typer.Option("--decimal", help="What divides off decimals, `.` or `,`: of $1,200.00 a point."),
]
Currency = Annotated[
    str | None, typer.Option("--currency", help="Of amounts without a currency, such as EUR.")
]

IgnoreUnknown = Annotated[
    bool,
    typer.Option(
        "--ignore-unknown-columns",
        help="Leave out CSV columns we do not know, and name them; never those of owners and of"
        " people who must not be contacted.",
    ),
]


def style_of(
    date_format: str | None,
    time_zone: str | None = None,
    decimal: str | None = None,
    currency: str | None = None,
) -> Style:
    """The style that options say.

    Raises:
        UsageError: one of them cannot be understood.
    """
    order = read_date_order(date_format) if date_format is not None else None
    if date_format is not None and order is None:
        raise UsageError(f"--date-format {date_format} is none: write mdy, dmy, ymd or MM/DD/YYYY")
    if time_zone is not None and read_zone(time_zone) is None:
        raise UsageError(f"--time-zone {time_zone} is none: write one such as America/New_York")
    if decimal not in {None, ".", ","}:
        raise UsageError(f"--decimal {decimal} is no decimal mark: write . or ,")
    if currency is not None and not is_currency(currency.upper()):
        raise UsageError(f"--currency {currency} is no currency: write its code, such as EUR")
    code = currency.upper() if currency is not None else None
    return Style(order, time_zone, cast("DecimalMark | None", decimal), code)
