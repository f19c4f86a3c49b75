"""Amounts of money: as people write them, and in minor units; currencies are those of ISO 4217."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from iso4217 import Currency

from router.core.model.events import ReadProblem
from router.intake.normalise.numbers import DecimalSign, read_number
from router.intake.normalise.text import clean, is_placeholder

AMOUNT_MAX = 10**12
"""In major units, so that minor ones stay far below 64 bits."""

_SYMBOLS = {
    "us$": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "r$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₫": "VND",
    "₦": "NGN",
    "₱": "PHP",
    "฿": "THB",
    "zł": "PLN",
    "euro": "EUR",
    "euros": "EUR",
    "sfr.": "CHF",
    "sfr": "CHF",
    "fr.": "CHF",
    "cn¥": "CNY",
    "jp¥": "JPY",
    "rmb": "CNY",
    "cnh": "CNY",
    "元": "CNY",
    "円": "JPY",
    "원": "KRW",
    "kč": "CZK",
    "ft": "HUF",
    "us dollar": "USD",
    "us dollars": "USD",
    "u.s. dollar": "USD",
    "u.s. dollars": "USD",
    "british pound": "GBP",
    "british pounds": "GBP",
    "pounds sterling": "GBP",
    "$": "",
    "¥": "",
    "kr.": "",
    "kr": "",
    "rs.": "",
    "rs": "",
    "dollars": "",
    "dollar": "",
    "pounds": "",
}
"""Signs and what they stand for; several currencies share those that stand for nothing here."""

_WRITTEN_WITH_COMMAS = frozenset(
    [
        "USD",
        "GBP",
        "AUD",
        "NZD",
        "HKD",
        "SGD",
        "INR",
        "CNY",
        "TWD",
        "KRW",
        "ILS",
        "PHP",
        "THB",
        "MYR",
    ]
)
"""Currencies whose users group by commas: ``1,234`` is no dollar and a bit."""

_SIGN = "|".join(re.escape(symbol) for symbol in sorted(_SYMBOLS, key=len, reverse=True))
_AROUND = re.compile(rf"(-?\(?) *({_SIGN}|[a-z]{{3}}(?![a-z])) *(.+)")
_BEHIND = re.compile(rf"(.*?[0-9kmbnohs.)万億亿]) *({_SIGN}|(?<![a-z])[a-z]{{3}})")
_NO_CENTS = re.compile(r"(?<=[0-9])([.,]) ?[-\u2013\u2014]{1,2}(?![0-9])")
"""The ending of whole prices: ``1.200,-``."""
_CODE_AND_NAME = re.compile(r"([A-Z]{3}) ?[-\u2013:(/].*|.*\(([A-Z]{3})\)")
"""Entries of lists: ``USD - U.S. Dollar``, ``Euro (EUR)``."""
_AMBIGUOUS_LOOK = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_PLACES_MAX = 6


class UnreadMoney(NamedTuple):
    """Why there is no amount, and which part of it says so."""

    part: str
    problem: ReadProblem


@cache
def exponents() -> dict[str, int]:
    """Decimals of every currency in use, by its code: 2 for EUR, 0 for JPY, 3 for KWD."""
    return {
        currency.code: currency.exponent for currency in Currency if currency.exponent is not None
    }


def minor_units(amount: float | str, currency: str) -> tuple[int, str]:
    """(minor units, currency in capitals); half a minor unit goes to the even one.

    ``amount`` is in major units: a number, or a decimal in text. A currency that is not in use
    has two decimals; :func:`read_currency` tells.
    """
    currency = currency.upper()
    exponent = exponents().get(currency, 2)
    if isinstance(amount, int):
        return amount * 10**exponent, currency
    return _scaled(str(amount), exponent), currency


@lru_cache(maxsize=4_096)
def _scaled(amount: str, exponent: int) -> int:
    return int(Decimal(amount).scaleb(exponent).to_integral_value())


@cache
def _names() -> dict[str, str]:
    """Codes by the currencies' names and numbers in ISO 4217: ``Swiss Franc``, 756."""
    used = [currency for currency in Currency if currency.code in exponents()]
    names = {currency.currency_name.casefold(): currency.code for currency in used}
    return names | {f"{currency.number:03}": currency.code for currency in used if currency.number}


