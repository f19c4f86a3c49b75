"""A world where anything may happen, drawn by Hypothesis: few of everything, so that they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from world import (
    ACCOUNT,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    MONDAY_NOON_MS,
    OFFICE,
    POLICY,
    REPS,
    World,
    below,
    values,
)

from router.core.model.events import (
    Account,
    Command,
    Engagement,
    Event,
    Facts,
    Feedback,
    LeadEvent,
    PolicyPublished,
    RepCap,
    RosterEntry,
    Tick,
)
from router.core.model.policy import (
    AtMost,
    BacklogRule,
    Cap,
    ChannelEconomics,
    ChannelLine,
    CloseLine,
    Economics,
    ExitLine,
    Handoff,
    Hours,
    NewRep,
    Policy,
    Rotation,
    Sla,
)

T = TypeVar("T")

LEADS = [f"L{n}" for n in range(9)]
REP_IDS = [rep.rep_id for rep in REPS] + ["new"]
STEPS_MS = [0, 0, 1, 1000, MINUTE_MS, 6 * MINUTE_MS, HOUR_MS, 7 * HOUR_MS, DAY_MS]
LEAPS_MS = [*STEPS_MS, 3 * DAY_MS, 10 * DAY_MS, 31 * DAY_MS, 95 * DAY_MS, 181 * DAY_MS]

TIGHT = replace(
    POLICY,
    caps={"field": Cap(1, 2), "inside": Cap(3, 4, (("trade_show", 1), ("web", 2)))},
    new_rep=NewRep(90 * DAY_MS, 500, (below("value", 1_500_000),)),
)
BY_VALUE = replace(
    TIGHT,
    rotation=Rotation("value", (("senior", 2),)),
    backlog=BacklogRule("age", 2 * DAY_MS, "close", "unassigned"),
    nobody_free={
        "field": ("next_territory", "other_channel", "backlog"),
        "inside": ("any_language", "nurture"),
    },
    hours={"inside": replace(OFFICE, prefer_customer_daytime=True), "field": Hours(None)},
    sla={**POLICY.sla, "inside": replace(POLICY.sla["inside"], basis="working_days")},
)  # fmt: skip
IMPATIENT = replace(
    TIGHT,
    sla={
        "inside": Sla(5 * MINUTE_MS, 4 * MINUTE_MS, MINUTE_MS, "next_rep", 1, "manager", "duty"),
        "field": Sla(4 * HOUR_MS, 2 * DAY_MS, None, "next_rep", 1, "backlog", "duty"),
    },
    handoffs=(
        Handoff("field", "inside", (), "won returns", feedback="won", after_ms=40 * DAY_MS),
        Handoff("inside", "field", (), "met", feedback="meeting_held"),
        Handoff("inside", "field", (values("band", "warm", "hot"),), "rises"),
        Handoff("field", "inside", (values("band", "cold"),), "cools"),
    ),
    hours={"inside": Hours(tuple((day, 0, 1440) for day in range(7)))},
    backlog=BacklogRule("value", 12 * HOUR_MS, "manager"),
    before_rotation=(
        ExitLine("account_has_owner", "owner", (), "wait for the owner", away_use="wait"),
        *POLICY.before_rotation[1:],
    ),
)
BY_THE_WEEK = replace(
    IMPATIENT,
    caps={"field": Cap(per_week=1), "inside": Cap(open=4, per_hour=1, per_week=3)},
    pools=(
        POLICY.pools[0],
        replace(POLICY.pools[1], at_most=AtMost(per_day=2)),
    ),
)
BY_EARNINGS = replace(
    TIGHT,
    channel=(ChannelLine("best", (), "best"),),
    economics=Economics(
        (
            ChannelEconomics("field", 90_000, (CloseLine(30, 100, (), ""),)),
            ChannelEconomics("inside", 30_000, (CloseLine(20, 100, (), ""),)),
        ),
        worth_halves_after_ms=DAY_MS,
    ),
    caps={"field": Cap(per_day=1), "inside": Cap(per_day=1, open=3)},
)
POLICIES = [POLICY, TIGHT, BY_VALUE, IMPATIENT, BY_THE_WEEK, BY_EARNINGS]
BERLIN = [
    (-(1 << 50), 60),
    (1_743_296_400_000, 120),
    (1_761_440_400_000, 60),
    (1_774_746_000_000, 120),
]


class Dice:
    """One drawn number, spent on many small choices: fast to draw, and it shrinks."""

    def __init__(self, number: int) -> None:
        self.number = number

    def below(self, sides: int) -> int:
        self.number, rest = divmod(self.number, sides)
        return rest

    def of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def maybe(self, options: Sequence[T]) -> T | None:
        return self.of(options) if self.below(2) else None


def facts(dice: Dice) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {
        "email_digest": dice.maybe([1, 2, 3, 4]),
        "phone_digest": dice.maybe([3, 4, 5]) if dice.below(3) == 0 else None,
        "employees": dice.maybe([5, 300]),
        "expected_value_minor": dice.maybe([1_000, 300_000, 2_000_000, 9_000_000]),
        "language": dice.maybe(["en", "de", "fr", "xx"]),
        "country": dice.maybe(["DE", "US", "BR"]),
        "postal_code": dice.maybe(["80331", "10115"]),
        "lead_source": dice.maybe(["trade_show", "web"]),
        "industry": dice.maybe(["software"]),
    }
    rare = dice.below(18)
    found |= {
        0: {"company_domain": "acme.example"},
        1: {"company_key": "beta"},
        11: {"company_domain": "acme.example", "expected_value_minor": 9_000_000},
        12: {"company_domain": "acme.example", "expected_value_minor": 600_000},
        2: {"sourced_by_rep_id": dice.of(REP_IDS)},
        3: {
            "consent_email": "denied",
            "consent_phone": "denied",
            "consent_sms": dice.maybe(["granted", "denied"]),
        },
        14: {"consent_email": "unreadable"},
        4: {"test": True},
        5: {"do_not_route": True},
        6: {"request": "rush_order", "company_domain": "acme.example"},
        7: {"custom": {"a": dice.below(2), "skill": "x"}, "scores": {"fit": 3.5}},
        8: {"external_ids": {"hubspot": "7"}, "utc_offset_minutes": -480},
        9: {"preferred_windows": [(480, 600)], "utc_offset_minutes": 60},
        13: {"utc_offset_minutes": 60, "utc_offset_steps": BERLIN[1:]},
        15: {"utc_offset_minutes": 540, "utc_offset_steps": []},
        10: {"owner_rep_id": dice.of(REP_IDS)},
    }.get(rare, {})
    cleared = [
        name for name in ("country", "expected_value_minor", "custom.a") if dice.below(8) == 0
    ]
    return {name: value for name, value in found.items() if value is not None}, cleared


def lead_event(dice: Dice, world: World) -> Event:
    kinds = ["submitted"] * 5 + ["updated"] * 3 + ["imported", "withdrawn"]
    kind: Any = dice.of(kinds)
    event_id = f"e{dice.below(4) if dice.below(6) == 0 else 100 + len(world.log)}"
    at_ms = world.now_ms - dice.of([0, 0, 0, HOUR_MS])
    lead_id = dice.of(LEADS)
    found, cleared = facts(dice)
    if kind == "imported" and dice.below(2):
        found["owner_rep_id"] = dice.of([*REP_IDS, "nobody", "77"])
    return LeadEvent(event_id, kind, lead_id, at_ms, Facts(**found), cleared)


FEEDBACK_TYPES: list[Any] = [
    "accepted", "rejected", "attempted", "contacted", "meeting_held", "qualified",
    "handoff_requested", "owner_changed", "claimed", "converted", "merged", "disqualified",
    "won", "lost", "reassign_requested", "erased", "accepted", "rejected", "qualified", "won",
]  # fmt: skip


def feedback(dice: Dice, world: World) -> Event:
    kind: Any = dice.of(FEEDBACK_TYPES)
    lead_id = dice.of(LEADS)
    sequence = dice.of([None, None, 1, 2])
    return Feedback(
        f"f{dice.below(3) if dice.below(8) == 0 else 100 + len(world.log)}",
        kind,
        lead_id,
        world.now_ms - dice.of([0, 0, 0, HOUR_MS]),
        assignment_id=None if sequence is None else f"{lead_id}.{sequence}",
        rep_id=dice.maybe([*REP_IDS, "new", "nobody", "77"]),
        actor=dice.of([None, None, None, "lead-router"]),
        into_lead_id=dice.of(LEADS),
    )


def roster(dice: Dice, world: World) -> Event:
    rep_id = dice.of(REP_IDS)
    known = {rep.rep_id: rep for rep in REPS}
    entry = known.get(rep_id) or RosterEntry(
        "new", ["inside", "field"], "inside_rep", languages=["en"]
    )
    now = world.now_ms
    changes: dict[str, Any] = dice.of(
        [
            {},
            {"removed": True},
            {"channels": ["field"], "role": "field_rep"},
            {"channels": ["field", "inside"]},
            {"channels": []},
            {"time_off": [(now + HOUR_MS, now + 3 * DAY_MS)]},
            {"time_off": [(now - HOUR_MS, now + 40 * DAY_MS)], "backup_rep_id": dice.of(REP_IDS)},
            {"utc_offsets": BERLIN, "hours": [(day, 120, 300) for day in range(7)]},
            {"leaves_ms": now + 2 * HOUR_MS},
            {"starts_ms": now - 10 * DAY_MS},
            {"starts_ms": now + DAY_MS},
            {"caps": {"inside": RepCap(dice.of([None, 0, 1]), dice.of([None, 0, 2]))}},
            {"weight": dice.of([0, 3])},
            {"utc_offsets": BERLIN, "hours": [(day, 9 * 60, 17 * 60) for day in range(7)]},
            {"crm_ids": {"hubspot": "77"}},
            {"seniority": "senior", "partner_rep_id": dice.of(REP_IDS)},
            {"holidays": [now // DAY_MS + 719_163, now // DAY_MS + 719_164]},
            {"hours": [(day, 22 * 60, 30 * 60) for day in range(5)]},
            {"channels": ["field", "inside"], "caps": {"all": RepCap(dice.of([None, 1, 2]), 2)}},
        ]
    )  # fmt: skip
    return replace(entry, **changes)


def account(dice: Dice, world: World) -> Event:
    del world
    return dice.of(
        [
            ACCOUNT,
            replace(ACCOUNT, owner_rep_id=dice.of(REP_IDS)),
            replace(ACCOUNT, removed=True),
            Account("beta", "beta", ["beta.example", "acme.example"], "acme", employees=400),
            Account("beta", "beta", [], owner_rep_id=dice.of(REP_IDS)),
        ]
    )


def policy(dice: Dice, world: World) -> Event:
    published: Policy = dice.of(POLICIES)
    at_ms = dice.of([0, 0, world.now_ms + HOUR_MS])
    version = 1 + len(world.log) - dice.of([0, 0, 5])
    return PolicyPublished(replace(published, version=version, effective_from_ms=at_ms))


def command(dice: Dice, world: World) -> Event:
    name: Any = dice.of(["pause_pool", "resume_pool", "rep_away", "assign", "reoffer_backlog"])
    pool, lead, rep = dice.of(["emea-inside", "emea-field"]), dice.of(LEADS), dice.of(REP_IDS)
    subject = {"rep_away": rep, "assign": lead}.get(name, pool)
    now = world.now_ms
    span = (now - MINUTE_MS, now + DAY_MS) if name == "rep_away" else (None, None)
    command_id = f"c{dice.below(3) if dice.below(4) == 0 else 100 + len(world.log)}"
    return Command(command_id, name, subject, "olga", "training", rep, *span)


def engagement(dice: Dice, world: World) -> Event:
    points = dice.of([5_000, 40_000, 90_000])
    at_ms = world.now_ms - dice.of([0, HOUR_MS, 2 * DAY_MS])
    return Engagement(dice.of(LEADS), points, at_ms, 7 * DAY_MS)


def tick(dice: Dice, world: World) -> Event:
    """Time passing; at times by a broker's clock that has leapt, or is set back."""
    said, leapt_ms = dice.below(8), dice.of([0, MINUTE_MS, HOUR_MS, DAY_MS])
    if said == 0:
        return Tick(world.now_ms, world.now_ms - 1, leapt_ms)  # not believed
    if said == 1:
        return Tick(world.now_ms, world.now_ms, leapt_ms)
    if said == 2:
        world.now_ms -= leapt_ms
        return Tick(world.now_ms, world.now_ms + MINUTE_MS)
    return Tick(world.now_ms)


