"""Amounts to minor units."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from router.intake.contract.scalars import Money

_EXPONENTS = {
    currency: exponent
    for exponent, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}  # ISO 4217, list one; every other currency has two


def minor_units(money: Money) -> tuple[int, str]:
    """(minor units, currency in capitals); half a minor unit goes to the even one."""
    amount, currency = money["amount"], money["currency"].upper()
    exponent = _EXPONENTS.get(currency, 2)
    if amount.__class__ is int:
        return amount * 10**exponent, currency
    return _scaled(str(amount), exponent), currency


@lru_cache(maxsize=4_096)
def _scaled(amount: str, exponent: int) -> int:
    return int(Decimal(amount).scaleb(exponent).to_integral_value())
