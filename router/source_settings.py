"""Settings of the sources that leads come from: ``LEAD_ROUTER_SOURCES__<NAME>__…``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

SourceKind = Literal[
    "canonical",
    "google_ads",
    "hubspot",
    "jotform",
    "linkedin",
    "mapped",
    "marketo",
    "meta",
    "pipedrive",
    "rudderstack",
    "salesforce",
    "segment",
    "typeform",
    "zoho",
]
"""``canonical`` is our own contract, ``mapped`` any other shape, read by a field map alone."""

SUBMITTING_EVENTS = ("Form Submitted", "Lead Generated", "Demo Requested", "Quote Requested")

Organization = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class SourceSettings(BaseModel):
    """One source, for the gateway (``/v1/sources/<name>``) and the topic ``leads.raw.<name>``."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: SourceKind
    secret: SecretStr | None = Field(
        default=None, description="with which the vendor signs, or its key in the body"
    )
    verify_token: SecretStr | None = Field(
        default=None, description="what Meta sends when it asks whether the address is yours"
    )
    public_url: str | None = Field(
        default=None, description="as the vendor calls it: HubSpot signs the address too"
    )
    map: Path | None = Field(
        default=None, description="a field map; its lines come before those of the kind"
    )
    sales_org: Organization | None = Field(default=None, description="the default one without it")
    lead_source: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="of leads that name none; the source's name without it"
    )
    submitting_events: list[str] = Field(
        default=list(SUBMITTING_EVENTS),
        description="events of Segment and RudderStack that ask for a call; others are activity",
    )
    time_zone: str | None = Field(default=None, description="of times without an offset")
    date_format: Literal["ymd", "mdy", "dmy"] | None = None
    decimal: Literal[".", ","] | None = Field(default=None, description="of numbers in text")
    silent_after_s: Annotated[int, Field(ge=60)] | None = Field(
        default=None, description="seconds without a lead after which an alert says so"
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="of amounts without one"
    )

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, name: str | None) -> str | None:
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
        return name

    @field_validator("map")
    @classmethod
    def _check_map(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"names {path}, which is not a file: correct the path")
        return path
