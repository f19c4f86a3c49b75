"""``lead-router why-not``: why a rep did not get a lead."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from router.cli.commands.operate.explain import Lead, look_up
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, write_json
from router.cli.rep_names import rep_of
from router.core.explain.explain import headline, why_not
from router.core.explain.formatting import moment


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("why-not")(command)


def command(
    rep: Annotated[str, typer.Argument(metavar="REP", help="The rep's id, id in a CRM, or name.")],
    lead: Lead,
    *,
    as_json: Json = False,
) -> None:
    """Say why a rep did not get a lead, for each decision about it.

    Example: lead-router why-not anna lead-4711
    """
    told = look_up(lead)
    rep_id = rep_of(told.people, rep)
    answers = [why_not(decision, rep_id, told.people) for decision in told.decisions]
    if as_json:
        write_json(
            [
                {"sequence": each["sequence"], "decided_at": each["decided_at"], "why": why}
                for each, why in zip(told.decisions, answers, strict=True)
            ]
        )
        return
    for decision, why in zip(told.decisions, answers, strict=True):
        said = escape(headline(decision, told.people))
        show(f"{decision['sequence']}. {moment(decision['decided_at'])}: {said}")
        show(f"   [bold]{escape(why)}[/bold]")
