"""Answers to vendors who ask before they send anything whether the address is ours."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from router.intake.sources.signatures.digests import hex_hmac
from router.intake.wire.codec import encode_json

CHALLENGE_CHARACTERS_MAX = 256

Answer = tuple[str, bytes]
"""Content type and body of a 200; None instead is a 403."""


def answer_meta(query: Mapping[str, str], verify_token: str) -> Answer | None:
    """Echo the challenge to whoever knows the token that was entered at Meta."""
    challenge = query.get("hub.challenge", "")
    token = query.get("hub.verify_token", "").encode("utf-8", "replace")
    is_asked = query.get("hub.mode") == "subscribe" and _is_plain(challenge)
    if is_asked and verify_token and hmac.compare_digest(token, verify_token.encode()):
        return "text/plain", challenge.encode()
    return None


def answer_linkedin(query: Mapping[str, str], secret: bytes) -> Answer | None:
    """Sign LinkedIn's challenge with the client's secret; it asks every two hours."""
    code = query.get("challengeCode", "")
    if not _is_plain(code) or not secret:
        return None
    answer = {"challengeCode": code, "challengeResponse": hex_hmac(secret, code.encode())}
    return "application/json", encode_json(answer)


def _is_plain(text: str) -> bool:
    """Whether it may be echoed: letters, digits and dashes alone."""
    return (
        0 < len(text) <= CHALLENGE_CHARACTERS_MAX
        and text.isascii()
        and text.replace("-", "").replace("_", "").isalnum()
    )
