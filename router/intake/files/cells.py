"""Cells of a table as people fill them in, to the values of the public contract."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from router.intake.policy.sections.hours import HOURS_FORM, parse_hours

LIST_SEPARATORS = re.compile(r"\s*[;|]\s*")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,6})?")
_SPAN = re.compile(r"(\S+)\s*(?:\.\.|\bto\b|/)\s*(\S+)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE, _FALSE = ("true", "yes", "1", "x", "y", "t"), ("false", "no", "0", "n", "f")
_OPTED_OUT = ("opted out", "opt out", "opt-out", "unsubscribed", "on", "checked", "denied")
UNREADABLE = "unreadable"
"""A consent that is no word of the contract: never a yes."""


class BadCell(NamedTuple):
    """What is wrong with a cell; goes on from its column's name."""

    problem: str


Cell = Callable[[str], object]
"""Reads the text of a cell that is not empty; gives a value or :class:`BadCell`."""


def text(cell: str) -> object:
    """The text as it is: leading zeros and all."""
    return cell


def texts(cell: str) -> object:
    """A list, separated by ``;`` or ``|``."""
    return [part for part in LIST_SEPARATORS.split(cell) if part]


def whole(cell: str) -> object:
    """A whole number."""
    if not _WHOLE.fullmatch(cell):
        return BadCell("must be a whole number, without commas")
    return int(cell)


def decimal(cell: str) -> object:
    """A number for a sum of money, kept exact as text."""
    if not _DECIMAL.fullmatch(cell):
        return BadCell("must be a number such as 1200 or 49.90, without commas or a currency sign")
    return cell


def factor(cell: str) -> object:
    """Return a multiple: a number above 0."""
    if not _DECIMAL.fullmatch(cell) or float(cell) <= 0:
        return BadCell("must be a number above 0 such as 1.15")
    return float(cell)


def truth(cell: str) -> object:
    """Yes or no."""
    folded = cell.casefold()
    if folded in _TRUE or folded in _FALSE:
        return folded in _TRUE
    return BadCell("must be true or false")


def opt_out(cell: str) -> object:
    """Return a no for a ticked box; one that is not ticked says nothing."""
    folded = cell.casefold()
    if folded in _FALSE:
        return None
    return "denied" if folded in _TRUE or folded in _OPTED_OUT else UNREADABLE


def scalar(cell: str) -> object:
    """A number if it can be nothing else, else a truth value, else text (``01067`` is text)."""
    if _WHOLE.fullmatch(cell):
        return int(cell)
    if _DECIMAL.fullmatch(cell):
        return float(cell)
    return cell.casefold() == "true" if cell.casefold() in ("true", "false") else cell


def pairs(cell: str) -> object:
    """``hubspot:41629779; salesforce:005xx`` as a mapping."""
    found: dict[str, str] = {}
    for part in LIST_SEPARATORS.split(cell):
        name, colon, value = part.partition(":")
        if not colon or not name.strip() or not value.strip():
            return BadCell("must read like hubspot:41629779; salesforce:005xx")
        found[name.strip()] = value.strip()
    return found


def spans(cell: str) -> object:
    """``2026-12-24..2027-01-02; 2027-03-01`` as first and last days."""
    found: list[dict[str, str]] = []
    for part in LIST_SEPARATORS.split(cell):
        span = _SPAN.fullmatch(part)
        first, last = (span[1], span[2]) if span else (part, part)
        if not _DAY.match(first) or not _DAY.match(last):
            return BadCell("must read like 2026-12-24..2027-01-02; 2027-03-01")
        found.append({"from": first, "to": last})
    return found


def hours(cell: str) -> object:
    """Duty hours; pieces may be separated by ``;`` where commas separate cells."""
    written = ", ".join(LIST_SEPARATORS.split(cell))
    return written if parse_hours(written) is not None else BadCell(f"must read like {HOURS_FORM}")
