"""A compiled policy as JSON and back, exactly."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from router.core.model.policy import Policy

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Policy)


def policy_to_json(policy: Policy) -> bytes:
    """UTF-8 JSON; :func:`policy_from_json` gives an equal policy back."""
    return _ENCODER.encode(policy)


def policy_from_json(encoded: bytes | str) -> Policy:
    """The policy of :func:`policy_to_json`.

    Raises:
        msgspec.ValidationError: it is JSON, but not of a policy.
        msgspec.DecodeError: it is not JSON.
    """
    return _DECODER.decode(encoded)


def policy_to_plain(policy: Policy) -> dict[str, Any]:
    """The same as a JSON-ready mapping, to stand inside another record."""
    plain: dict[str, Any] = msgspec.to_builtins(policy)
    return plain


def source_digest(text: str) -> str:
    """What two files with the same text share; line ends and trailing blanks aside."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
