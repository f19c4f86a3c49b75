"""Amounts to minor units."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

_EXPONENTS = {
    currency: exponent
    for exponent, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}  # ISO 4217, list one; every other currency has two


def minor_units(amount: float | str, currency: str) -> tuple[int, str]:
    """(minor units, currency in capitals); half a minor unit goes to the even one.

    ``amount`` is in major units: a number, or a decimal in text.
    """
    currency = currency.upper()
    exponent = _EXPONENTS.get(currency, 2)
    if isinstance(amount, int):
        return amount * 10**exponent, currency
    return _scaled(str(amount), exponent), currency


@lru_cache(maxsize=4_096)
def _scaled(amount: str, exponent: int) -> int:
    return int(Decimal(amount).scaleb(exponent).to_integral_value())
