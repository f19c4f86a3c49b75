"""``lead-router policy``: check a policy, try it on a lead; publish it, look at those published."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from router.cli.commands.setup.policy_publish import publish
from router.cli.commands.setup.policy_versions import history, show
from router.cli.file_options import (
    Currency,
    DateFormat,
    Decimal,
    Encoding,
    TimeZone,
    style_of,
)
from router.cli.files import count_of, format_of, problems_as_json, read_text, show_problems
from router.cli.output.terminal import Json, out, write_json
from router.cli.output.trial_report import describe
from router.core.model.events import RosterEntry
from router.core.model.policy import Policy
from router.errors import LeadRouterError, UsageError
from router.intake.files.problems import FileProblem
from router.intake.files.roster_file import read_roster, reps_of
from router.intake.policy import CheckedPolicy, check_policy
from router.intake.policy.roster_checks import check_against_roster
from router.intake.policy.scalars import moment_ms
from router.intake.policy.tree import TEXT_BYTES_MAX
from router.intake.records.context import IntakeContext
from router.offline.trial import run_trial
from router.settings import Settings

policy = typer.Typer(
    help="Check a policy, try it, publish it; show the one in force and those before.",
    no_args_is_help=True,
)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as YAML.")]
RosterOption = Annotated[Path | None, typer.Option("--roster", help="A roster to check it with.")]


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    for command in (publish, show, history):
        policy.command()(command)
    app.add_typer(policy, name="policy")


@policy.command()
def check(
    path: PolicyFile,
    *,
    roster: RosterOption = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    as_json: Json = False,
) -> None:
    """Say everything that is wrong with a policy, by line; exits with 1 if it cannot be used.

    With a roster also which pools have no member and which territories nobody serves; `--encoding`
    and `--date-format` are of the roster.

    Example: lead-router policy check policy.yaml --roster roster.csv
    """
    text = _policy_text(path)
    checked = check_policy(text, published_at_ms=_now_ms())
    problems = list(checked.problems)
    if roster is not None and checked.policy is not None:
        problems += check_against_roster(
            checked.policy, _reps(roster, encoding, date_format), checked.spots
        )
    if as_json:
        _write_check(checked, problems)
    else:
        show_problems(path, problems, text)
        out.print(escape(_verdict(path, checked, problems)), soft_wrap=True)
    if checked.policy is None:
        raise typer.Exit(1)


def _write_check(checked: CheckedPolicy, problems: list[FileProblem]) -> None:
    write_json(
        {
            "policy_id": checked.policy.policy_id if checked.policy else None,
            "valid": checked.policy is not None,
            "problems": problems_as_json(problems),
        }
    )


def _verdict(path: Path, checked: CheckedPolicy, problems: list[FileProblem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = count_of(len(problems) - errors, "warning")
    if checked.policy is None:
        return f"{path}: {count_of(errors, 'error')}, {warnings}; nothing can be published"
    return f"{path}: good, {warnings}; {_summary(checked.policy)}"


def _summary(found: Policy) -> str:
    parts = (
        count_of(len(found.markets), "market"),
        count_of(len(found.territories), "territory", "territories"),
        count_of(len(found.pools), "pool"),
        count_of(len(found.channel), "channel line"),
    )
    return f"policy `{found.policy_id}`: {', '.join(parts)}"


@policy.command(name="try")
def try_(  # noqa: PLR0913 - each is an option
    path: PolicyFile,
    lead: Annotated[Path, typer.Argument(metavar="LEAD", help="A lead event, as JSON.")],
    *,
    roster: RosterOption = None,
    accounts: Annotated[Path | None, typer.Option(help="Accounts, as CSV or JSON.")] = None,
    at: Annotated[
        str | None, typer.Option(help="Decide as of this time (RFC 3339); now if absent.")
    ] = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    time_zone: TimeZone = None,
    decimal: Decimal = None,
    currency: Currency = None,
    as_json: Json = False,
) -> None:
    """Decide about a lead as the router would, without a broker and without any effect.

    LEAD holds a lead event of the contract, a list of them, or one in each line; without its
    `event_id`, `event_type` and `occurred_at` they are filled in. Exits with 1 if it is refused.

    Example: lead-router policy try policy.yaml lead.json --roster roster.csv
    """
    text = _policy_text(path)
    at_ms = _at_ms(at)
    checked = check_policy(text, published_at_ms=at_ms)
    if checked.policy is None:
        show_problems(path, checked.problems, text)
        raise LeadRouterError(f"{path} cannot be tried: mend the errors above")
    style = style_of(date_format, time_zone, decimal, currency)
    leads = read_text(lead, encoding=encoding)
    trials = run_trial(
        checked.policy, lead, leads, style, roster=roster, accounts=accounts, at_ms=at_ms
    )
    if as_json:
        write_json(trials.as_json())
        return
    for line in describe(trials):
        out.print(line, soft_wrap=True)


def _at_ms(at: str | None) -> int:
    if at is None:
        return _now_ms()
    found = moment_ms(at)
    if found is None:
        raise UsageError(f"--at {at} is no time: write 2027-01-04T08:00:00Z, with its offset")
    return found


def _policy_text(path: Path) -> str:
    return read_text(path, bytes_max=TEXT_BYTES_MAX)


def _reps(path: Path, encoding: str | None, date_format: str | None) -> list[RosterEntry]:
    """The reps of a roster file as intake makes them; its errors end the command."""
    text, now_ms = read_text(path, encoding=encoding), _now_ms()
    context, style = IntakeContext.of(Settings()), style_of(date_format)
    found = read_roster(text, format_of(path), context, now_ms, style=style)
    if found.has_errors:
        show_problems(path, found.problems)
        raise LeadRouterError(f"{path} cannot be used: mend the errors above")
    return reps_of(found.records, context, now_ms)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
