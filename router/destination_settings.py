"""Settings of the role ``delivery``: where assignments go."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
)

WEBHOOK_SECRET = "whsec_"  # noqa: S105 - how a secret begins, by Standard Webhooks


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address such as https://crm.example.com/leads")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https: assignments and tokens would go unencrypted")
    return url


def _webhook_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().removeprefix(WEBHOOK_SECRET)
    try:
        size = len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not 24 <= size <= 64:  # noqa: PLR2004 - the bounds of Standard Webhooks
        raise ValueError("must be whsec_ and 24 to 64 bytes in base64 (Standard Webhooks)")
    return secret


Url = Annotated[str, AfterValidator(_safe_url)]


class _Destination(BaseModel):
    """Settings that all destinations have in common."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    since: AwareDatetime = Field(
        description="assignments from then on are delivered, where there is no position yet"
    )
    retry_s: Annotated[list[Annotated[float, Field(gt=0, le=86_400)]], Field(min_length=1)] = [
        *(1, 5, 30, 120, 600)
    ]
    calls_max: Annotated[int, Field(ge=1, le=256, description="at a time")] = 32
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10


class WebhookSettings(_Destination):
    """Every assignment, signed, to a web address."""

    kind: Literal["webhook"]
    url: Url
    secrets: Annotated[
        list[Annotated[SecretStr, AfterValidator(_webhook_secret)]],
        Field(min_length=1, max_length=4, description="each signs: two while one is replaced"),
    ]


class HubspotSettings(_Destination):
    """The owner of a contact in HubSpot."""

    kind: Literal["hubspot"]
    token: SecretStr
    url: Url = "https://api.hubapi.com"


DestinationSettings = Annotated[
    WebhookSettings | HubspotSettings,
    Field(discriminator="kind"),
]
