"""What leaves: assignment events, in the shape of the public contract.

Typed dictionaries, because they go straight to JSON: a key that does not apply is absent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NotRequired, TypedDict

CORE_VERSION = "4"
"""Raised whenever the same inbox would give other decisions; part of every decision."""


class Outcome(StrEnum):
    """What became of the lead."""

    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    QUEUED = "queued"
    NURTURED = "nurtured"
    MERGED = "merged"
    RECALLED = "recalled"  # its owner by the CRM's word is not on the roster
    ESCALATED = "escalated"
    HANDED_OFF = "handed_off"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why. One reason a decision, the one that ended the search."""

    ROTATION = "rotation"  # a fair pick in the pool
    SAME_PERSON = "same_person"
    ASKED_AGAIN = "asked_again"  # another request of the person, about a lead that is open
    FOUND_BY_REP = "found_by_rep"
    ACCOUNT_OWNER = "account_owner"
    ACCOUNT_OWNERS_PARTNER = "account_owners_partner"
    ACCOUNT_OWNERS_BACKUP = "account_owners_backup"
    URGENT_CUSTOMER = "urgent_customer"  # passed the daily cap
    IMPORTED = "imported"
    BACKLOG_OFFERED = "backlog_offered"  # a rep can take it now
    FALLBACK = "fallback"  # a later step of `nobody_free` found a rep
    NOBODY_ELIGIBLE = "nobody_eligible"
    ALL_AT_CAP = "all_at_cap"
    ALL_OFF_DUTY = "all_off_duty"
    OWNER_AT_CAP = "owner_at_cap"
    OWNER_AWAY = "owner_away"
    POOL_PAUSED = "pool_paused"
    POOL_EMPTY = "pool_empty"
    NO_POOL = "no_pool"
    NO_POLICY = "no_policy"
    TOO_SMALL = "too_small"
    CANNOT_PAY = "cannot_pay"  # costs more than it earns, in every channel
    HELD_FOR_FIELD = "held_for_field"  # earns more with a field rep tomorrow than with anybody now
    PRICE_TOO_HIGH = "price_too_high"  # other leads are to earn more with the places that are free
    WAITED_TOO_LONG = "waited_too_long"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_UNREADABLE = "consent_unreadable"  # held until somebody says it so that it can be read
    DISPOSABLE_EMAIL = "disposable_email"  # nobody reads the address tomorrow: no turn for it
    SOURCE_BURST = "source_burst"  # held for a look: too many of its source at once
    WITHDRAWN = "withdrawn"
    NOT_SUBMITTED = "not_submitted"  # only an update of it has come; a submission opens it
    TEST_LEAD = "test_lead"
    DO_NOT_ROUTE = "do_not_route"
    REJECTED = "rejected"
    ACCEPT_MISSED = "accept_missed"
    CONTACT_MISSED = "contact_missed"
    REP_LEFT = "rep_left"
    CHANGED_IN_CRM = "changed_in_crm"
    OWNER_NOT_ON_ROSTER = "owner_not_on_roster"  # the CRM names somebody whom no roster names
    OWNER_AMBIGUOUS = "owner_ambiguous"  # the CRM names an id that several reps have
    CLAIMED = "claimed"
    BY_OPERATOR = "by_operator"
    REASSIGN_REQUESTED = "reassign_requested"
    QUALIFIED = "qualified"
    HANDOFF_REQUESTED = "handoff_requested"
    HANDOFF_RULE = "handoff_rule"  # another report that the policy hands over by
    SCORE_ROSE = "score_rose"
    HANDOFF_WAITS = "handoff_waits"  # nobody there can take it over now
    HANDOFF_WAITED = "handoff_waited"  # somebody can by now
    DEAL_WON = "won"
    DEAL_LOST = "lost"
    DISQUALIFIED = "disqualified"
    MERGED_IN_CRM = "merged_in_crm"
    ERASED = "erased"
    SILENT_TOO_LONG = "silent_too_long"


class ShadowReason(StrEnum):
    """Why a lead is decided for show only."""

    TEST = "test"
    DO_NOT_ROUTE = "do_not_route"
    NO_REPLY = "no_reply"  # its address is one that nobody reads
    INTERNAL = "internal"  # its address is of the company itself


class Exclusion(StrEnum):
    """Why a rep could not have this lead; checked in this order."""

    LEFT = "left"
    NOT_STARTED = "not_started"
    TIME_OFF = "time_off"
    TERRITORY = "territory"
    LANGUAGE = "language"
    SKILL = "skill"
    SENIORITY = "seniority"
    NEW_REP = "new_rep"
    DECLINED_IT = "declined_it"
    MISSED_IT = "missed_it"  # let a clock run out for it, a short while ago
    OFF_DUTY = "off_duty"
    HOUR_CAP = "hour_cap"
    DAY_CAP = "day_cap"
    WEEK_CAP = "week_cap"
    SOURCE_CAP = "source_cap"
    POOL_CAP = "pool_cap"  # has had as many of the pool as it gives one rep
    OPEN_CAP = "open_cap"
    UNACCEPTED = "unaccepted"  # has leads to accept before another that waited
    CUSTOMER_DAYTIME = "customer_daytime"  # others work when the customer can be reached
    EARNS_LESS = "earns_less"  # the lead earns more with others, after the price of their places
    NOT_ON_ROSTER = "not_on_roster"  # named by the lead, its account or the CRM
    AMBIGUOUS_ID = "ambiguous_id"  # named so, and several reps of the roster have that id