KINDS = (
    [lead_event] * 10 + [feedback] * 8 + [tick] * 6 + [roster] * 3 + [engagement] * 2
    + [command] * 2 + [account, policy]
)  # fmt: skip

_BYTES = 12  # of one happening


def _numbers(drawn: bytes) -> list[int]:
    starts = range(0, len(drawn) - _BYTES + 1, _BYTES)
    return [int.from_bytes(drawn[start : start + _BYTES], "little") for start in starts]


happenings = st.binary(min_size=20 * _BYTES, max_size=60 * _BYTES).map(_numbers)


BEFORE_SUMMER_MS = 1_774_699_200_000  # 2026-03-28, a Saturday, noon


def begin(number: int) -> World:
    dice = Dice(number)
    published = dice.of([POLICY, TIGHT, TIGHT, BY_VALUE, IMPATIENT, BY_EARNINGS, None])
    sundays = {"utc_offsets": BERLIN, "hours": [(day, 60, 1_140) for day in range(7)]}
    reps = tuple(replace(rep, **sundays) if dice.below(3) == 0 else rep for rep in REPS)
    start_ms = dice.of([MONDAY_NOON_MS, BEFORE_SUMMER_MS])
    return World(policy=published, reps=reps, now_ms=start_ms)


def next_event(number: int, world: World) -> Event:
    """Turn the clock and say what happens then."""
    dice = Dice(number)
    steps = LEAPS_MS if dice.below(5) == 0 else STEPS_MS
    world.now_ms += dice.of(steps)
    return dice.of(KINDS)(dice, world)
