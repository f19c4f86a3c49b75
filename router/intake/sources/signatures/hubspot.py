"""HubSpot's signatures: v3 where it is sent, else v2 or v1, which older subscriptions have alone.

Only v3 holds a time. An old request that comes again under v1 or v2 makes no second lead: the ids
of its events are known.
"""

from __future__ import annotations

import hashlib
import re

from router.intake.sources.found import Arrival, SignatureProblem
from router.intake.sources.signatures.digests import base64_hmac, compared, in_window

_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'",
    "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ESCAPE = re.compile("|".join(_DECODED), re.IGNORECASE)


def verify(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """Return why the request is not HubSpot's; ``arrival.uri`` is as HubSpot calls it."""
    newest = arrival.headers.get("x-hubspot-signature-v3")
    if newest is not None:
        return _verify_v3(arrival, newest, secret)
    uri = b""
    if arrival.headers.get("x-hubspot-signature-version", "").strip().lower() == "v2":
        uri = arrival.method.encode() + arrival.uri.encode()
    expected = hashlib.sha256(secret + uri + arrival.body).hexdigest()
    return compared(arrival.headers.get("x-hubspot-signature"), expected)


def _verify_v3(arrival: Arrival, given: str, secret: bytes) -> SignatureProblem | None:
    stamp = arrival.headers.get("x-hubspot-request-timestamp")
    uri = _ESCAPE.sub(lambda found: _DECODED[found[0].upper()], arrival.uri)
    signed = arrival.method.encode() + uri.encode() + arrival.body + (stamp or "").encode()
    return compared(given, base64_hmac(secret, signed)) or in_window(stamp, 1, arrival)
