"""Rows of a CSV file: a row that cannot be read is named, and those behind it are read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from router.intake.files.problems import Problems, Spot

_DELIMITERS = (",", ";", "\t")
_UNREAD_MAX = 1_000
"""A file with more rows that cannot be read is no table of this kind."""

Row = tuple[int, list[str]]
"""The line where it begins, and its cells."""


def read_rows(lines: Iterable[str], problems: Problems) -> Iterator[Row]:
    """Yield the rows; each that cannot be read is a problem, and reading goes on in its next line.

    A quote that is opened and not closed would swallow all lines up to the next quote: what looks
    like one row is then none, and only its first line is given up.
    """
    every = list(lines)
    delimiter = _delimiter(every)
    start, unread = 0, 0
    while start < len(every) and unread < _UNREAD_MAX:
        reader = csv.reader(every[start:], delimiter=delimiter, strict=True)
        begin = 0
        try:
            for cells in reader:
                yield start + begin + 1, cells
                begin = reader.line_num
        except csv.Error as error:
            problems.error(
                Spot(start + begin + 1, 1), "", f"this row cannot be read: {_why(error)}"
            )
            start, unread = start + begin + 1, unread + 1
        else:
            return
    if start < len(every):
        left = len(every) - start
        message = (
            f"{_UNREAD_MAX:,} rows cannot be read: the {left:,} lines from here on are not tried"
        )
        problems.error(Spot(start + 1, 1), "", message)


def _delimiter(lines: list[str]) -> str:
    """The one that stands most often, outside quotes, in the first line that is not blank."""
    header = next((line for line in lines if line.strip()), "")
    bare = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _why(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "a quote is opened and not closed"
    if "expected after" in text:
        return "a quote stands inside a quoted cell: write it twice"
    return text