class Ignored(StrEnum):
    """Why a report about a lead changed nothing."""

    ECHO = "echo"  # of our own writes
    REPEATED = "repeated"
    UNKNOWN_LEAD = "unknown_lead"
    ERASED = "erased"
    NOT_CURRENT = "not_current"  # about an assignment or a rep that is no longer the lead's
    NOT_OPEN = "not_open"  # nobody has the lead
    OLDER = "older"  # than what stands
    NO_SUCH_REP = "no_such_rep"
    NOT_WAITING = "not_waiting"  # claimed, and nobody may take it
    NO_ROOM = "no_room"  # claimed by a rep who cannot have it
    NO_SUCH_MERGE = "no_such_merge"
    ENDED = "ended"  # it stands so already


class Notify(StrEnum):
    """Those to be told of a decision beside the lead's rep; `notify` of the policy says how."""

    MANAGER = "manager"  # named by `notify_rep_id`
    SALES_OPS = "sales_ops"  # no manager of the rep is there


class Term(TypedDict):
    """One line of the score that counted."""

    rule: str
    points: int


class Score(TypedDict):
    """Points, whole. ``total`` = ``fit`` + ``engagement``."""

    total: int
    fit: int
    engagement: int
    band: str
    terms: list[Term]


class Offer(TypedDict):
    """A lead's earnings in a channel, with the best rep who can have it now or else ever could.

    ``contribution_minor`` = ``worth_minor`` times the rep's ``close_permille`` less ``cost_minor``;
    worth is value times margin times ``close_ppm``, the millionths of such leads that are won, of
    which ``left_ppm`` is left after waiting. ``surplus_minor`` is what is left of it after
    ``price_minor``, what the rep's place is worth to other leads; both are absent where nobody can
    have the lead now.
    """

    channel: str
    pool_id: str
    close_ppm: int
    close_permille: NotRequired[int]
    left_ppm: NotRequired[int]
    worth_minor: int
    cost_minor: int
    contribution_minor: int
    price_minor: NotRequired[int]
    surplus_minor: NotRequired[int]


class Value(TypedDict, total=False):
    """The expected deal in minor units of ``currency``, and how it came to be known.

    ``offers`` are what it earns in each channel, where that decides.
    """

    expected_minor: int
    currency: str
    known_by: str
    offers: list[Offer]


class RunnerUp(TypedDict):
    """A rep who could have had the lead, with their rotation credit (millionths of a turn)."""

    rep_id: str
    credit: int


class Candidates(TypedDict, total=False):
    """Who was looked at.

    ``excluded`` maps a reason to a hexadecimal bitmask: bit *n* is the rep whose permanent number
    is *n* (topic ``routing.reps``); a rep stands under the first reason that holds. ``credit`` is
    the winner's before the pick, in millionths of a turn.
    """

    considered: int
    eligible: int
    excluded: dict[str, str]
    credit: int
    runners_up: list[RunnerUp]


class PassedOver(TypedDict):
    """A rep whom a question before rotation chose, and why they could not have the lead.

    ``reason`` is what would have stood for it: ``same_person``, ``found_by_rep``,
    ``account_owner``, ``account_owners_partner`` or ``account_owners_backup``. Where the name means
    no one rep of the roster, it stands as it was given in ``outside_rep_id`` if it can be an id.
    """

    reason: Reason
    rep_id: NotRequired[str]
    outside_rep_id: NotRequired[str]
    why: Exclusion


class ByHand(TypedDict):
    """A command of an operator and why: ``assign``, ``pause_pool``, ``resume_pool``, ``rep_away``.

    ``actor`` is a user id; ``reason`` is as they wrote it.
    """

    command: str
    actor: str
    reason: NotRequired[str]


class PolicyRef(TypedDict):
    """The policy in force."""

    id: str
    version: int


class InboxRef(TypedDict):
    """The inbox record that caused the decision."""

    partition: int
    offset: int


class Assignment(TypedDict, total=False):
    """An assignment event; the value of a record of ``lead.assignments``.

    ``lead_id``, ``assignment_id``, ``event_id``, ``sales_org``, ``sequence``, ``outcome``,
    ``reason``, ``core_version``, ``occurred_at``, ``decided_at`` and ``inbox`` are always there.
    Times are RFC 3339 UTC with milliseconds. ``rule`` is the policy's own line that decided.
    ``passed_over`` are the reps whom questions before rotation chose, in the order of asking.
    ``notify`` says who is to be told; a manager is named by ``notify_rep_id``.
    ``outside_rep_id`` is the owner by the CRM's word, who is not on the roster, or an id that
    several reps of the roster have.
    ``by_hand`` is the command that caused it: it assigned the lead, paused the pool for which the
    lead waits, or resumed it. ``away`` are those of the reps who were looked at whose leave an
    operator noted, by rep id.
    ``turn_among`` are the reps among whom a turn was shared out that somebody's word gave, as a
    hexadecimal bitmask.
    ``shadow`` marks what would have been decided for a lead that is not to be routed, for the
    ``shadow_reason``; nothing was changed by it.
    """

    assignment_id: str
    event_id: str
    lead_id: str
    external_ids: dict[str, str]
    sales_org: str
    sequence: int
    outcome: Outcome
    reason: Reason
    rule: str
    rep_id: str
    owner_crm_ids: dict[str, str]
    previous_rep_id: str
    outside_rep_id: str
    partner_rep_id: str
    notify: Notify
    notify_rep_id: str
    merged_into: str
    sales_channel: str
    channel_rule: str
    pool_id: str
    territory_id: str
    account_id: str
    score: Score
    value: Value
    candidates: Candidates
    turn_among: str
    passed_over: list[PassedOver]
    accept_by: str
    contact_by: str
    remind_at: str
    wait_until: str
    crm_queue: str
    by_hand: ByHand
    away: dict[str, ByHand]
    policy: PolicyRef
    roster_version: int
    core_version: str
    occurred_at: str
    decided_at: str
    inbox: InboxRef
    shadow: bool
    shadow_reason: ShadowReason
