"""What arrives through the inbox: the only input of a decision.

Intake writes these as JSON, one per record of ``routing.inbox``, ``kind`` first; route reads
them back. They hold what routing needs and no readable personal data: e-mail and phone as keyed
digests, no name, no address line, no message. All times are milliseconds since the epoch, UTC;
all money is in minor units (cents) beside its ISO 4217 currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from router.core.model.policy import Policy

Scalar = str | int | float | bool

LeadEventType = Literal["submitted", "updated", "withdrawn", "imported"]

FeedbackType = Literal[
    "accepted",
    "rejected",
    "attempted",
    "contacted",
    "meeting_held",
    "qualified",
    "handoff_requested",
    "owner_changed",
    "claimed",
    "converted",
    "merged",
    "disqualified",
    "won",
    "lost",
    "reassign_requested",
    "erased",
    "delivered",
    "delivery_failed",
]

ConsentState = Literal["granted", "denied", "unknown"]
HeldConsent = Literal["granted", "denied", "unknown", "unreadable"]
"""A consent as it is kept: also that something was said which nobody could read."""


@dataclass(slots=True)
class Facts:
    """What is known of a lead, flat, so that a policy can name any of it.

    Every field may be missing: real leads are sparse. ``email_digest`` and ``phone_digest`` are
    63-bit keyed digests. ``company_key`` is the company's name casefolded and stripped of legal
    forms. ``utc_offset_minutes`` is the customer's, at the time of intake, and
    ``utc_offset_steps`` are (from_ms, offset_minutes) from then on for a year, where it changes.
    ``preferred_windows`` are the customer's preferred times as minutes of their local day.
    """

    email_digest: int | None = None
    phone_digest: int | None = None
    email_domain: str | None = None
    email_kind: str | None = None  # business | free_mail | disposable | no_reply
    role: str | None = None  # c_level | vp | director | manager | staff
    language: str | None = None
    utc_offset_minutes: int | None = None
    preferred_windows: list[tuple[int, int]] | None = None
    company_key: str | None = None
    company_domain: str | None = None
    employees: int | None = None
    annual_revenue_minor: int | None = None
    annual_revenue_currency: str | None = None
    industry: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    postal_code: str | None = None
    request: str | None = None
    product: str | None = None
    quantity: int | None = None
    timeframe: str | None = None
    segment: str | None = None
    lead_source: str | None = None
    expected_value_minor: int | None = None
    expected_value_currency: str | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None
    campaign_source: str | None = None
    campaign_medium: str | None = None
    campaign_event: str | None = None
    consent_email: HeldConsent | None = None
    consent_phone: HeldConsent | None = None
    consent_sms: HeldConsent | None = None
    sourced_by_rep_id: str | None = None
    owner_rep_id: str | None = None
    test: bool = False
    do_not_route: bool = False
    scores: dict[str, int | float] | None = None
    custom: dict[str, Scalar] | None = None
    external_ids: dict[str, str] | None = None
    utc_offset_steps: list[tuple[int, int]] | None = None


class ReadProblem(StrEnum):
    """Why intake did not read a value as it stands; most such values count as not given."""

    WRONG_TYPE = "wrong_type"  # a list or an object for one value, a text for a list
    NOT_UNDERSTOOD = "not_understood"  # no such country, no e-mail address, no number
    AMBIGUOUS = "ambiguous"  # 1.234 is either
    NEGATIVE = "negative"
    NOT_WHOLE = "not_whole"  # a part of a piece
    TOO_LARGE = "too_large"  # beyond the bounds of the contract
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"  # the first entries are kept
    NO_CURRENCY = "no_currency"
    UNKNOWN_CURRENCY = "unknown_currency"
    PLACEHOLDER = "placeholder"  # undefined, #N/A
    PERSONAL = "personal"  # an e-mail address, a phone number, prose
    DUMMY = "dummy"  # a form tool's test; the lead is a test
    NO_REPLY = "no_reply"  # an address that nobody reads
    FILLER = "filler"  # a number of nobody: 1234567
    FREE_MAIL = "free_mail"  # a domain of a mail provider, of no company
    PUBLIC_SUFFIX = "public_suffix"  # co.uk is no company's
    AHEAD = "ahead"  # later than it came; its arrival counts
    MENDED = "mended"  # a postal code got back the zeros that a spreadsheet had cut off
    INCOMPLETE = "incomplete"  # a postal code too short, kept as it stands
    UNKNOWN_SALES_ORG = "unknown_sales_org"  # there is one only, and it has the lead


@dataclass(slots=True, frozen=True)
class ReadWarning:
    """A field of a record that could not be read. Never the value, and of a map only its name.

    ``field`` is the contract's, with a dot: ``contact.email``. ``problem`` is one of
    :class:`ReadProblem`; a newer intake may know more of them.
    """

    field: str
    problem: str


@dataclass(slots=True)
class LeadEvent:
    """A lead submitted, updated, withdrawn or imported.

    For ``updated`` only the facts that the event carries are set; ``cleared`` names those it
    sets to nothing. An absent fact is unchanged. ``warnings`` name what intake could not read;
    nothing is decided by them.
    """

    event_id: str
    event_type: LeadEventType
    lead_id: str
    occurred_at_ms: int
    facts: Facts
    cleared: list[str] = field(default_factory=list)
    kind: Literal["lead"] = "lead"
    warnings: list[ReadWarning] = field(default_factory=list)


@dataclass(slots=True)
class Feedback:
    """What the CRM reports about a lead or an assignment."""

    event_id: str
    feedback_type: FeedbackType
    lead_id: str
    occurred_at_ms: int
    assignment_id: str | None = None
    rep_id: str | None = None
    actor: str | None = None
    amount_minor: int | None = None
    amount_currency: str | None = None
    reason: str | None = None
    into_lead_id: str | None = None  # for `merged`: the lead that remains
    kind: Literal["feedback"] = "feedback"
    warnings: list[ReadWarning] = field(default_factory=list)


@dataclass(slots=True)
class Engagement:
    """A lead's decayed engagement, absolute: ``points_milli`` were true at ``at_ms``.

    ``half_life_ms`` is that of the activity that weighs most in it; route decays further by it.
    """

    lead_id: str
    points_milli: int
    at_ms: int
    half_life_ms: int
    kind: Literal["engagement"] = "engagement"


@dataclass(slots=True)
class RepCap:
    """A rep's own caps in one channel, or over all; ``None`` leaves the policy's."""

    per_day: int | None = None
    open: int | None = None
    per_hour: int | None = None
    per_week: int | None = None


ALL_CHANNELS: Final = "all"
"""The key of caps that count over every channel of a rep."""


@dataclass(slots=True)
class LeaveNote:
    """An operator's note of a leave in ``time_off``, with the reason."""

    from_ms: int
    to_ms: int
    actor: str
    reason: str | None = None


