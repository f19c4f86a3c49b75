"""The lead event: what marketing systems send to the topic ``leads``."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from router.core.model.events import ConsentState, LeadEventType
from router.intake.contract.scalars import (
    NAMES_MAX,
    STRICT,
    Count,
    CustomScalar,
    Identifier,
    Money,
    Name,
    Number,
    Text,
    Timestamp,
    WholeId,
    Word,
)


@with_config(STRICT)
class Contact(TypedDict, total=False):
    """The person. Names stay behind in intake; e-mail and phone go on as keyed digests."""

    first_name: Text | None
    last_name: Text | None
    email: Text | None
    phone: Text | None
    """Any usual way of writing; read as a number of ``location.country``."""
    job_title: Text | None
    language: Word | None
    """ISO 639-1 (``de``), a locale (``de-AT``) or the language's English name."""
    time_zone: Word | None
    """IANA name: ``Europe/Berlin``."""
    preferred_times: Annotated[list[Word], Field(max_length=21)] | Word | None
    """Local times when a call is welcome: ``09:00-12:00``."""


@with_config(STRICT)
class Company(TypedDict, total=False):
    """The company that asks."""

    name: Text | None
    domain: Text | None
    """``example.com``; a URL is understood."""
    employees: Count | Word | None
    """A number, or a range in text: ``51-200`` counts as its middle, ``1,000+`` as 1,000."""
    annual_revenue: Money | None
    industry: Text | None


@with_config(STRICT)
class Location(TypedDict, total=False):
    """Where the customer is."""

    country: Text | None
    """ISO 3166 alpha-2 or alpha-3, or a name in a usual spelling."""
    state: Text | None
    """ISO 3166-2 (with or without the country), or the name for the US and Canada."""
    city: Text | None
    postal_code: Word | None


@with_config(STRICT)
class Interest(TypedDict, total=False):
    """What the customer wants."""

    product: Text | None
    quantity: Count | None
    timeframe: Word | None
    segment: Literal["b2b", "b2c"] | None


@with_config(STRICT)
class Campaign(TypedDict, total=False):
    """What brought the lead."""

    id: Text | WholeId | None
    name: Text | None
    source: Text | None
    medium: Text | None
    term: Text | None
    content: Text | None
    event: Text | None
    click_id: Text | None


@with_config(STRICT)
class Consent(TypedDict, total=False):
    """What the person allows; not stated is not refused."""

    email: ConsentState | None
    phone: ConsentState | None
    sms: ConsentState | None


@with_config(STRICT)
class LeadEvent(TypedDict, total=False):
    """A lead was submitted, updated, withdrawn or imported.

    ``updated`` is a JSON merge patch (RFC 7386): an absent field is unchanged, null (or empty
    text) clears it; the later ``occurred_at`` wins per field. ``imported`` is routed nowhere and
    counts in caps. Real leads are sparse: only the four required fields must be there. Text that
    cannot be understood (an unknown country) counts as not given. Unknown fields are ignored.
    """

    event_id: Required[Identifier]
    """Unique per event: a second event with this id changes nothing."""
    event_type: Required[LeadEventType]
    lead_id: Required[Identifier]
    """The same for all events of a lead. Never an e-mail address: ids are kept for ever."""
    occurred_at: Required[Timestamp]
    sales_org: Word | None
    lead_source: Word | None
    """``web_form``, ``trade_show``, ``partner``, …"""
    test: bool | None
    do_not_route: bool | None
    contact: Contact | None
    company: Company | None
    location: Location | None
    request: Word | None
    """``demo``, ``quote``, ``order``, ``rush_order``, ``inquiry``, ``account_update``, …"""
    interest: Interest | None
    expected_value: Money | None
    campaign: Campaign | None
    consent: Consent | None
    scores: Annotated[dict[Name, Number | None], Field(max_length=NAMES_MAX)] | None
    """A marketing system's own scores, by name."""
    custom: Annotated[dict[Name, CustomScalar], Field(max_length=NAMES_MAX)] | None
    """Fields of your own for use in a policy. Personal data is left out: texts over 100
    characters, e-mail addresses, phone numbers, and fields named like ``message``."""
    external_ids: Annotated[dict[Name, Text | WholeId | None], Field(max_length=NAMES_MAX)] | None
    """This lead's id in other systems: ``{"hubspot": "151", "salesforce": "00Q…"}``."""
    sourced_by_rep_id: Identifier | None
    owner_rep_id: Identifier | None
    """For ``imported``: who owns the lead."""
