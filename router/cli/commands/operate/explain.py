"""``lead-router explain``: what was decided about a lead, in plain words."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.text import Text

from router.cli.board_client import Told, ask_board
from router.cli.files import count_of
from router.cli.output.outcome_tables import show
from router.cli.output.story import show_lead
from router.cli.output.terminal import Json, progress, write_json
from router.cli.records import broker_errors
from router.core.explain.explain import excluded_reps, tell
from router.core.handlers.ignored_feedback import in_words
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries.ignored_feedback import ignored_report_of
from router.kafka.queries.lookups import decisions_of, people_of, records_with_key
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

Lead = Annotated[str, typer.Argument(metavar="LEAD", help="The lead's id.")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("explain")(explain)


def explain(lead: Lead, *, as_json: Json = False) -> None:
    """Tell the story of a lead: each decision with its reason, numbers, and who else was looked at.

    Exits with 1 if nothing was decided about it.

    Example: lead-router explain lead-4711
    """
    told = look_up(lead)
    if as_json:
        write_json(_as_json(lead, told))
    else:
        show_lead(told.decisions, told.people)
        if told.ignored is not None:
            show(Text(in_words(told.ignored)))


def look_up(lead_id: str) -> Told:
    """Find everything that was decided about a lead: the board is asked, else topics are read.

    Raises:
        LeadRouterError: nothing was, or the broker cannot be asked.
    """
    settings = Settings()
    told = ask_board(settings, lead_id)
    if told is not None:
        return told
    with progress(f"looking for {lead_id}") as report, broker_errors(settings, "explain a lead"):
        return asyncio.run(_find(settings, lead_id, report))


async def _find(settings: Settings, lead_id: str, report: Any) -> Told:
    clients, topics = Clients(settings.kafka), topics_of(settings)
    decisions = await decisions_of(clients, topics.assignments, lead_id, report)
    if not decisions:
        decisions = await decisions_of(clients, topics.shadow, lead_id, report)
    if not decisions:
        key = lead_id.encode()
        letters = await records_with_key(clients, topics.dead_letters, key, report)
        hint = (
            f"{count_of(len(letters), 'record')} of it {'is' if len(letters) == 1 else 'are'} among"
            " the dead letters: see `lead-router dead-letters list`"
            if letters
            else "see that its id is right, and with `lead-router status` that nothing lags"
        )
        raise LeadRouterError(f"nothing was decided about lead {lead_id}: {hint}")
    sales_org = decisions[0]["sales_org"]
    ignored = await ignored_report_of(clients, settings, sales_org, lead_id)
    return Told(decisions, await people_of(clients, topics, sales_org), ignored)


def _as_json(lead_id: str, told: Told) -> dict[str, Any]:
    return {
        "lead_id": lead_id,
        "ignored_feedback": None if told.ignored is None else in_words(told.ignored),
        "decisions": [
            {
                "headline": (story := tell(decision, told.people)).headline,
                "lines": [{"label": line.label, "text": line.text} for line in story.lines],
                "excluded_reps": excluded_reps(decision, told.people),
                "event": decision,
            }
            for decision in told.decisions
        ],
    }
