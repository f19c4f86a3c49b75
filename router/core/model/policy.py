"""A policy in compiled form: who gets which lead, and why.

The YAML that people write (``docs/policy.md``) is checked and compiled to this by
:mod:`router.intake.policy`; route receives it through the inbox. Money is in minor units of
``currency``, points are whole, times are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Channel = Literal["field", "inside"]


@dataclass(slots=True, frozen=True)
class Test:
    """One field of a ``when``: true if the field's value is any of these.

    ``values`` are casefolded strings (booleans as ``"true"``/``"false"``, whole numbers in
    digits); ``prefixes`` are casefolded starts (``7*``); ``ranges`` are inclusive (low, high),
    ``None`` open, in the field's own unit: minor units for ``value``, ``annual_revenue``,
    ``expected_value`` and ``account.annual_revenue``, whole numbers otherwise.

    Fields: every name in :class:`router.core.model.events.Facts` that is not a digest, an offset, a
    currency or a map (``annual_revenue`` and ``expected_value`` without ``_minor``), and
    ``campaign.*``, ``consent.*`` spelled with a dot; ``scores.NAME``; ``custom.NAME``;
    ``account.known|tier|segment|country|employees|annual_revenue``; ``market``; ``value``;
    ``score``; ``band``; ``sla.missed``; in a handoff also ``feedback``. For members of a pool:
    ``role``, ``rep_id``, ``seniority``, ``territory``, ``skill``, ``language``, ``channel``.
    """

    field: str
    values: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    ranges: tuple[tuple[int | None, int | None], ...] = ()


When = tuple[Test, ...]  # all must hold; empty always holds


@dataclass(slots=True, frozen=True)
class Market:
    """A named group of ISO 3166 alpha-2 countries."""

    market_id: str
    countries: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class Product:
    """What is sold: price in minor units, margin in thousandths."""

    product_id: str  # casefolded, spaces removed
    price_minor: int
    margin_permille: int = 1000


@dataclass(slots=True, frozen=True)
class ValueStep:
    """One way to know the expected deal; the first that is known counts."""

    by: Literal["expected_value", "product_price_times_quantity", "by_employees"]
    sizes: tuple[tuple[int | None, int | None, int], ...] = ()  # low, high, value in minor units


@dataclass(slots=True, frozen=True)
class FitLine:
    """Points for a lead that fits ``when``; ``label`` is how the policy writes it."""

    points: int
    when: When
    label: str


@dataclass(slots=True, frozen=True)
class ScoreLine:
    """A marketing system's own score taken in: ``points`` for each whole unit, capped."""

    name: str
    points_permille: int  # thousandths of a point for each unit of the score
    at_most: int


@dataclass(slots=True, frozen=True)
class EngagementLine:
    """Points of one activity type, halved after each ``half_life_ms``."""

    activity_type: str
    points: int
    half_life_ms: int


@dataclass(slots=True, frozen=True)
class Band:
    """A named range of total points, from ``low`` up; bands are listed from the highest."""

    name: str
    low: int | None


@dataclass(slots=True, frozen=True)
class ExitLine:
    """A question asked before rotation; the first that fits ends the search.

    ``within_ms`` bounds ``same_person``. For ``owner``: when the owner is away longer than
    ``away_over_ms``, ``away_use`` says what happens: their ``backup``, the ``pool``'s rotation,
    or ``wait`` in the backlog.
    """

    on: Literal["consent_refused", "same_person", "found_by_rep", "account_has_owner", "too_small"]
    then: Literal["close", "same_rep", "that_rep", "owner", "owners_inside_partner", "nurture"]
    when: When
    label: str
    within_ms: int | None = None
    away_over_ms: int = 86_400_000
    away_use: Literal["backup", "pool", "wait"] = "backup"


@dataclass(slots=True, frozen=True)
class ChannelLine:
    """Field or inside: the first line that matches decides.

    ``best`` is wherever the lead earns most, by :class:`Economics`.
    """

    use: Literal["field", "inside", "inside_then_field", "best"]
    when: When
    label: str


@dataclass(slots=True, frozen=True)
class CloseLine:
    """The share of the leads that fit ``when`` who become customers: ``won`` of ``of``."""

    won: int
    of: int
    when: When
    label: str


@dataclass(slots=True, frozen=True)
class ChannelEconomics:
    """Costs of working a lead in a channel, and close rates; the first line that fits counts.

    ``cost_minor`` is of all contacts or visits of a lead, ``travel_minor`` comes on top, by
    territory. Leads that no line fits are not worked in the channel.
    """

    channel: Channel
    cost_minor: int
    close_rate: tuple[CloseLine, ...]
    travel_minor: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True, frozen=True)
class Economics:
    """Field or inside by what a lead earns there.

    A deal loses half of its worth for each ``worth_halves_after_ms`` that the lead waits, by lead
    source where one is named. A lead is held for a coming place in the field for
    ``hold_at_most_ms`` at most. ``minor_per_unit`` is of the policy's currency: reps' own travel is
    given in whole units of it.
    """

    channels: tuple[ChannelEconomics, ...]
    worth_halves_after_ms: int | None = None
    worth_halves_by_source: tuple[tuple[str, int], ...] = ()
    hold_at_most_ms: int = 2 * 86_400_000
    minor_per_unit: int = 100


@dataclass(slots=True, frozen=True)
class Territory:
    """A field patch, in the order of the file: of two that name a lead as closely, the first."""

    territory_id: str
    market_id: str | None
    when: When


