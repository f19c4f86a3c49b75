"""A lead, and where it stands.

What is made for every lead is written out rather than a dataclass: compiled (ADR 0006), that makes
it six times as fast.
"""

from __future__ import annotations

from enum import StrEnum

from router.core.model.events import Facts


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
    while an inside rep has it, for the field (:mod:`router.core.state.waiting_class`), ``rank``
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
