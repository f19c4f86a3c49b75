"""Numbers in the ways people write them: read whole or not at all.

``1.234,56`` and ``1,234.56`` say themselves which sign divides off the decimals; ``1.234`` does
not, and is read only where somebody has said how they write, or where no part is possible.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from router.core.model.events import ReadProblem
from router.intake.normalise.text import clean

DecimalSign = Literal[".", ","]

_DIGITS_MAX = 40
_NUMBER = re.compile(r"([0-9.,' ]*[0-9][0-9.,' ]*?) ?([^\W\d_]+)?\.?")
_POWER = re.compile(r"([0-9]+(?:[.,][0-9]+)?)e\+0?([0-9]|1[0-5])")
"""``1.2E+06``, as spreadsheets write large numbers; two signs that divide off parts are one."""
_TIMES = {
    word: Decimal(times)
    for times, words in (
        (1_000, "k tsd thousand tausend mil тыс"),
        (10_000, "万 萬 만"),
        (100_000, "lakh lakhs lac lacs"),
        (1_000_000, "m mm mn mio mln million millions millionen millones milioni млн"),
        (10_000_000, "cr crore crores"),
        (100_000_000, "億 亿 억"),
        (1_000_000_000, "b bn mrd md billion billions milliarden miliardi млрд"),
    )
    for word in words.split()
}
_GROUPED = {sign: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})+") for sign in ".,' "}
_INDIAN = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2019": "'", "_": " ",
                        "\u066b": ".", "\u066c": ","})  # fmt: skip
_LEADING_DIGITS_MAX = 3
_GROUP = 3


@lru_cache(maxsize=4_096)
def read_number(text: str, sign: DecimalSign | None = None) -> Decimal | ReadProblem:
    """The number that is the whole of ``text``, such as ``1'200``, ``10k`` or ``(5,000)``.

    Args:
        text: at most one number; a unit of thousands, millions or billions may follow.
        sign: what divides off the decimals where this text is from, if that was said.
    """
    written = _ascii_digits(clean(text)).translate(_MINUS).casefold()
    bare = written.removeprefix("+").strip()
    is_negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, is_negative = bare[1:-1].strip(), True
    elif bare.startswith("-"):
        bare, is_negative = bare[1:].strip(), True
    if power := _POWER.fullmatch(bare):
        value = Decimal(power[1].replace(",", ".")).scaleb(int(power[2]))
        return -value if is_negative else value
    found = _NUMBER.fullmatch(bare)
    if found is None or (found[2] and found[2] not in _TIMES):
        return ReadProblem.NOT_UNDERSTOOD
    number = _digits(found[1].strip(), sign)
    if isinstance(number, ReadProblem):
        return number
    if len(number) > _DIGITS_MAX:
        return ReadProblem.TOO_LARGE
    value = Decimal(number) * _TIMES.get(found[2] or "", Decimal(1))
    return -value if is_negative else value


@lru_cache(maxsize=4_096)
def read_whole(text: str) -> int | ReadProblem:
    """The count that is the whole of ``text``: there are no parts, so ``1.234`` is 1234."""
    value = read_number(text)
    if value is ReadProblem.AMBIGUOUS:
        value = read_number(text.replace(".", "").replace(",", ""))
    if isinstance(value, ReadProblem):
        return value
    return int(value) if value == value.to_integral_value() else ReadProblem.NOT_WHOLE


def _ascii_digits(text: str) -> str:
    """Return ``text`` with the digits of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(each, each)) for each in text)


def _digits(number: str, sign: DecimalSign | None) -> str | ReadProblem:
    """``1.234,56`` as ``1234.56``."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return _ungrouped(number)
    decimal, head, tail = number[last], number[:last], number[last + 1 :]
    other = "," if decimal == "." else "."
    if decimal in head:  # it stands more than once, so it groups
        return _ungrouped(number)
    if not tail.isdecimal():
        return ReadProblem.NOT_UNDERSTOOD if tail else _ungrouped(head)
    is_plain = head.isdecimal()
    looks_grouped = len(tail) == _GROUP and len(head) <= _LEADING_DIGITS_MAX and head[:1] != "0"
    if is_plain and looks_grouped and sign != decimal:
        return ReadProblem.AMBIGUOUS if sign is None else head + tail
    if decimal == "," and not is_plain and other not in head and _INDIAN.fullmatch(number):
        return number.replace(",", "")
    whole = _ungrouped(head) if head else "0"
    return whole if isinstance(whole, ReadProblem) else f"{whole}.{tail}"


def _ungrouped(number: str) -> str | ReadProblem:
    if number.isdecimal():
        return number
    if any(pattern.fullmatch(number) for pattern in (*_GROUPED.values(), _INDIAN)):
        return re.sub(r"[^0-9]", "", number)
    return ReadProblem.NOT_UNDERSTOOD
