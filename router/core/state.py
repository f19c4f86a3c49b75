"""State of one sales org: plain objects in memory, rebuilt from the changelog.

Nothing here decides. Fields that are persisted are listed in :mod:`router.core.records`;
everything else is derived from them and rebuilt after a restore. What is made for every lead is
written out rather than a dataclass: compiled (ADR 0006), that makes it six times as fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from router.core.days import Days
from router.core.decision import ByHand
from router.core.events import Account, Facts, RosterEntry
from router.core.index import Ids
from router.core.lead_store import LeadStore
from router.core.policy import Policy
from router.core.tables import Tables
from router.core.waiting.waiting_class import Item, WaitingClass


class Status(StrEnum):
    """Where a lead stands."""

    WAITING = "waiting"  # in the backlog
    ASSIGNED = "assigned"  # given to a rep, not yet accepted
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    OUTSIDE = "outside"  # with somebody who is not on the roster
    NURTURED = "nurtured"
    MERGED = "merged"
    CLOSED = "closed"


OPEN_STATUSES = (Status.ASSIGNED, Status.ACCEPTED, Status.CONTACTED)
_OVER = (Status.MERGED, Status.CLOSED)


LEAD_FIELDS = (
    "lead_id", "facts", "occurred_at_ms", "received_ms", "last_event_ms", "event_ids", "status",
    "sequence", "rep", "partner", "charged", "channel", "hand_over", "pool_id", "territory_id",
    "account_id", "value_minor", "points", "band", "assigned_at_ms", "accept_by_ms",
    "contact_by_ms", "wait_until_ms", "handoff_at_ms", "declined", "missed", "needs", "rank",
    "engagement_milli", "engagement_at_ms", "engagement_half_life_ms", "stake", "owned_from",
    "field_times", "merged_into", "quiet_until_ms", "closed_as", "awaits", "outside_rep_id",
    "review_at_ms", "missed_by", "missed_until_ms", "waits_from_ms", "handoff_by", "unanswered",
    "among", "assigned_as", "owner_at_ms",
)  # fmt: skip
"""In the order of the changelog record; a new one goes to the end."""


class Lead:
    """One lead. ``rep`` and ``partner`` are permanent rep numbers; times are milliseconds.

    ``declined`` is a bitmask of reps who rejected it, ``missed_by`` of those who let a clock run
    out, and are not asked again until ``missed_until_ms``. ``charged`` is the channel whose open
    count of ``rep`` it holds, or None. ``needs`` is the class in which it waits, for a rep or,
    while an inside rep has it, for the field (:mod:`router.core.waiting.waiting_class`), ``rank``
    its place among all that wait, and ``review_at_ms`` when it may need something else by time
    alone. ``handoff_at_ms`` is since when an open lead waits for the field, and when a closed one
    is handed on; ``handoff_by`` is what an open one is to be handed over by. ``waits_from_ms`` is
    since when its wait, or the time to a later handoff, is counted. ``unanswered`` says that a
    clock began for its rep, who has not answered. ``field_times`` are the times of the last change
    of facts changed since ``occurred_at_ms``. What occurred up to ``quiet_until_ms`` does not open
    a closed lead again, and ``closed_as`` is the reason of its last end. ``awaits`` is the id of an
    owner who is not on the roster, and whose it is to be; ``outside_rep_id`` of one who was named
    for a closed lead, to whom it goes if it is submitted again. ``owner_at_ms`` is when it occurred
    that the lead came to whom it is with: an older word on its owner is stale. ``assigned_as`` is
    the id of the lead whose assignment it holds, where a merge brought that.
    """

    __slots__ = LEAD_FIELDS

    def __init__(  # noqa: PLR0913, PLR0917 - one argument a field
        self,
        lead_id: str,
        facts: Facts,
        occurred_at_ms: int,
        received_ms: int,
        last_event_ms: int,
        event_ids: tuple[str, ...],
        status: Status = Status.WAITING,
        sequence: int = 0,
        rep: int | None = None,
        partner: int | None = None,
        charged: str | None = None,
        channel: str | None = None,
        hand_over: bool = False,  # noqa: FBT001, FBT002 - in the order of the record
        pool_id: str | None = None,
        territory_id: str | None = None,
        account_id: str | None = None,
        value_minor: int = 0,
        points: int = 0,
        band: str | None = None,
        assigned_at_ms: int = 0,
        accept_by_ms: int | None = None,
        contact_by_ms: int | None = None,
        wait_until_ms: int | None = None,
        handoff_at_ms: int | None = None,
        declined: int = 0,
        missed: int = 0,
        needs: str | None = None,
        rank: int = 0,
        engagement_milli: int = 0,
        engagement_at_ms: int = 0,
        engagement_half_life_ms: int = 0,
        stake: int = 0,
        owned_from: int = 0,
        field_times: dict[str, int] | None = None,
        merged_into: str | None = None,
        quiet_until_ms: int | None = None,
        closed_as: str | None = None,
        awaits: str | None = None,
        outside_rep_id: str | None = None,
        review_at_ms: int | None = None,
        missed_by: int = 0,
        missed_until_ms: int | None = None,
        waits_from_ms: int | None = None,
        handoff_by: str | None = None,
        unanswered: bool = False,  # noqa: FBT001, FBT002 - in the order of the record
        among: int = 0,
        assigned_as: str | None = None,
        owner_at_ms: int = 0,
    ) -> None:
        """Everything but what it arrived with has a default."""
        self.lead_id = lead_id
        self.facts = facts
        self.occurred_at_ms = occurred_at_ms
        self.received_ms = received_ms
        self.last_event_ms = last_event_ms
        self.event_ids = event_ids
        self.status = status
        self.sequence = sequence
        self.rep = rep
        self.partner = partner
        self.charged = charged
        self.channel = channel
        self.hand_over = hand_over  # inside first, the field later
        self.pool_id = pool_id
        self.territory_id = territory_id
        self.account_id = account_id
        self.value_minor = value_minor
        self.points = points
        self.band = band
        self.assigned_at_ms = assigned_at_ms
        self.accept_by_ms = accept_by_ms
        self.contact_by_ms = contact_by_ms
        self.wait_until_ms = wait_until_ms
        self.handoff_at_ms = handoff_at_ms
        self.declined = declined
        self.missed = missed
        self.needs = needs
        self.rank = rank
        self.engagement_milli = engagement_milli
        self.engagement_at_ms = engagement_at_ms
        self.engagement_half_life_ms = engagement_half_life_ms
        self.stake = stake  # what rotation charged its rep for it
        self.owned_from = owned_from  # the sequence with which it came to where it is
        self.field_times = field_times
        self.merged_into = merged_into
        self.quiet_until_ms = quiet_until_ms
        self.closed_as = closed_as
        self.awaits = awaits
        self.outside_rep_id = outside_rep_id
        self.review_at_ms = review_at_ms
        self.missed_by = missed_by
        self.missed_until_ms = missed_until_ms
        self.waits_from_ms = waits_from_ms
        self.handoff_by = handoff_by
        self.unanswered = unanswered
        self.among = among  # the mask of the reps among whom its stake was shared out
        self.assigned_as = assigned_as
        self.owner_at_ms = owner_at_ms


def is_live(lead: Lead) -> bool:
    """Whether something can still happen to the lead by routing."""
    return lead.status not in _OVER


LOAD_FIELDS = ("open", "day", "day_count", "day_sources")
"""Those of the changelog record; ``unaccepted`` is counted again after a restore."""


@dataclass(slots=True)
class Load:
    """A rep's load in one channel. ``day`` is the local day that ``day_count`` counts.

    ``unaccepted`` are the open leads that the rep is still to answer, by a clock.
    """

    open: int = 0
    day: int = 0
    day_count: int = 0
    day_sources: dict[str, int] | None = None
    unaccepted: int = 0


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A channel that a rep left with open leads in it, which are gone through once.

    Those up to the id ``looked_at`` have been; ``from_ms`` is when the rest may be.
    """

    at_ms: int
    looked_at: str = ""
    from_ms: int = 0


