"""The signatures of vendors who sign nothing but the body."""

from __future__ import annotations

from router.intake.sources.body import read_json
from router.intake.sources.found import Arrival, SignatureProblem
from router.intake.sources.signatures.digests import base64_hmac, compared, hex_hmac
from router.intake.wire.refusal import Rejected


def verify_meta(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """``X-Hub-Signature-256``, with the app's secret."""
    expected = f"sha256={hex_hmac(secret, arrival.body)}"
    return compared(arrival.headers.get("x-hub-signature-256"), expected)


def verify_linkedin(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """``X-LI-Signature``, with the client's secret; what is signed begins with its own name."""
    expected = hex_hmac(secret, b"hmacsha256=" + arrival.body)
    given = arrival.headers.get("x-li-signature")
    return compared(given.removeprefix("hmacsha256=") if given else given, expected)


def verify_segment(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """``X-Signature``: SHA-1, as Segment has it."""
    expected = hex_hmac(secret, arrival.body, "sha1")
    return compared(arrival.headers.get("x-signature"), expected)


def verify_typeform(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """``Typeform-Signature``."""
    expected = f"sha256={base64_hmac(secret, arrival.body)}"
    return compared(arrival.headers.get("typeform-signature"), expected)


def verify_google_ads(arrival: Arrival, secret: bytes) -> SignatureProblem | None:
    """``google_key`` in the body: Google signs nothing, so this body is parsed to believe it."""
    body = read_json(arrival.body)
    if isinstance(body, Rejected) or not isinstance(body, dict):
        return SignatureProblem.MISSING
    key = body.get("google_key")
    if not isinstance(key, str):
        return SignatureProblem.MISSING
    return compared(key, secret.decode("utf-8", "replace"))