@dataclass(slots=True)
class RosterEntry:
    """A rep as the roster says; names stay in the roster topic.

    ``utc_offsets`` are (from_ms, offset_minutes) steps in ascending order, the first far in the
    past: the time zone, expanded when the entry came in, so that a replay does not depend on the
    time-zone files of the machine. ``hours`` are (weekday 0-6, start_minute, end_minute) in local
    time. ``holidays`` are proleptic Gregorian ordinals (``date.toordinal``). ``time_off`` are
    (from_ms, to_ms), end excluded, and ``leave_notes`` are of those that an operator noted.
    ``caps`` are by channel, and under :data:`ALL_CHANNELS` over all of them. ``known_until_ms`` is
    until when holidays and offsets were expanded, if they end.
    ``close_permille`` is how much more or less than others the rep wins of the same leads, and
    ``travel`` what a lead's trips cost with them, in whole units of the policy's currency, where it
    is not what the policy says of the territory.
    ``removed`` is a tombstone: the rep has left.
    """

    rep_id: str
    channels: list[str] = field(default_factory=list)
    role: str | None = None
    seniority: str | None = None
    manager_rep_id: str | None = None
    partner_rep_id: str | None = None
    backup_rep_id: str | None = None
    territories: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    weight: int = 1
    caps: dict[str, RepCap] = field(default_factory=dict)
    hours: list[tuple[int, int, int]] | None = None
    utc_offsets: list[tuple[int, int]] = field(default_factory=list)
    holidays: list[int] = field(default_factory=list)
    time_off: list[tuple[int, int]] = field(default_factory=list)
    starts_ms: int | None = None
    leaves_ms: int | None = None
    crm_ids: dict[str, str] = field(default_factory=dict)
    booking_url: str | None = None
    removed: bool = False
    leave_notes: list[LeaveNote] = field(default_factory=list)
    known_until_ms: int | None = None
    close_permille: int = 1000
    travel: int | None = None
    kind: Literal["rep"] = "rep"


@dataclass(slots=True)
class Account:
    """A customer or target account. ``removed`` is a tombstone."""

    account_id: str
    name_key: str | None = None
    domains: list[str] = field(default_factory=list)
    parent_id: str | None = None
    owner_rep_id: str | None = None
    tier: str | None = None
    country: str | None = None
    employees: int | None = None
    annual_revenue_minor: int | None = None
    annual_revenue_currency: str | None = None
    segment: str | None = None
    removed: bool = False
    kind: Literal["account"] = "account"


@dataclass(slots=True)
class PolicyPublished:
    """A policy version, already checked and in compiled form."""

    policy: Policy
    kind: Literal["policy"] = "policy"


CommandType = Literal["pause_pool", "resume_pool", "rep_away", "assign", "reoffer_backlog"]


@dataclass(slots=True)
class Command:
    """An operator's command. ``subject`` is a pool, a rep or a lead, as the command says.

    ``pause_pool``/``resume_pool``: subject is a pool id. ``rep_away``: subject is a rep id,
    away from ``from_ms`` until ``until_ms``. ``assign``: subject is a lead id, to ``rep_id``.
    ``reoffer_backlog``: subject is ignored.
    """

    command_id: str
    command: CommandType
    subject: str
    actor: str
    reason: str | None = None
    rep_id: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    kind: Literal["command"] = "command"


@dataclass(slots=True)
class Tick:
    """Time passing: the only event that fires deadlines. ``due_ms`` is what was due.

    ``until_ms`` is the latest append time that its sender believes: appended later, it fires
    nothing. ``unlived_ms`` is what of the log's last leap nobody lived through.
    """

    due_ms: int
    until_ms: int | None = None
    unlived_ms: int = 0
    kind: Literal["tick"] = "tick"


Event = LeadEvent | Feedback | Engagement | RosterEntry | Account | PolicyPublished | Command | Tick