@dataclass(slots=True)
class Rep:
    """A rep with a permanent number, which outlives the roster entry."""

    number: int
    profile: RosterEntry
    joined_ms: int
    loads: dict[str, Load] = field(default_factory=dict)
    given_up: dict[str, GivenUp] = field(default_factory=dict)  # by channel; see `leavers`


@dataclass(slots=True)
class Pool:
    """What a pool remembers: rotation credit by rep number, millionths of a turn.

    Kept by permanent number, so that editing the pool, leave and return change nobody's credit.
    Where it is fair by value, credit is in minor units, and ``valued`` leads of a known value have
    been given, of ``valued_minor`` together.
    """

    pool_id: str
    credits: list[int] = field(default_factory=list)
    paused: bool = False
    by_hand: ByHand | None = None  # who paused or resumed it last
    valued: int = 0
    valued_minor: int = 0


@dataclass(slots=True)
class Waiting:
    """Engagement that came before its lead."""

    points_milli: int
    at_ms: int
    half_life_ms: int


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A person's refusals and erasure, under one of their digests; it outlives their leads.

    ``email``, ``phone`` and ``sms`` are the times of the latest word on that consent: below zero
    where it was denied, above where it was granted, 0 without one. What occurred up to
    ``erased_ms`` was erased. ``emails`` are, under a phone number, the persons who were known by
    an e-mail beside it.
    """

    email: int = 0
    phone: int = 0
    sms: int = 0
    erased_ms: int = 0
    emails: tuple[int, ...] = ()


@dataclass(slots=True)
class SalesOrg:
    """Everything about one sales organisation; the shard is its only writer."""

    sales_org: str
    leads: LeadStore
    reps: dict[str, Rep] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    pools: dict[str, Pool] = field(default_factory=dict)
    early_engagement: dict[str, Waiting] = field(default_factory=dict)
    forgotten: dict[str, int] = field(default_factory=dict)  # see `forgotten`
    suppressed: dict[int, Suppressed] = field(default_factory=dict)  # by digest of a person
    erased: dict[str, int] = field(default_factory=dict)  # lead ids, and up to when
    early_merges: tuple[tuple[str, str], ...] = ()  # see `person.early_merges`
    aside: dict[str, int] = field(default_factory=dict)  # leads that raised, and until when
    unknown_names: dict[str, tuple[int, int]] = field(default_factory=dict)  # in reports
    command_ids: tuple[str, ...] = ()  # of the latest commands carried out
    policy: Policy | None = None
    next_policy: Policy | None = None
    roster_version: int = 0
    feedback_ignored: int = 0
    stirred_ms: int | None = None  # since when something that waits may be placed
    review_from: Item | None = None  # what waits behind it is to be looked at again
    review_again: bool = False  # and then all of it once more
    review_by_class: bool = False  # of each class the first that is looked at stands for all
    boundary_ms: int = 0  # until when availability changes by load alone
    presence_ms: int = 0  # until when nobody starts, leaves, goes on leave or comes back

    # Derived: rebuilt by `reindex` after a restore.
    rep_numbers: list[Rep] = field(default_factory=list)
    persons: dict[int, Ids] = field(default_factory=dict)
    reps_by_crm_id: dict[str, Ids] = field(default_factory=dict)  # see `roster.names`
    merged: dict[str, Ids] = field(default_factory=dict)  # lead id → leads merged into it
    accounts_by_domain: dict[str, Ids] = field(default_factory=dict)
    accounts_by_name: dict[str, Ids] = field(default_factory=dict)
    held: dict[int, dict[str, None]] = field(default_factory=dict)  # rep number → open leads
    room: dict[str, WaitingClass] = field(default_factory=dict)  # what waits, by class
    faults: list[tuple[str, str]] = field(
        default_factory=list
    )  # leads that this event had to set aside, and the kind of exception
    deadlines: list[tuple[int, str]] = field(default_factory=list)  # a heap; may hold stale ones
    silent_days: Days = field(default_factory=dict)
    early_days: Days = field(default_factory=dict)
    forgotten_days: Days = field(default_factory=dict)
    restored_loads: dict[str, dict[str, Load]] = field(default_factory=dict)  # until `reindex`
    tables: Tables | None = None
