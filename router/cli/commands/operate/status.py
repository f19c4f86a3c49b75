"""``lead-router status``: how the router is doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text

from router.cli.files import count_of
from router.cli.output.outcome_tables import in_words, percent, show, table_of, whole_money
from router.cli.output.terminal import Json, progress, write_json
from router.cli.records import broker_errors
from router.cli.status_read import STEPS, Status, now_ms, run_status
from router.cli.status_state import Outside, UnknownName
from router.core.explain.explain import said_by
from router.core.explain.formatting import moment, span
from router.core.explain.messages import IGNORED
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError
from router.intake.files.problems import listed
from router.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("status")(status)


def status(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if intake, route or streams is down.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show lag, rates, outcomes, the backlog, dead letters, paused pools and versions.

    All of it is read from the broker; the router need not run. Lag of route is by partition of
    the inbox and the sales orgs in it. Paused pools are those that route holds paused: a command
    counts when route has taken it in.

    Example: lead-router status --check
    """
    settings = Settings()
    with progress("reading topics"), broker_errors(settings, "read the status"):
        found = run_status(settings)
    if as_json:
        write_json(_as_json(found))
    else:
        _show(found)
    down = [step for step in STEPS if not found.processes_of(step)]
    if check and down:
        raise LeadRouterError(
            f"not running: {listed(down)}; start what is missing with `lead-router run --roles"
            f" {','.join(down)}`"
        )


def _show(found: Status) -> None:
    _show_versions(found)
    _show_lags(found)
    _show_flow(found)
    _show_backlog(found)
    for org, count in found.outside.items():
        wait = f"1 lead of {org} waits" if count == 1 else f"{count:,} leads of {org} wait"
        show(
            f"[yellow]owners not on the roster:[/yellow] {escape(wait)} for them; `lead-router"
            " explain LEAD` names a lead's, and once `lead-router roster apply` has brought them"
            " in, the leads are theirs",
        )
    if found.route.outside_owners:
        show(f"  they are: {escape(_named(found.route.outside_owners))}", Text())
    if found.route.unknown_names:
        reports = sum(row.reports for row in found.route.unknown_names)
        show(
            f"[yellow]reps whom no roster names:[/yellow] {count_of(reports, 'report')} changed"
            f" nothing, of {escape(_named(found.route.unknown_names))}; give the reps these ids as"
            " `crm_ids` in the roster, or have the CRM send theirs",
            Text(),
        )
    for ignored in found.route.ignored_feedback:
        told = f"the last report of {count_of(ignored.leads, 'lead')} of {ignored.sales_org}"
        show(
            f"[yellow]reports without effect:[/yellow] {escape(told)} changed nothing:"
            f" {IGNORED.get(ignored.why, ignored.why)}; such as `lead-router explain"
            f" {escape(ignored.lead_id)}`",
            Text(),
        )
    _show_dead_letters(found)
    for leap in found.route.leaps:
        show(
            f"[red]the broker's clock has leapt[/red] by {span(leap.by_ms // 1000)} in inbox"
            f" partition {leap.partition}: no clock fires there until it has come back or gone on"
            " like this; see LeadRouterClockLeapt in docs/operations.md",
            Text(),
        )
    for ending in found.route.endings:
        reps = "1 rep" if ending.reps == 1 else f"{ending.reps:,} reps"
        show(
            f"[yellow]roster:[/yellow] holidays and changes of the clocks of {reps} of"
            f" {escape(ending.sales_org)} are known until {ending.known_until[:10]} only;"
            " `lead-router roster apply` with the same file renews them",
            Text(),
        )
    for sales_org, pool, command in found.route.paused:
        said = f", {said_by(command)}" if command else ""
        show(f"[yellow]paused:[/yellow] pool {escape(f'{pool} of {sales_org}{said}')}")
    for sales_org, rep_id, until, note in found.route.away:
        said = f"{rep_id} of {sales_org} until {moment(until)}, {said_by(note)}"
        show(f"[yellow]away:[/yellow] {escape(said)}")
    for topic, partitions, used in found.grown:
        show(
            f"[yellow]partitions added:[/yellow] {topic} has {partitions} and the first {used} are"
            " used: everything stays where it is, and the others stay empty"
        )