@dataclass(slots=True, frozen=True)
class AtMost:
    """The most leads that a pool's rotation gives each rep in a period; ``None`` is no limit."""

    per_hour: int | None = None
    per_day: int | None = None
    per_week: int | None = None


@dataclass(slots=True, frozen=True)
class Pool:
    """Reps who share leads of one market and channel in rotation.

    ``market_id`` ``None`` serves every market. ``match`` are the attributes that a rep must
    share with the lead. ``when`` narrows which leads come here; the first pool that fits takes
    the lead.
    """

    pool_id: str
    market_id: str | None
    channel: Channel
    members: When
    match: tuple[Literal["territory", "language", "skill", "seniority"], ...] = ()
    when: When = ()
    at_most: AtMost | None = None


@dataclass(slots=True, frozen=True)
class Rotation:
    """``fair_by`` turns or value; weights by seniority multiply a rep's own weight.

    Where leads go by what they earn, reps with whom one earns as much take turns: as much within
    ``within_permille`` of its contribution.
    """

    fair_by: Literal["turns", "value"] = "turns"
    weights: tuple[tuple[str, int], ...] = ()
    within_permille: int = 100


@dataclass(slots=True, frozen=True)
class Cap:
    """Hard limits for each rep of a channel; ``None`` is no limit.

    ``per_day`` counts from the rep's local midnight, ``per_week`` from that of Monday, ``per_hour``
    from the full hour, UTC; ``per_day_from`` counts those of the day from one ``lead_source``. A
    lead that was ``imported`` with its owner counts in ``open`` alone.
    """

    per_day: int | None = None
    open: int | None = None
    per_day_from: tuple[tuple[str, int], ...] = ()
    per_hour: int | None = None
    per_week: int | None = None


@dataclass(slots=True, frozen=True)
class NewRep:
    """Reps in their first time: caps times ``permille``, and only leads that fit ``only``."""

    first_ms: int
    permille: int
    only: When


@dataclass(slots=True, frozen=True)
class Hours:
    """When reps of a channel are on duty, unless the roster says otherwise.

    ``windows`` ``None`` means their own schedule: always on duty but for time off.
    """

    windows: tuple[tuple[int, int, int], ...] | None  # weekday, start_minute, end_minute
    holidays: bool = True
    prefer_customer_daytime: bool = False


@dataclass(slots=True, frozen=True)
class Sla:
    """Clocks of a channel. ``basis``: duty time, or working days (Mon-Fri but holidays)."""

    accept_ms: int | None
    contact_ms: int | None
    remind_ms: int | None
    missed: Literal["next_rep", "tell_manager", "backlog"]
    at_most: int  # how many misses before `then`
    then: Literal["manager", "backlog", "stay"]
    basis: Literal["duty", "working_days"]


@dataclass(slots=True, frozen=True)
class Handoff:
    """A lead moves between channels; both reps stay on it.

    ``feedback`` is the feedback type that starts it (``None``: any event by which ``when`` begins
    to hold; with ``rises`` only if the score rose by it); ``after_ms`` waits that long first.
    """

    from_channel: Channel
    to_channel: Channel
    when: When
    label: str
    feedback: str | None = None
    after_ms: int = 0
    rises: bool = False


@dataclass(slots=True, frozen=True)
class BacklogRule:
    """Leads that wait, and for how long; what follows when the time is over.

    A rep who has ``unaccepted`` leads to accept, by a clock, gets none that waited.
    """

    order: Literal["value", "age"] = "value"
    at_most_ms: int = 5 * 86_400_000
    then: Literal["nurture", "close", "manager"] = "nurture"
    crm_queue: str | None = None
    unaccepted: int = 1


@dataclass(slots=True, frozen=True)
class Burst:
    """More than ``at_most`` leads of a source within ``per_ms`` are held for a look."""

    source: str  # or `other`: each source that has no rule of its own
    at_most: int
    per_ms: int


FallbackStep = str  # next_territory | any_language | other_channel | pool:NAME | backlog | nurture


@dataclass(slots=True, frozen=True)
class Policy:
    """All of it. ``version`` grows by one at each publish of ``policy_id``."""

    policy_id: str
    version: int
    effective_from_ms: int
    currency: str
    markets: tuple[Market, ...]
    default_market_id: str
    channel: tuple[ChannelLine, ...]
    pools: tuple[Pool, ...]
    exchange_rates_ppm: dict[str, int] = field(default_factory=dict)  # to `currency`, millionths
    products: tuple[Product, ...] = ()
    value: tuple[ValueStep, ...] = (ValueStep("expected_value"),)
    fit: tuple[FitLine, ...] = ()
    scores: tuple[ScoreLine, ...] = ()
    engagement: tuple[EngagementLine, ...] = ()
    bands: tuple[Band, ...] = (Band("cold", None),)
    before_rotation: tuple[ExitLine, ...] = ()
    territories: tuple[Territory, ...] = ()
    rotation: Rotation = Rotation()
    caps: dict[str, Cap] = field(default_factory=dict)
    new_rep: NewRep | None = None
    hours: dict[str, Hours] = field(default_factory=dict)
    sla: dict[str, Sla] = field(default_factory=dict)
    urgent_requests: tuple[str, ...] = ("rush_order", "service")
    handoffs: tuple[Handoff, ...] = ()
    nobody_free: dict[str, tuple[FallbackStep, ...]] = field(default_factory=dict)
    backlog: BacklogRule = BacklogRule()
    notify: dict[str, object] = field(default_factory=dict)  # for delivery; no part in deciding
    burst_over: tuple[Burst, ...] = ()
    own_domains: tuple[str, ...] = ()  # of the company itself: their leads are tests
    economics: Economics | None = None
