"""Standard Webhooks 1.0.0: what tools without a signature of their own are signed with."""

from __future__ import annotations

import base64
import binascii

from router.intake.sources.found import Arrival, SignatureProblem
from router.intake.sources.signatures.digests import base64_hmac, compared, in_window

_PREFIX = b"whsec_"
_SIGNATURES_MAX = 16
"""More than anyone rotates at once."""


def verify(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """Return why the request is not of whoever holds ``secret`` (``whsec_`` and base64)."""
    message_id = arrival.headers.get("webhook-id")
    stamp = arrival.headers.get("webhook-timestamp")
    given = arrival.headers.get("webhook-signature", "").split()[:_SIGNATURES_MAX]
    if not message_id or not stamp or not given:
        return SignatureProblem.MISSING
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return SignatureProblem.NO_SECRET
    signed = f"{message_id}.{stamp}.".encode("utf-8", "replace") + arrival.body
    expected = f"v1,{base64_hmac(key, signed)}"
    matches = sum(compared(each, expected) is None for each in given)  # every one is compared
    if not matches:
        return SignatureProblem.WRONG
    return in_window(stamp, 1_000, arrival)
