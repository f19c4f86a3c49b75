"""HMAC digests in the forms of vendors, and the window of time in which one is believed."""

from __future__ import annotations

import base64
import hashlib
import hmac

from router.intake.sources.found import Arrival, SignatureProblem

WINDOW_MS = 300_000
"""A signature of an earlier or later time is no longer, or not yet, believed."""

_DIGITS_MAX = 15


def hex_hmac(secret: bytes, signed: bytes, algorithm: str = "sha256") -> str:
    """The HMAC of ``signed`` in hexadecimal."""
    return hmac.new(secret, signed, algorithm).hexdigest()


def base64_hmac(secret: bytes, signed: bytes) -> str:
    """The HMAC-SHA256 of ``signed`` in base64."""
    return base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def compared(given: str | None, expected: str) -> SignatureProblem | None:
    """Return why ``given`` is not ``expected``, in the same time whatever it is."""
    if not given:
        return SignatureProblem.MISSING
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected.encode())
    return None if same else SignatureProblem.WRONG


def in_window(stamp: str | None, scale: int, arrival: Arrival) -> SignatureProblem | None:
    """Return why a stamp in units of ``scale`` milliseconds is not of now."""
    if stamp is None:
        return SignatureProblem.MISSING
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _DIGITS_MAX):
        return SignatureProblem.WRONG
    ahead_ms = int(stamp) * scale - arrival.received_ms
    if ahead_ms > WINDOW_MS:
        return SignatureProblem.AHEAD
    return SignatureProblem.TOO_OLD if ahead_ms < -WINDOW_MS else None
