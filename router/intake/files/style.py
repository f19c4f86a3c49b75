"""How a file writes dates, times and numbers, as its owner says; nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from router.intake.files.cells import BadCell, Cell
from router.intake.time.zones import read_zone

DecimalMark = Literal[".", ","]
DateOrder = Literal["ymd", "mdy", "dmy"]

_DATE_LENGTH = len("2026-11-23")
_EMPTY_DATE = re.compile(r"[0\W]*(?:00[:.]00(?:[:.]00)?(?:\.0+)?Z?)?")
_NUMBERED = re.compile(
    r"(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})"
    r"(?:,?[ T]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?)?",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?P<minus>[-(]?)\s*(?P<before>[A-Z]{0,3}[$\u20ac\u00a3]|[A-Z]{3})?\s*(?P<second>-?)"
    r"(?P<digits>[0-9][0-9.,'\u2019\u00a0\u202f ]*)"
    r"(?P<after>[$\u20ac\u00a3]|[A-Z]{3})?\s*\)?",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[.,'\u2019\u00a0\u202f ]")
_GROUP_LENGTH = 3
_CURRENCY_OF_SIGN = {"\u20ac": "EUR", "\u00a3": "GBP", "US$": "USD", "$": ""}
_NOON = 12
_CENTURY = 2_000


@dataclass(frozen=True, slots=True)
class Style:
    """A file's style in its owner's words; else ISO dates, and numbers as in the contract."""

    date_order: DateOrder | None = None
    time_zone: str | None = None
    decimal: DecimalMark | None = None
    currency: str | None = None

    def moment(self, cell: str) -> object:
        """An RFC 3339 time; a date is its first moment. None for a date of zeros."""
        if _EMPTY_DATE.fullmatch(cell):
            return None
        at = self._at(cell)
        if isinstance(at, BadCell):
            return at
        is_date = ":" not in cell and len(cell) <= _DATE_LENGTH
        if at.tzinfo is None and self.time_zone is None and not is_date:
            message = (
                "needs an offset from UTC, such as a final Z, or say --time-zone Europe/Berlin"
            )
            return BadCell(message)
        zone = at.tzinfo or self._zone()
        return at.replace(tzinfo=zone).isoformat().replace("+00:00", "Z")

    def day(self, cell: str) -> object:
        """A date as 2026-11-23."""
        at = self._at(cell)
        return at if isinstance(at, BadCell) else at.date().isoformat()

    def _at(self, cell: str) -> datetime | BadCell:
        numbered = _NUMBERED.fullmatch(cell)
        if numbered is not None and len(numbered[1]) < len("2026"):
            return self._of_numbers(numbered)
        try:
            return datetime.fromisoformat(cell.replace("/", "-") if numbered else cell)
        except ValueError:
            return BadCell("must be a date, or a time such as 2026-11-23T09:30:00Z")

    def _of_numbers(self, found: re.Match[str]) -> datetime | BadCell:
        """``11/1/16 3:05 PM``: which number is the day only the file's owner knows."""
        if self.date_order in {None, "ymd"}:
            return BadCell("may be read in two ways: say --date-format mdy (or dmy)")
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        month, day = (first, second) if self.date_order == "mdy" else (second, first)
        hour, half = int(found[4] or 0), (found[7] or "").lower()
        if half:
            hour = hour % _NOON + (_NOON if half == "p" else 0)
        try:
            return datetime(  # noqa: DTZ001 - its zone is that of the file
                year if len(found[3]) == len("2026") else _CENTURY + year,
                month,
                day,
                hour,
                int(found[5] or 0),
                int(found[6] or 0),
            )
        except ValueError:
            return BadCell(f"is no date with --date-format {self.date_order}")

    def _zone(self) -> tzinfo:
        zone = read_zone(self.time_zone) if self.time_zone else None
        return zone or UTC

    def number(self, cell: str) -> str:
        """The number as the contract writes it, ``1234.56``; other text as it is, for the reader.

        A currency that is not the file's stays beside it: no euro becomes a dollar.
        """
        found = _AMOUNT.fullmatch(cell)
        plain = self._plain(found["digits"].strip()) if found else None
        if found is None or plain is None:
            return cell
        is_negative = bool(found["minus"] or found["second"])
        sign = (found["before"] or found["after"] or "").strip().upper()
        named = _CURRENCY_OF_SIGN.get(sign, sign)
        is_own = not named or named == self.currency
        return f"{'' if is_own else sign + ' '}{'-' if is_negative else ''}{plain}"

    def _plain(self, digits: str) -> str | None:
        """``1.234,56`` as ``1234.56`` where the decimal mark is known."""
        if self.decimal is None:
            return None
        whole, mark, part = digits.partition(self.decimal)
        groups = _GROUP.split(whole)
        is_grouped = len(groups) == 1 or all(len(group) == _GROUP_LENGTH for group in groups[1:])
        if not is_grouped or not groups[0] or (mark and not part.isdecimal()):
            return None
        number = "".join(groups).lstrip("0") or "0"
        if len(part) == _GROUP_LENGTH:
            part += "0"  # 1.234 could be a thousand and more, 1.2340 cannot
        return f"{number}.{part}" if part else number


PLAIN = Style()


def lenient(read: Cell, style: Style = PLAIN) -> Cell:
    """Return a cell whose number is in ``style``; what it cannot read is text, as on a topic."""

    def read_or_keep(cell: str) -> object:
        value = read(style.number(cell))
        return style.number(cell) if isinstance(value, BadCell) else value

    return read_or_keep


def read_date_order(text: str) -> DateOrder | None:
    """The order of ``mdy``, ``MM/DD/YYYY`` or ``%d.%m.%Y``; None if it is none."""
    letters = "".join(dict.fromkeys(letter for letter in text.casefold() if letter in "dmy"))
    orders: dict[str, DateOrder] = {"ymd": "ymd", "mdy": "mdy", "dmy": "dmy"}
    return orders.get(letters) if re.fullmatch(r"[dmy%\W]+", text.casefold()) else None