@lru_cache(maxsize=1_024)
def read_currency(text: str) -> str | None:
    """The code of a currency in use: of ``eur``, ``€`` or ``Euro (EUR)``; else None."""
    word = clean(text)
    if entry := _CODE_AND_NAME.fullmatch(word):
        word = entry[1] or entry[2]
    if word.upper() in exponents():
        return word.upper()
    name = word.casefold()
    return _SYMBOLS.get(name) or _names().get(name)


def read_money(value: object, sign: DecimalSign | None = None) -> dict[str, Any] | UnreadMoney:
    """An amount of the contract: from an object, or a text such as ``$1,200,000.00 USD``.

    Args:
        value: what stood in the field.
        sign: what divides off decimals where it is from, if that was said.
    """
    given = value if isinstance(value, dict) else {"amount": value}
    amount, currency = given.get("amount"), given.get("currency")
    if isinstance(amount, str):
        amount, named = _apart(amount)
        currency = currency or named
        if named and isinstance(currency, str) and read_currency(currency) not in (None, named):
            return UnreadMoney("currency", ReadProblem.AMBIGUOUS)
    code = read_currency(str(currency)) if isinstance(currency, str | int) else None
    number = _amount(amount, code, sign)
    if isinstance(number, ReadProblem):
        return UnreadMoney("amount", number)
    if code is None:
        is_missing = currency is None or currency == "" or not isinstance(value, dict)
        problem = ReadProblem.NO_CURRENCY if is_missing else ReadProblem.UNKNOWN_CURRENCY
        return UnreadMoney("currency", problem)
    return {"amount": number, "currency": code}


def _apart(text: str) -> tuple[str, str | None]:
    """The number in ``text``, and the currency before or behind it."""
    written = _NO_CENTS.sub(r"\g<1>00", clean(text).casefold())
    named = ""
    before = _AROUND.fullmatch(written)
    if before and (code := _of_sign(before[2])) is not None:
        written, named = f"{before[1]}{before[3]}", code
    behind = _BEHIND.fullmatch(written)
    if behind and (code := _of_sign(behind[2])) is not None and named in ("", code):
        written, named = behind[1], code  # "$1,200 USD" has both
    return written, named or None


def _of_sign(sign: str) -> str | None:
    found = _SYMBOLS.get(sign)
    return found if found is not None else read_currency(sign)


def _amount(
    amount: object, currency: str | None, sign: DecimalSign | None
) -> int | float | str | ReadProblem:
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return ReadProblem.WRONG_TYPE
    value = _written(amount, currency, sign) if isinstance(amount, str) else Decimal(str(amount))
    if isinstance(value, ReadProblem):
        return value
    if value < 0:
        return ReadProblem.NEGATIVE
    if not value <= AMOUNT_MAX:
        return ReadProblem.TOO_LARGE
    return amount if not isinstance(amount, str) else _exact(value)


def _written(amount: str, currency: str | None, sign: DecimalSign | None) -> Decimal | ReadProblem:
    if is_placeholder(amount):
        return ReadProblem.PLACEHOLDER
    value = read_number(amount, sign)
    if value is not ReadProblem.AMBIGUOUS:
        return value
    if currency is not None and exponents()[currency] == 0:
        return read_number(amount.replace(".", "").replace(",", ""))
    if "," in amount and currency in _WRITTEN_WITH_COMMAS:
        return read_number(amount.replace(",", ""))
    is_decimal = currency is not None and exponents()[currency] == 3 and "." in amount  # noqa: PLR2004 - fils
    return read_number(amount, ".") if is_decimal else ReadProblem.AMBIGUOUS


def _exact(value: Decimal) -> str:
    """``value`` as the contract writes a decimal, such that it reads as itself."""
    text = f"{round(value, _PLACES_MAX):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}0" if _AMBIGUOUS_LOOK.fullmatch(text) else text
