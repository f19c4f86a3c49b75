"""Signed webhooks: Standard Webhooks 1.0.0, https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec

from router.destination_settings import WEBHOOK_SECRET, WebhookSettings
from router.roles.delivery.request import AssignmentEvent, Request


class Webhook:
    """Every assignment as it stands in the topic, with a signature by each secret."""

    refusals = frozenset({400, 413, 422})
    retry_after_unit_s = 1.0

    def __init__(self, settings: WebhookSettings) -> None:
        """Decode the secrets, which have been checked."""
        self._url = settings.url
        texts = (secret.get_secret_value() for secret in settings.secrets)
        self._keys = [base64.b64decode(text.removeprefix(WEBHOOK_SECRET)) for text in texts]

    def render(self, assignment: AssignmentEvent, key: str, now_s: int) -> Request:
        """Return a POST; the id stays over all attempts, the timestamp is of this one."""
        body = msgspec.json.encode(assignment)
        headers = {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(now_s),
            "webhook-signature": " ".join(signature(each, key, now_s, body) for each in self._keys),
        }
        return Request("POST", self._url, headers, body)


def signature(secret: bytes, message_id: str, now_s: int, body: bytes) -> str:
    """Return ``v1,`` and the HMAC-SHA256 of id, timestamp and body in base64."""
    signed = f"{message_id}.{now_s}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}"
