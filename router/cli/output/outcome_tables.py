"""Tables of counted leads: by outcome, by channel and pool, by rep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from router.cli.output.terminal import out
from router.core.explain.formatting import money
from router.offline.outcome_counts import Tally

WIDTH_MAX = 100
Name = Callable[[str], str]


def show(*things: Any) -> None:
    """Write tables and lines, at most 100 columns wide."""
    for thing in things:
        out.print(thing, width=min(out.width, WIDTH_MAX))


def table_of(title: str, *columns: str) -> Table:
    """An empty table; a column whose name begins with ``>`` holds numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.pad_edge, table.padding = False, (0, 1, 0, 0)
    for name in columns:
        is_number = name.startswith(">")
        table.add_column(
            name.removeprefix(">"),
            justify="right" if is_number else "left",
            no_wrap=is_number,
            overflow="fold",
        )
    return table


def percent(part: int, whole: int) -> str:
    """``12.5 %``."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def in_words(enum_value: str) -> str:
    """``account_owner`` → ``account owner``."""
    return enum_value.replace("_", " ")


def by_outcome(tally: Tally) -> Table:
    """How many leads ended how, and why."""
    table = table_of("By outcome", "outcome", "reason", ">leads", ">share", ">worth")
    total = len(tally.rows)
    for (outcome, reason), share in tally.shares(lambda row: (row.outcome, row.reason)):
        table.add_row(
            in_words(outcome),
            in_words(reason),
            f"{share.leads:,}",
            percent(share.leads, total),
            whole_money(share.value_minor, tally.currency),
        )
    table.add_section()
    worth = whole_money(tally.value_minor, tally.currency)
    table.add_row("all leads", "", f"{total:,}", percent(total, total), worth)
    return table


def by_pool(tally: Tally) -> Table:
    """Leads that a rep has, by channel and pool."""
    table = table_of(
        "By channel and pool (leads that a rep has now)",
        "channel", "pool", ">reps", ">leads", ">share", ">worth", ">worth a lead",
    )  # fmt: skip
    shares = tally.shares(lambda row: (row.channel or "", row.pool_id or ""), owned_only=True)
    total = sum(share.leads for _, share in shares)
    reps: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for row in tally.rows.values():
        reps[row.channel or "", row.pool_id or ""].add(row.rep_id if row.is_owned else None)
    for (channel, pool), share in shares:
        table.add_row(
            escape(channel or "-"),
            escape(pool) or "by name",
            f"{len(reps[channel, pool] - {None})}",
            f"{share.leads:,}",
            percent(share.leads, total),
            whole_money(share.value_minor, tally.currency),
            whole_money(share.value_minor // share.leads, tally.currency),
        )
    return table


def by_rep(tally: Tally, name: Name, *, at_most: int = 40) -> Table:
    """Leads by rep: now held, ever given, and what they are worth."""
    table = table_of("By rep", "rep", "name", ">has now", ">was given", ">worth now")
    held = dict(tally.shares(lambda row: row.rep_id or "", owned_only=True))
    order = sorted(
        set(held) | set(tally.given),
        key=lambda rep: (-held[rep].leads if rep in held else 0, rep),
    )
    for rep_id in order[:at_most]:
        share = held.get(rep_id)
        table.add_row(
            escape(rep_id),
            escape(name(rep_id)),
            f"{share.leads:,}" if share else "0",
            f"{tally.given[rep_id]:,}",
            whole_money(share.value_minor if share else 0, tally.currency),
        )
    if len(order) > at_most:
        table.add_row(f"and {len(order) - at_most} more", "", "", "", "")
    return table


def whole_money(minor: int, currency: str) -> str:
    """Money in whole units, for tables: ``EUR 30,000``."""
    if not minor:
        return "-"
    return money(minor, currency).partition(".")[0]
