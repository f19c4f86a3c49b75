"""When reps are on duty, and the clocks that run on an assignment."""

from __future__ import annotations

from typing import Literal

from router.core.model.policy import Hours, Sla
from router.intake.policy.names import Draft
from router.intake.policy.sections.hours import DAY_MINUTES, HOURS_FORM, Window, parse_hours
from router.intake.policy.sections.places import CHANNELS, ChannelName
from router.intake.policy.tree import Mapping, Tree

Missed = Literal["next_rep", "tell_manager"]
Then = Literal["manager", "stay"]
Basis = Literal["duty", "working_days"]

MISSED: tuple[Missed, ...] = ("next_rep", "tell_manager")
THEN: tuple[Then, ...] = ("manager", "stay")
BASES: tuple[Basis, ...] = ("duty", "working_days")
HOLIDAYS: tuple[Literal["by_country", "none"], ...] = ("by_country", "none")
PREFER: tuple[Literal["customer_daytime", "none"], ...] = ("customer_daytime", "none")
OWN_SCHEDULE = "own_schedule"
ALL_WEEK: tuple[Window, ...] = tuple((day, 0, DAY_MINUTES) for day in range(7))
MISSES_MAX = 50
DAY_MS = 86_400_000
WORKING_DAY_MS = 8 * 3_600_000
CLOCK_MS_MAX = 366 * DAY_MS
"""A clock is walked through duty windows, for every lead: a lifetime of them would take minutes."""

DEFAULT_HOURS: dict[ChannelName, Hours] = {
    "field": Hours(windows=None),
    # No limit of ours, and yet a rep's own hours in the roster count.
    "inside": Hours(windows=ALL_WEEK),
}


def read_hours(draft: Draft, tree: Tree | None) -> dict[str, Hours]:
    """Duty hours of both channels."""
    section = draft.read.mapping(tree, CHANNELS, "`hours`")
    return {channel: _hours(draft, section, channel) for channel in CHANNELS}


def _hours(draft: Draft, section: Mapping | None, channel: ChannelName) -> Hours:
    tree = section.get(channel) if section else None
    rule = draft.read.mapping(tree, ("on_duty", "holidays", "prefer"), f"`hours.{channel}`")
    default = DEFAULT_HOURS[channel]
    if rule is None:
        return default
    windows = default.windows
    if (on_duty := rule.get("on_duty")) is not None:
        windows = read_windows(draft, on_duty)
    holidays = draft.read.choice(rule.get("holidays"), HOLIDAYS, "`holidays`", "by_country")
    given = rule.get("holidays")
    if windows is None and holidays == "by_country" and given is not None:
        message = "holidays have no effect on who gets a lead: `own_schedule` is always on duty"
        draft.read.doubtful(given, f"{message}, and only clocks stop on them")
    prefer = draft.read.choice(rule.get("prefer"), PREFER, "`prefer`", "none")
    return Hours(windows, holidays == "by_country", prefer == "customer_daytime")


def read_windows(draft: Draft, tree: Tree) -> tuple[Window, ...] | None:
    """Windows of ``Mon-Fri 08:30-18:00``; None for ``own_schedule``."""
    text = ", ".join(draft.read.texts(tree, "`on_duty`"))
    if text == OWN_SCHEDULE:
        return None
    windows = parse_hours(text)
    if windows is None and text:
        draft.read.wrong(tree, f"`{text}` are no hours: write `own_schedule` or {HOURS_FORM}")
    return windows or ALL_WEEK


def read_slas(draft: Draft, tree: Tree | None) -> dict[str, Sla]:
    """Clocks of each channel that has any."""
    section = draft.read.mapping(tree, CHANNELS, "`sla`")
    return {
        channel: _sla(draft, rule, channel)
        for channel in CHANNELS
        if section and (rule := section.get(channel)) is not None
    }


def _sla(draft: Draft, tree: Tree, channel: ChannelName) -> Sla:
    keys = ("accept", "contact", "remind", "missed", "at_most", "then", "basis")
    rule = draft.read.mapping(tree, keys, f"`sla.{channel}`") or Mapping((), tree.spot, tree.path)
    inside = channel == "inside"
    missed: Missed = draft.read.choice(
        rule.get("missed"), MISSED, "`missed`", "next_rep" if inside else "tell_manager"
    )
    then: Then = draft.read.choice(
        rule.get("then"), THEN, "`then`", "manager" if inside else "stay"
    )
    basis: Basis = draft.read.choice(
        rule.get("basis"), BASES, "`basis`", "duty" if inside else "working_days"
    )
    sla = Sla(
        accept_ms=draft.read.duration(rule.get("accept"), "`accept`", most_ms=CLOCK_MS_MAX),
        contact_ms=draft.read.duration(rule.get("contact"), "`contact`", most_ms=CLOCK_MS_MAX),
        remind_ms=draft.read.duration(rule.get("remind"), "`remind`", most_ms=CLOCK_MS_MAX),
        missed=missed,
        at_most=draft.read.whole(rule.get("at_most"), "`at_most`", 1, MISSES_MAX, 2),
        then=then,
        basis=basis,
    )
    _check(draft, rule, channel, sla)
    return sla


def _check(draft: Draft, rule: Mapping, channel: ChannelName, sla: Sla) -> None:
    first = sla.accept_ms if sla.accept_ms is not None else sla.contact_ms
    if first is None:
        draft.read.doubtful(rule, "no clock runs: give `accept` or `contact`")
    elif sla.remind_ms is not None and sla.remind_ms >= first:
        draft.read.doubtful(rule, "`remind` comes after the clock it should warn of")
    if sla.accept_ms and sla.contact_ms and sla.contact_ms < sla.accept_ms:
        draft.read.doubtful(rule, "`contact` runs out before `accept` does")
    if sla.basis == "working_days":
        _check_working_days(draft, rule, sla)
    else:
        _check_duty_days(draft, rule, sla)
    if channel == "field" and sla.missed != "tell_manager":
        message = "a deal in work is taken away from a field rep: `tell_manager` leaves it there"
        draft.read.doubtful(rule, message)


def _check_duty_days(draft: Draft, rule: Mapping, sla: Sla) -> None:
    """A day of such a clock is 24 hours of duty: ``1d`` of reps with 8 hours takes three days."""
    clocks = {"accept": sla.accept_ms, "contact": sla.contact_ms, "remind": sla.remind_ms}
    for name, clock_ms in clocks.items():
        given = rule.get(name)
        if given is not None and clock_ms is not None and clock_ms >= DAY_MS:
            message = "in `duty` time a day is 24 hours of duty, three days of eight hours"
            advice = "write a working day as `8h`, or add `basis: working_days`"
            draft.read.doubtful(given, f"{message}: {advice}")


def _check_working_days(draft: Draft, rule: Mapping, sla: Sla) -> None:
    """Hours of such a clock are hours of work: ``20h`` are more than two of its days."""
    clocks = {"accept": sla.accept_ms, "contact": sla.contact_ms, "remind": sla.remind_ms}
    for name, clock_ms in clocks.items():
        given = rule.get(name)
        if given is not None and clock_ms is not None and clock_ms % DAY_MS > WORKING_DAY_MS:
            message = "on `working_days` hours are hours of work: write a day of them as `1d`"
            draft.read.doubtful(given, message)
