"""``lead-router assign``: give a lead to a rep by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer
from aiokafka.structs import TopicPartition
from rich.markup import escape

from router.cli.commanding import Actor, Reason, publish_command
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, progress, write_json
from router.cli.records import broker_errors
from router.cli.rep_names import rep_of
from router.core.explain.explain import People, headline
from router.core.model.assignment import Assignment, Outcome
from router.core.model.assignment import Reason as Why
from router.errors import LeadRouterError, UsageError
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import decisions_of, people_of
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

_WAIT_S = 15.0
_ENDED = frozenset({Outcome.CLOSED, Outcome.MERGED})


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("assign")(assign)


def assign(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The lead's id.")],
    *,
    to: Annotated[
        str,
        typer.Option("--to", metavar="REP", help="The new owner: rep id, id in a CRM, or name."),
    ],
    reason: Reason = None,
    actor: Actor = None,
    as_json: Json = False,
) -> None:
    """Give a lead to a rep, over caps and rotation; it counts as one of the rep's turns.

    Waits until the router has done it; exits with 1 if it has not within 15 seconds.

    Example: lead-router assign lead-4711 --to anna --reason "knows the customer"
    """
    settings = Settings()
    with progress(f"assigning {lead}"), broker_errors(settings, "assign a lead"):
        decision, people = asyncio.run(_assign(settings, lead, to, reason, actor))
    if as_json:
        write_json(decision)
    else:
        show(f"lead {escape(lead)}: {escape(headline(decision, people))}")


async def _assign(
    settings: Settings, lead: str, rep: str, reason: str | None, actor: str | None
) -> tuple[Assignment, People]:
    clients, topics = Clients(settings.kafka), topics_of(settings)
    decisions = await decisions_of(clients, topics.assignments, lead, lambda _: None)
    if not decisions:
        raise UsageError(f"no lead {lead} is known: see that its id is right")
    last = decisions[-1]
    people = await people_of(clients, topics, last["sales_org"])
    rep = rep_of(people, rep, last["sales_org"])
    _check(last, rep, people)
    held = await log_spans(clients, [topics.assignments])
    await publish_command(
        settings, "assign", lead, last["sales_org"], rep_id=rep, reason=reason, actor=actor
    )
    to_come = {source: Span(span.end or 0) for source, span in held.items()}
    try:
        async with asyncio.timeout(_WAIT_S):
            return await _wait_for(clients, to_come, lead, rep), people
    except TimeoutError:
        raise LeadRouterError(
            f"the command is published and the router has not assigned {lead} within"
            f" {_WAIT_S:.0f} s: see with `lead-router status` whether it runs, and with"
            f" `lead-router roster show` whether {rep} has left"
        ) from None


def _check(last: Assignment, rep: str, people: People) -> None:
    """Refuse what would change nothing.

    Raises:
        UsageError: the rep has the lead, or the lead has ended.
    """
    if last["outcome"] in _ENDED:
        raise UsageError(f"lead {last['lead_id']} is {last['outcome']}: it has no owner any more")
    if last.get("rep_id") == rep:
        raise UsageError(f"{people.name(rep)} has lead {last['lead_id']} already")


async def _wait_for(
    clients: Clients, to_come: Mapping[TopicPartition, Span], lead: str, rep: str
) -> Assignment:
    async for records in read_spans(clients, to_come):
        for record in records:
            if record.key == lead.encode():
                decision: Assignment = decode(record.value or b"{}")
                if decision["reason"] == Why.BY_OPERATOR and decision.get("rep_id") == rep:
                    return decision
    raise AssertionError("a span without an end has ended")