def _show_versions(found: Status) -> None:
    running = {group.step: group for group in found.groups}
    for step in STEPS:
        group = running.get(step)
        count = group.processes if group else 0
        mark = "[green]running[/green]" if count else "[red]not running[/red]"
        state = f", group {group.state.lower()}" if group and count else ""
        show(f"{step:7} {mark}, {count} process{'' if count == 1 else 'es'}{state}")
    for policy in found.policies:
        show(
            f"policy  {escape(policy.policy_id)} version {policy.version} for"
            f" {escape(policy.sales_org)}, published {moment(policy.published_at)}"
        )
    if not found.policies:
        show("policy  none: leads wait for `lead-router policy publish`")
    last = found.last_decision
    if last is not None:
        used = last.get("policy")
        by = f"policy {used['id']} version {used['version']}" if used else "no policy"
        show(
            f"last decision {moment(last['decided_at'])}, {_ago(last['decided_at'])} ago, by"
            f" {escape(by)}, roster version {last['roster_version']}"
            + (escape(f", {said_by(last['by_hand'])}") if "by_hand" in last else "")
        )
    show(Text())


def _ago(rfc3339_text: str) -> str:
    then_ms = int(datetime.fromisoformat(rfc3339_text).timestamp() * 1000)
    return span(max(0, now_ms() - then_ms) // 1000)


def _show_lags(found: Status) -> None:
    table = table_of(
        "Waiting to be processed", "step", "topic", "partition", "sales orgs", ">records"
    )
    for step in ("intake", "streams"):
        by_topic: dict[str, int] = {}
        for lag in found.lags:
            if lag.step == step:
                by_topic[lag.topic] = by_topic.get(lag.topic, 0) + lag.waiting
        for topic, waiting in by_topic.items():
            if waiting or len(by_topic) == 1:
                table.add_row(step, topic, "all", "", f"{waiting:,}")
        if len(by_topic) > 1 and not any(by_topic.values()):
            table.add_row(step, "all inputs", "all", "", "0")
    for lag in found.lags:
        if lag.step == "route" and (lag.sales_orgs or lag.waiting):
            orgs = ", ".join(lag.sales_orgs)
            table.add_row("route", lag.topic, str(lag.partition), escape(orgs), f"{lag.waiting:,}")
    show(table)


def _show_flow(found: Status) -> None:
    minute = ", ".join(f"{count:,} in {topic}" for topic, count in found.last_minute.items())
    show(f"Records of the last minute: {minute}", Text())
    total = sum(found.outcomes.values())
    table = table_of("Leads now", "outcome", ">leads", ">share")
    for outcome, count in found.outcomes.items():
        table.add_row(in_words(outcome), f"{count:,}", percent(count, total))
    table.add_section()
    table.add_row("all leads", f"{total:,}", "")
    show(table)


def _show_backlog(found: Status) -> None:
    if not found.backlog:
        show("Backlog: empty", Text())
        return
    table = table_of("Backlog", "sales org", "pool", "reason", ">leads", ">oldest waits", ">worth")
    for row in found.backlog:
        table.add_row(
            escape(row.sales_org),
            escape(row.pool_id or "-"),
            in_words(row.reason),
            f"{row.leads:,}",
            _ago(row.oldest),
            whole_money(row.value_minor, row.currency),
        )
    show(table)


def _show_dead_letters(found: Status) -> None:
    if not found.dead_letters:
        show("Dead letters: none", Text())
        return
    table = table_of("Dead letters", "step", "sales org", "reason", ">count", "latest")
    for each in found.dead_letters:
        latest = moment(rfc3339(each.latest_ms))
        org = escape(each.sales_org or "-")
        table.add_row(each.step, org, in_words(each.reason), f"{each.letters:,}", latest)
    show(table, "Those not sent again; look at them with `lead-router dead-letters list`.")


def _named(rows: Sequence[Outside | UnknownName]) -> str:
    """Return the names with the most leads or reports, each with how many."""
    shown = ", ".join(f"{row.name} ({row[2]:,})" for row in rows[:_NAMES_SHOWN])
    more = len(rows) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


_NAMES_SHOWN = 6
_ROWS = ("groups", "lags", "backlog", "dead_letters", "policies", "grown")
_ROUTE_ROWS = (
    "leaps",
    "endings",
    "paused",
    "away",
    "outside_owners",
    "unknown_names",
    "ignored_feedback",
)


def _as_json(found: Status) -> dict[str, Any]:
    plain = asdict(found)
    for name in _ROWS:
        plain[name] = [each._asdict() for each in getattr(found, name)]
    plain["outside"] = found.outside
    del plain["route"]
    for name in _ROUTE_ROWS:
        plain[name] = [each._asdict() for each in getattr(found.route, name)]
    return plain
