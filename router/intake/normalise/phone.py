"""Phone numbers in any usual spelling to E.164.

``phonenumbers`` reads everything but takes some 15 µs. Numbers whose reading needs no more than
a calling code and the trunk digits go a short way; the tests hold it against the library for
the example numbers of every region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

DIGITS_MIN = 7
DIGITS_MAX = 15  # E.164

_SEPARATORS = {ord(character): None for character in " \u00a0-\u2010\u2011\u2012\u2013.()/"}
_CODE_LENGTH_MAX = 3
_TRUNK_IN_PARENTHESES = "(0)"
_NANP = re.compile(r"1?([2-9]\d\d[2-9]\d{6})")  # North American numbering plan
_NANP_CODE = "1"
_PREFIXES: dict[str | None, tuple[str, ...]] = {
    None: (),
    "0": ("0",),
    "0|180020": ("0", "180020"),  # United Kingdom
    "(183[12])|0": ("0", "1831", "1832"),  # Australia
}
"""The patterns of prefixes in national numbers which the short way understands."""


_LABEL = re.compile(r"\s*\([A-Za-z. ]+\)\s*$")
"""The kind of a number, as it is written: ``(mobile)``."""
_FILLER_DIGITS = 7
_FILLERS = frozenset(
    "".join(str((first + step * place) % 10) for place in range(_FILLER_DIGITS))
    for first in range(10)
    for step in (0, 1, 9)  # repeated, rising, falling
)


_FILLERS_SHORT = frozenset(str(digit) * (_FILLER_DIGITS - 1) for digit in range(10))


def is_filler(e164: str) -> bool:
    """Whether the number ends in digits that repeat, rise or fall one by one: it is nobody's.

    ``089 1234567``, ``+1 555 555 5555`` and ``01 01 01 01 01`` are what people write who give no
    number.
    """
    end = e164[-_FILLER_DIGITS:]
    return end in _FILLERS or end[1:] in _FILLERS_SHORT or e164[-8:] == e164[-2:] * 4


def read_phone(text: str, country: str | None) -> str | None:
    """E.164 (``+4989123456``) of ``text`` as dialled in ``country``; None if it is no number."""
    dialled = text.replace(" ", "").replace("-", "")
    digits = dialled[1:]
    if not digits.isdecimal():
        text = text.replace(_TRUNK_IN_PARENTHESES, "")
        dialled = text.translate(_SEPARATORS)
        digits = dialled[1:]
    if dialled.startswith("+"):
        short = dialled if _is_international(digits) else None
    else:
        short = _national(dialled, country) if country else None
    return short or _read_slowly(text, country)


def _is_international(digits: str) -> bool:
    """Whether ``digits`` after the plus are to be kept as they are; if not, others must tell."""
    if not (digits.isdecimal() and digits.isascii() and DIGITS_MIN <= len(digits) <= DIGITS_MAX):
        return False
    plan = _plan_of_start(digits[:_CODE_LENGTH_MAX])
    return plan is not None and plan.fits_after_code(digits[len(plan.code) :])


def _national(dialled: str, country: str) -> str | None:
    plan = _plan_of_region(country)
    if plan is None or not (dialled.isascii() and dialled.isdecimal()):
        return None
    if plan.code == _NANP_CODE:
        found = _NANP.fullmatch(dialled)
        return f"+1{found[1]}" if found else None
    if dialled[:2] == "00":
        digits = dialled[2:]
        return f"+{digits}" if plan.is_00_international and _is_international(digits) else None
    number = dialled.removeprefix("0")
    if not plan.is_trunk_0 or number == dialled or not plan.fits_after_code(number):
        return None
    dialled_length = len(plan.code) + len(number)
    return f"+{plan.code}{number}" if DIGITS_MIN <= dialled_length <= DIGITS_MAX else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of a numbering plan the short way needs."""

    code: str
    is_trunk_0: bool
    is_00_international: bool
    is_simple: bool
    """Whether nothing but leading digits in ``cut`` is ever cut from a national number."""
    cut: tuple[str, ...]

    def fits_after_code(self, number: str) -> bool:
        """Whether ``number``, which follows the calling code, is to be kept as it is."""
        if self.code == _NANP_CODE:
            return _NANP.fullmatch(number) is not None and number[0] != _NANP_CODE
        return self.is_simple and not number.startswith(self.cut)


@cache
def _plan_of_region(country: str) -> _Plan | None:
    plan = PhoneMetadata.metadata_for_region(country)
    if plan is None:
        return None
    prefix = plan.national_prefix_for_parsing
    return _Plan(
        code=str(plan.country_code),
        is_trunk_0=plan.national_prefix == "0",
        is_00_international=plan.international_prefix == "00",
        is_simple=plan.national_prefix_transform_rule is None and prefix in _PREFIXES,
        cut=_PREFIXES.get(prefix, ()),
    )


@lru_cache(maxsize=1_000)
def _plan_of_start(start: str) -> _Plan | None:
    """The plan of the calling code that ``start`` begins with; no code begins another.

    It is that of the code's main region: the library reads every ``+`` number by it.
    """
    for length in range(1, _CODE_LENGTH_MAX + 1):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(start[:length]))
        if regions:
            return _plan_of_region(regions[0])
    return None


@lru_cache(maxsize=4_096)
def _read_slowly(text: str, country: str | None) -> str | None:
    text = _LABEL.sub("", text)
    if country is None and text.strip().startswith("00"):
        text = f"+{text.strip()[2:]}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
