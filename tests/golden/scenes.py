"""Scenes: short sequences that chance would seldom bring about, each with a team as at first.

A scene is a list of events and, between them, of milliseconds to wait. They begin in the morning of
a working day, and are played in a sales org of their own, by the same reps and account each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.golden.core_names import BacklogRule, Burst, Cap, Handoff, Hours
from tests.golden.dice import DAY_MS, HOUR_MS, MINUTE_MS
from tests.golden.policies import BASE, BY_EARNINGS, BY_VALUE, IMPATIENT, TIGHT, WITHOUT_CLOCKS
from tests.golden.stage import Stage

LARGE = {"expected_value_minor": 9_000_000, "country": "DE"}
MIDDLE = {"expected_value_minor": 2_000_000, "country": "DE", "language": "en"}
SMALL = {"expected_value_minor": 300_000, "country": "DE", "language": "en"}
OF_ACME = {"company_domain": "acme.example"}


def owner_on_leave(stage: Stage) -> None:
    leave = [(stage.now_ms - HOUR_MS, stage.now_ms + 3 * DAY_MS)]
    stage.under(BASE)
    stage.rep("fay", time_off=leave, backup_rep_id="fin")
    stage.lead("backup", {**OF_ACME, **LARGE})
    stage.rep("fin", time_off=leave, backup_rep_id="uma")
    stage.lead("backups-backup", {**OF_ACME, **LARGE})
    stage.lead("partner", {**OF_ACME, **SMALL})
    stage.command("rep_away", "ida", from_ms=leave[0][0], until_ms=leave[0][1], reason="ill")
    stage.lead("partner-away", {**OF_ACME, **SMALL})
    stage.publish(IMPATIENT)
    stage.lead("waits", {**OF_ACME, **LARGE})
    stage.wait(4 * DAY_MS)
    stage.rep("fay", starts_ms=stage.now_ms + DAY_MS)
    stage.lead("to-start", {**OF_ACME, **LARGE})
    stage.wait(2 * DAY_MS)


def full_owner(stage: Stage) -> None:
    stage.under(TIGHT)
    stage.lead("first", {**OF_ACME, **LARGE})
    stage.lead("urgent", {**OF_ACME, **LARGE}, request="rush_order")
    stage.lead("waits", {**OF_ACME, **LARGE})
    stage.lead("too-full", {**OF_ACME, **LARGE}, request="service")
    stage.report("won", "first")
    stage.wait(DAY_MS)
    stage.rep("fay", removed=True)
    stage.wait(HOUR_MS)


def handed_over(stage: Stage) -> None:
    stage.under(BASE)
    stage.lead("line", MIDDLE)
    stage.report("accepted", "line")
    stage.report("qualified", "line")
    stage.lead("rises", SMALL, employees=300)
    stage.report("contacted", "rises")
    stage.engage("rises", 60)
    stage.publish(WITHOUT_CLOCKS)
    stage.lead("inside-first", MIDDLE)
    stage.report("qualified", "inside-first")
    stage.publish(IMPATIENT, caps={})
    stage.lead("met", MIDDLE)
    stage.report("meeting_held", "met")
    stage.lead("asked", SMALL)
    stage.report("handoff_requested", "asked")
    stage.wait(HOUR_MS)


def waits_for_the_field(stage: Stage) -> None:
    full = {"inside": TIGHT.caps["inside"], "field": replace(TIGHT.caps["field"], open=0)}
    stage.under(BASE, caps=full)
    for name in ("first", "second", "third", "fourth", "fifth"):
        stage.lead(name, MIDDLE)
        stage.report("contacted", name)
        stage.report("handoff_requested" if name == "fifth" else "qualified", name)
    stage.report("owner_changed", "second", rep_id="iva")
    stage.lead("remains", SMALL)
    stage.report("merged", "third", into_lead_id="remains")
    stage.lead("fourth", {"expected_value_minor": 1_000}, "updated")
    stage.engage("fourth", 5)
    stage.wait(HOUR_MS)
    stage.publish(BASE)
    stage.wait(DAY_MS)


def won_and_handed_back(stage: Stage) -> None:
    stage.under(IMPATIENT, caps={})
    for name in ("first", "owner-changed", "twice"):
        stage.lead(name, {**OF_ACME, **LARGE})
        stage.report("won", name)
    stage.report("owner_changed", "owner-changed", rep_id="max")
    stage.wait(30 * DAY_MS)
    later = replace(IMPATIENT.handoffs[0], after_ms=50 * DAY_MS)
    stage.publish(IMPATIENT, caps={}, handoffs=(later,))
    stage.wait(15 * DAY_MS)
    stage.rep("ida", starts_ms=stage.now_ms - DAY_MS)
    stage.wait(6 * DAY_MS)
    stage.lead("removed-rule", {**OF_ACME, **LARGE})
    stage.report("won", "removed-rule")
    stage.publish(BASE)
    stage.wait(60 * DAY_MS)


def asked_again_of_who_is_away(stage: Stage) -> None:
    stage.under(BASE, caps={}, before_rotation=(), sla={})
    for name in ("one", "two", "three", "four", "five", "six"):
        stage.lead(name, SMALL)
    leave = [(stage.now_ms, stage.now_ms + 9 * DAY_MS)]
    stage.rep("ida", time_off=leave, backup_rep_id="iva")
    stage.rep("ike", time_off=leave)
    for name in ("one", "two", "three", "four", "five", "six"):
        stage.lead(name, SMALL, language="de")
    stage.report("owner_changed", "five", rep_id="somebody")
    stage.lead("five", SMALL, request="quote")
    stage.report("owner_changed", "six", rep_id="max")
    stage.rep("max", removed=True)
    stage.lead("six", SMALL, request="quote")
    stage.wait(HOUR_MS)


def merges(stage: Stage) -> None:
    stage.under(BASE, caps={}, before_rotation=())
    for name in ("a", "b", "c", "d", "e", "f", "g"):
        stage.lead(name, SMALL)
    stage.report("owner_changed", "a", rep_id="somebody")
    stage.report("merged", "a", into_lead_id="b")
    stage.report("accepted", "c")
    stage.report("merged", "c", into_lead_id="d")
    stage.report("accepted", "e")
    stage.report("merged", "e", into_lead_id="d")
    stage.report("merged", "d", into_lead_id="f")
    stage.report("contacted", "g")
    stage.report("merged", "f", into_lead_id="g")
    stage.report("merged", "early", into_lead_id="g")
    stage.lead("early", SMALL)
    stage.lead("c", SMALL, "updated", employees=7)
    stage.engage("c", 30)


def merged_into_a_forgotten_one(stage: Stage) -> None:
    stage.under(BASE, before_rotation=())
    stage.lead("gone", SMALL)
    stage.report("lost", "gone")
    stage.lead("merged", SMALL)
    stage.report("lost", "merged")
    stage.wait(28 * DAY_MS)
    stage.report("merged", "merged", into_lead_id="gone")
    stage.wait(4 * DAY_MS)
    stage.lead("merged", {"city": "Ulm"}, "updated")
    stage.engage("merged", 20)


def imported_for_who_is_to_join(stage: Stage) -> None:
    joiner = f"j{stage.mark}"
    stage.under(BASE)
    for name in ("one", "two"):
        stage.lead(name, SMALL, "imported", owner_rep_id=joiner)
    stage.lead("three", SMALL, "imported", owner_rep_id="mistaken")
    stage.lead("three", SMALL, "imported", owner_rep_id=joiner)
    stage.lead("three", SMALL, "imported", owner_rep_id=joiner)
    stage.lead("four", SMALL)
    stage.report("owner_changed", "four", rep_id=joiner)
    stage.report("owner_changed", "four", rep_id=joiner)
    stage.lead("two", SMALL)
    stage.rep(joiner)
    stage.wait(HOUR_MS)
    stage.rep(joiner, removed=True)
    stage.wait(HOUR_MS)


def by_hand(stage: Stage) -> None:
    stage.under(BASE)
    stage.command("pause_pool", "emea-inside", reason="training")
    for name in ("claimed", "assigned", "claimed-in-vain", "two-words"):
        stage.lead(name, SMALL)
    stage.report("claimed", "claimed", rep_id="ida")
    stage.report("claimed", "claimed-in-vain", rep_id="nobody")
    stage.command("assign", f"{stage.mark}-assigned", rep_id="ike")
    stage.command("resume_pool", "emea-inside")
    stage.wait(1)
    stage.report("rejected", "claimed", rep_id="ida")
    stage.report("owner_changed", "claimed", rep_id="ida", assignment_id="claimed.2")
    stage.report("accepted", "two-words", rep_id="a person")
    stage.wait(HOUR_MS)


def in_the_customers_day(stage: Stage) -> None:
    stage.under(BY_VALUE, caps={})
    for offset_minutes in (-300, 0, 60, 540):
        stage.lead(f"at{offset_minutes}", SMALL, utc_offset_minutes=offset_minutes)
    stage.lead("windows", SMALL, utc_offset_minutes=60, preferred_windows=[(480, 600)])


def a_clock_before_a_leave(stage: Stage) -> None:
    stage.under(IMPATIENT, caps={}, before_rotation=())
    soon, later = stage.now_ms + 2 * MINUTE_MS, stage.now_ms + 9 * DAY_MS
    for rep_id in ("ida", "ike", "iva"):
        stage.rep(rep_id, time_off=[(soon, later)])
    stage.lead("short", SMALL)
    stage.wait(10 * MINUTE_MS)
    stage.publish(
        IMPATIENT, backlog=BacklogRule("value", 2 * HOUR_MS, "close"), handoffs=(
            Handoff("inside", "field", (), "on contact", "contacted"),
        ),
    )  # fmt: skip
    stage.wait(3 * HOUR_MS)


def hours_that_never_come_or_are_skipped(stage: Stage) -> None:
    always = Hours(tuple((day, 0, 1_440) for day in range(7)))
    stage.under(BASE, caps={}, hours={"field": always})
    stage.lead("always", {**OF_ACME, **LARGE})
    leaps = [(-(1 << 50), 0), (stage.now_ms + 4 * HOUR_MS, 60)]
    stage.rep("fay", utc_offsets=leaps, hours=[(day, 540, 870) for day in range(7)])
    stage.lead("skipped", {**OF_ACME, **LARGE})
    stage.rep("fay", hours=[(7, 540, 600)])
    stage.lead("never", {**OF_ACME, **LARGE})
    stage.publish(IMPATIENT, caps={})
    stage.rep("fay", channels=["inside"], hours=[(7, 540, 600)])
    stage.lead("never-inside", {**OF_ACME, **SMALL})
    stage.wait(HOUR_MS)


def erased(stage: Stage) -> None:
    person = 90_000_000 + stage.mark
    stage.under(BASE, caps={})
    stage.lead("one", SMALL, email_digest=person)
    stage.lead("two", SMALL)
    stage.lead("three", SMALL, phone_digest=person + 1, email_digest=person)
    stage.report("erased", "one")
    stage.lead("two", SMALL, "updated", email_digest=person, late_ms=MINUTE_MS)
    stage.lead("three", SMALL, "updated", email_digest=person)
    stage.lead("four", SMALL, "imported", email_digest=person, phone_digest=person + 1)
    stage.lead("five", SMALL, email_digest=person)


Scene = Callable[[Stage], None]


def floods(stage: Stage) -> None:
    bursts = (Burst("web", 2, 10 * MINUTE_MS), Burst("other", 50, DAY_MS))
    stage.under(BASE, burst_over=bursts, own_domains=("ourfirm.example",))
    for name in ("first", "second", "third", "fourth", "fifth", "sixth"):
        stage.lead(name, {**SMALL, "lead_source": "web"})
    for name in ("thrown-away", "away-too", "away-as-well", "away-again"):
        stage.lead(name, {**SMALL, "email_kind": "disposable", "email_domain": "x.example"})
    stage.lead("of-acme", {**LARGE, "email_kind": "business", "email_domain": "eu.acme.example"})
    stage.lead("own", {**SMALL, "email_kind": "business", "email_domain": "ourfirm.example"})
    stage.lead("nobody", {**SMALL, "email_kind": "no_reply"})
    stage.lead("thrown-away", {"email_kind": "business", "email_domain": "y.example"}, "updated")
    stage.wait(HOUR_MS)
    stage.lead("seventh", {**SMALL, "lead_source": "web"})
    stage.publish(BASE)
    stage.wait(HOUR_MS)


def scarce_places(stage: Stage) -> None:
    caps = {"field": Cap(1), "inside": Cap(3)}
    stage.under(BY_EARNINGS, sla={}, before_rotation=(), hours={}, handoffs=(), caps=caps)
    stage.rep("iva", hours=None)
    for day in range(4):
        for number in range(20):
            worth = 400_000 * (1 + (number * 7 + day) % 13) if number % 4 else 270_000
            stage.lead(f"day-{day}-{number}", {**MIDDLE, "expected_value_minor": worth})
            stage.wait(70 * MINUTE_MS)
    stage.lead("web", MIDDLE, lead_source="web")
    stage.wait(2 * DAY_MS)


SCENES: tuple[Scene, ...] = (
    owner_on_leave,
    full_owner,
    handed_over,
    waits_for_the_field,
    won_and_handed_back,
    asked_again_of_who_is_away,
    merges,
    merged_into_a_forgotten_one,
    imported_for_who_is_to_join,
    by_hand,
    in_the_customers_day,
    a_clock_before_a_leave,
    hours_that_never_come_or_are_skipped,
    erased,
    floods,
    scarce_places,
)
