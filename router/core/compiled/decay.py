"""Halving over time in whole numbers, the same on every machine."""

from __future__ import annotations

from math import isqrt

_STEPS_BITS = 10  # 1,024 steps of a half-life
_SCALE_BITS = 60


def _half_powers() -> list[int]:
    """2^(-i/1024) scaled by 2^60, for i of 0 to 1,023."""
    scale = 1 << _SCALE_BITS
    roots = []  # 2^(-1/2), 2^(-1/4), …
    root = scale >> 1
    for _ in range(_STEPS_BITS):
        root = isqrt(root << _SCALE_BITS)
        roots.append(root)
    table = []
    for step in range(1 << _STEPS_BITS):
        power = scale
        for bit, root in enumerate(roots):
            if step >> (_STEPS_BITS - 1 - bit) & 1:
                power = power * root >> _SCALE_BITS
        table.append(power)
    return table


_HALF_POWERS = _half_powers()


def decayed(amount: int, age_ms: int, half_life_ms: int) -> int:
    """Return what is left of an amount after ``age_ms``, halved every ``half_life_ms``."""
    if age_ms <= 0 or half_life_ms <= 0:
        return amount
    halves, rest = divmod(age_ms, half_life_ms)
    step = (rest << _STEPS_BITS) // half_life_ms
    return amount * _HALF_POWERS[step] >> (_SCALE_BITS + min(halves, 200))


def halvings(amount: int, half_life_ms: int) -> int:
    """Return for how long an amount can be halved until one is left, in milliseconds.

    Between powers of two in a straight line: 6 lies halfway from 4 to 8, so it lasts 2.5 half-lives
    (2.58 to be exact). So what is worth more and what is younger can be put in one order that does
    not change with time.
    """
    if amount <= 1:
        return 0
    whole = amount.bit_length() - 1
    part = (amount << _STEPS_BITS >> whole) - (1 << _STEPS_BITS)
    return whole * half_life_ms + (part * half_life_ms >> _STEPS_BITS)
