"""Costs and close rates of leads in each channel: `economics`."""

from __future__ import annotations

import re

from router.core.model.policy import ChannelEconomics, CloseLine, Economics
from router.intake.normalise.vocabulary import read_word
from router.intake.policy.codes import minor_per_unit
from router.intake.policy.names import Draft, written
from router.intake.policy.scalars import DAY_MS, HOUR_MS, MINUTE_MS
from router.intake.policy.sections.places import CHANNELS, ChannelName
from router.intake.policy.sections.whens import read_when
from router.intake.policy.tree import Mapping, Scalar, Tree

UNITS: dict[ChannelName, tuple[str, str]] = {
    "inside": ("cost_per_contact", "contacts_per_lead"),
    "field": ("cost_per_visit", "visits_per_lead"),
}
"""The unit that costs in a channel, and its number to a lead."""
PER_LEAD_MAX = 1_000
OF_MAX = 1_000_000
HOLD_AT_MOST_MS = 2 * DAY_MS
_SHARE = re.compile(r"([0-9]{1,7})\s+of\s+([0-9]{1,7})")


def read_economics(draft: Draft, tree: Tree | None, currency: str) -> Economics | None:
    """Return costs and close rates by channel; None without the section."""
    keys = (*CHANNELS, "worth_halves_after", "close_rate", "hold_at_most")
    section = draft.read.mapping(tree, keys, "`economics`")
    if section is None:
        return None
    rates = draft.read.mapping(section.get("close_rate"), CHANNELS, "`close_rate`")
    found = []
    for channel in CHANNELS:
        costs, lines = section.get(channel), rates.get(channel) if rates else None
        if costs is None and lines is None:
            continue
        if costs is None or lines is None:
            missing = f"`{channel}`" if costs is None else f"`close_rate.{channel}`"
            message = f"say what {channel} leads cost and how many are won: {missing} is missing"
            draft.read.wrong(section, message)
            continue
        found.append(_channel(draft, channel, costs, lines))
    if not found:
        draft.read.wrong(section, "say what a channel costs: `inside: {cost_per_contact: 50}`")
    halves_ms, by_source = _halves(draft, section.get("worth_halves_after"))
    hold_ms = draft.read.duration(
        section.get("hold_at_most"), "`hold_at_most`", least_ms=HOUR_MS, most_ms=30 * DAY_MS
    )
    return Economics(
        channels=tuple(found),
        worth_halves_after_ms=halves_ms,
        worth_halves_by_source=by_source,
        hold_at_most_ms=HOLD_AT_MOST_MS if hold_ms is None else hold_ms,
        minor_per_unit=minor_per_unit(currency),
    )


def _channel(draft: Draft, channel: ChannelName, costs: Tree, lines: Tree) -> ChannelEconomics:
    cost_key, count_key = UNITS[channel]
    section = draft.read.mapping(costs, (cost_key, count_key, "travel"), f"`{channel}`")
    cost, count = (section.get(cost_key), section.get(count_key)) if section else (None, None)
    if cost is None:
        draft.read.wrong(costs, f"say what it costs: `{{{cost_key}: 50, {count_key}: 3}}`")
    each = draft.read.amount(cost, f"`{cost_key}`")
    times = draft.read.whole(count, f"`{count_key}`", 1, PER_LEAD_MAX, 1)
    travel = section.get("travel") if section else None
    return ChannelEconomics(
        channel=channel,
        cost_minor=each * times,
        close_rate=_close_lines(draft, lines, channel),
        travel_minor=_travel(draft, travel),
    )


def _travel(draft: Draft, tree: Tree | None) -> tuple[tuple[str, int], ...]:
    found = []
    for territory, value in draft.read.named(tree, "a territory"):
        draft.read.known(value, territory, draft.names.territories, "territory", "territories")
        found.append((territory, draft.read.amount(value, "travel")))
    return tuple(found)


def _halves(draft: Draft, tree: Tree | None) -> tuple[int | None, tuple[tuple[str, int], ...]]:
    """Return the half-life of worth, and those of single lead sources."""
    if not isinstance(tree, Mapping):
        return draft.read.duration(tree, "`worth_halves_after`", least_ms=MINUTE_MS), ()
    usual: int | None = None
    by_source = []
    for entry in tree.entries:
        ms = draft.read.duration(entry.value, "`worth_halves_after`", least_ms=MINUTE_MS)
        if entry.key == "other":
            usual = ms
        elif ms is not None:
            by_source.append((read_word(entry.key) or entry.key, ms))
    return usual, tuple(by_source)


def _close_lines(draft: Draft, tree: Tree, channel: str) -> tuple[CloseLine, ...]:
    lines = []
    for item in draft.read.items(tree, f"`close_rate.{channel}`"):
        mapping = draft.read.mapping(item, ("won", "when"), "a close rate")
        if mapping is not None:
            lines.append(_close_line(draft, mapping))
    if all(line.when for line in lines):
        message = (
            f"leads that match no line are not worked {channel}: end with `- {{won: 5 of 100}}`"
        )
        draft.read.doubtful(tree, message)
    return tuple(lines)


def _close_line(draft: Draft, line: Mapping) -> CloseLine:
    tree, when = line.get("won"), line.get("when")
    found = _SHARE.fullmatch(tree.text.strip()) if isinstance(tree, Scalar) else None
    won, of = (int(found[1]), int(found[2])) if found else (0, 1)
    if found is None or not 0 < of <= OF_MAX or won > of:
        draft.read.wrong(tree or line, "a close rate is written as `won: 30 of 100`")
    label = f"won {won} of {of}" + (f", when {written(when)}" if when else "")
    return CloseLine(won, of, read_when(draft, when), label)
