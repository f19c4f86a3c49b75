"""``lead-router deliveries``: what destinations refused, sending it again, and trying one out."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.text import Text

from router.cli.commands.operate.explain import Lead
from router.cli.files import count_of
from router.cli.output.outcome_tables import show, table_of
from router.cli.output.terminal import Json, out, write_json
from router.cli.records import broker_errors
from router.core.explain.formatting import moment
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError, UsageError
from router.kafka.client.clients import Clients
from router.kafka.queries.failed_deliveries import FailedDelivery, failed_deliveries, retry
from router.kafka.queries.lookups import decisions_of
from router.kafka.topics.topic_names import topics_of
from router.roles.delivery.catalogue import destination_of
from router.roles.delivery.request import Destination, Request, idempotency_key
from router.settings import Settings

deliveries = typer.Typer(
    help="Assignments on their way out: what failed, send it again, try one.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="DESTINATION", help="As the settings name it.")]

_SECRET_HEADERS = ("authorization",)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(deliveries, name="deliveries")


@deliveries.command(name="list")
def list_(*, as_json: Json = False) -> None:
    """Show deliveries that failed and were not sent again, the latest last.

    Example: lead-router deliveries list
    """
    found = _failed(Settings())
    if as_json:
        write_json([_as_json(each) for each in found])
        return
    if not found:
        show("no failed deliveries")
        return
    table = table_of("Failed deliveries", "destination", "when (UTC)", "assignment", "why", "now")
    for each in found:
        table.add_row(
            each.destination,
            moment(rfc3339(each.record.timestamp))[5:19],
            escape(each.assignment["assignment_id"]),
            escape(each.why),
            "a later decision stands" if each.is_superseded else "waits",
        )
    show(table)
    show("Mend the cause, then `lead-router deliveries retry DESTINATION`")


@deliveries.command(name="retry")
def retry_(destination: Name, *, as_json: Json = False) -> None:
    """Bring what a destination refused there again, except where a later decision stands.

    Example: lead-router deliveries retry crm
    """
    settings = Settings()
    _destination(settings, destination)
    found = [each for each in _failed(settings) if each.destination == destination]
    wanted = [each for each in found if not each.is_superseded]
    with broker_errors(settings, "send failed deliveries again"):
        asyncio.run(retry(Clients(settings.kafka), topics_of(settings), wanted))
    if as_json:
        write_json({"retried": [_as_json(each) for each in wanted]})
        return
    left = len(found) - len(wanted)
    later = f"; {left} left alone, as a later decision stands" if left else ""
    show(f"{count_of(len(wanted), 'delivery', 'deliveries')} sent again to {destination}{later}")


@deliveries.command(name="try")
def try_(destination: Name, lead: Lead, *, as_json: Json = False) -> None:
    """Print the call for the last decision about a lead, without its secrets; send nothing.

    Example: lead-router deliveries try crm L-1003
    """
    settings = Settings()
    made = _destination(settings, destination)
    with broker_errors(settings, "look up a lead"):
        topic = topics_of(settings).assignments
        decisions = asyncio.run(
            decisions_of(Clients(settings.kafka), topic, lead, lambda _report: None)
        )
    if not decisions:
        raise LeadRouterError(f"nothing has been decided about {lead}: check the id")
    last = decisions[-1]
    key = idempotency_key(last["assignment_id"], destination)
    request = made.render(last, key, int(time.time()))
    if request is None:
        told = f"{last['assignment_id']} ({last['outcome']}) has nothing to say to {destination}"
        show(escape(f"{told}: see docs/connect for what it needs"))
        return
    call = _without_secrets(request)
    if as_json:
        write_json(call)
        return
    out.print(Text(f"{call['method']} {call['url']}"), soft_wrap=True)
    for name, text in call["headers"].items():
        out.print(Text(f"{name}: {text}"), soft_wrap=True)
    out.print(Text("\n" + call["body"]), soft_wrap=True)


def _without_secrets(request: Request) -> dict[str, Any]:
    address = urlsplit(request.url)
    headers = {
        name: "***" if name in _SECRET_HEADERS else text for name, text in request.headers.items()
    }
    return {
        "method": request.method,
        "url": address._replace(netloc=address.netloc.rpartition("@")[2]).geturl(),
        "headers": headers,
        "body": request.body.decode(),
    }


def _destination(settings: Settings, name: str) -> Destination:
    if name not in settings.destinations:
        known = ", ".join(settings.destinations) or "none: see docs/connect/webhook.md"
        raise UsageError(f"no such destination: {name}; there are: {known}")
    return destination_of(settings.destinations[name])


def _failed(settings: Settings) -> list[FailedDelivery]:
    with broker_errors(settings, "list failed deliveries"):
        return asyncio.run(failed_deliveries(Clients(settings.kafka), topics_of(settings)))


def _as_json(failed: FailedDelivery) -> dict[str, Any]:
    return {
        "destination": failed.destination,
        "assignment_id": failed.assignment["assignment_id"],
        "lead_id": failed.assignment["lead_id"],
        "failed_at": rfc3339(failed.record.timestamp),
        "why": failed.why,
        "is_superseded": failed.is_superseded,
    }
