"""The roster entry: a rep, as their company describes them (topic ``roster``)."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from router.core.model.policy import Channel
from router.intake.contract.scalars import (
    LIST_MAX,
    NAMES_MAX,
    STRICT,
    Count,
    Day,
    Identifier,
    Name,
    Text,
    Timestamp,
    WholeId,
    Word,
)

Words = Annotated[list[Word], Field(max_length=LIST_MAX)]


@with_config(STRICT)
class RepCap(TypedDict, total=False):
    """A rep's own caps in one channel, or over all; absent leaves the policy's."""

    per_day: Count | None
    open: Count | None
    per_hour: Count | None
    per_week: Count | None


# `from` is a keyword, so this one cannot be written as a class; it takes its parent's strictness.
TimeOff = TypedDict(
    "TimeOff",
    {
        "from": Annotated[Day, Field(description="first day away, or the time")],
        "to": Annotated[Day, Field(description="last day away, or the time")],
        "actor": NotRequired[
            Annotated[Identifier | None, Field(description="who noted it: a user id")]
        ],
        "reason": NotRequired[
            Annotated[Text | None, Field(description="why; events tell it, so nothing personal")]
        ],
    },
)


@with_config(STRICT)
class RosterEntry(TypedDict, total=False):
    """A rep. A later entry replaces an earlier one whole; a null value removes the rep.

    The record's key is the ``rep_id``. A null value has no body, so it names the sales org in a
    header ``sales_org`` unless that is the default one.
    """

    rep_id: Required[Identifier]
    """Never an e-mail address: it appears in every assignment."""
    name: Text | None
    """Stays in the roster topic."""
    sales_org: Word | None
    channels: Annotated[list[Channel], Field(max_length=2)] | None
    role: Word | None
    seniority: Word | None
    manager_rep_id: Identifier | None
    partner_rep_id: Identifier | None
    """The other half of a fixed pair of inside and field rep."""
    backup_rep_id: Identifier | None
    territories: Words | None
    skills: Words | None
    languages: Words | None
    weight: Annotated[int, Field(ge=0, le=1000)] | None
    """Turns in rotation beside others' 1."""
    close_factor: Annotated[float, Field(gt=0, le=10)] | None
    """Wins so many of the same leads as others win 1 of: ``1.15`` is 15 percent more."""
    travel: Annotated[int, Field(ge=0, le=1_000_000)] | None
    """Costs of a lead's trips with this rep, in the policy's currency, whatever the territory."""
    caps: dict[Channel | Literal["all"], RepCap] | None
    """``all`` counts over every channel of the rep, in place of the policy's caps."""
    hours: Text | Annotated[list[Text], Field(max_length=21)] | None
    """``Mon-Fri 08:30-18:00``, local; absent leaves the policy's."""
    time_zone: Word | None
    """IANA name: ``Europe/Berlin``."""
    holidays: Annotated[list[Word], Field(max_length=LIST_MAX)] | Word | None
    """Dates (``2026-12-24``), or a country or region whose public holidays count
    (``DE``, ``DE-BY``)."""
    time_off: Annotated[list[TimeOff], Field(max_length=LIST_MAX)] | None
    """Days are whole local days, the last one included; times are exact."""
    starts: Day | None
    leaves: Day | None
    """The last day."""
    crm_ids: Annotated[dict[Name, Identifier | WholeId], Field(max_length=NAMES_MAX)] | None
    """The rep's user id in each CRM: ``{"hubspot": "41629779", "salesforce": "005…"}``."""
    booking_url: Annotated[str, Field(max_length=512)] | None
    updated_at: Timestamp | None
