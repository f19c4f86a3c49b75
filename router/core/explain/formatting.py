"""Figures as people read them: money, times, spans of time, turns."""

from __future__ import annotations

_EXPONENTS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
"""ISO 4217: currencies whose minor unit is not a hundredth."""

_TURN = 1_000_000


def money(minor: int, currency: str) -> str:
    """``EUR 30,000`` or ``EUR 12.50``: amounts in minor units, cents only where there are any."""
    exponent = _EXPONENTS.get(currency, 2)
    units, rest = divmod(abs(minor), 10**exponent)
    cents = f".{rest:0{exponent}d}" if rest else ""
    return f"{currency} {'-' if minor < 0 else ''}{units:,}{cents}".strip()


def turns(credit: int) -> str:
    """A credit in millionths as ``1.42 turns``."""
    return f"{credit / _TURN:.2f} turns"


def moment(rfc3339: str) -> str:
    """``2027-01-12 09:30:05 UTC``."""
    return f"{rfc3339[:10]} {rfc3339[11:19]} UTC"


def span(seconds: int) -> str:
    """``45 s``, ``5 min``, ``4 h``, ``2 d 3 h``."""
    if seconds < 120:  # noqa: PLR2004 - two minutes: below, seconds say more
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        rest = hours % 24
        return f"{days} d {rest} h" if rest else f"{days} d"
    if hours:
        rest = minutes % 60
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes} min"
