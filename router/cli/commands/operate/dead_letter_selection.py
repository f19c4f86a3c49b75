"""Which dead letters a command is about: its options, checked, and the letters themselves."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer

from router.cli.output.terminal import progress
from router.cli.records import broker_errors
from router.errors import UsageError
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.files.problems import did_you_mean
from router.kafka.client.clients import Clients
from router.kafka.queries.dead_letter_reader import Box, Letter, Selection, read_box
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

STEPS = ("intake", "route", "engagement")
Step = Annotated[str | None, typer.Option(help="Only of `intake`, `route` or `engagement`.")]
Reason = Annotated[str | None, typer.Option(help="Only for this reason, such as not_json.")]
Partition = Annotated[int | None, typer.Option(min=0, help="Only of this partition.")]
First = Annotated[int | None, typer.Option("--from", min=0, help="From this offset on.")]
Last = Annotated[int | None, typer.Option("--to", min=0, help="Up to this offset.")]
Place = Annotated[str, typer.Argument(metavar="PLACE", help="partition/offset, as `list` shows.")]


def letters_of(selection: Selection, doing: str) -> Box:
    """Return the dead letters that are selected.

    Raises:
        UsageError: it names a step or a reason that no dead letter has: a slip, not "none".
        LeadRouterError: the broker cannot be asked.
    """
    for what, given, known in (
        ("step", selection.step, STEPS),
        ("reason", selection.reason, tuple(DeadLetterReason)),
    ):
        if given is not None and given not in known:
            near = did_you_mean(given, known) or f"; there are: {', '.join(known)}"
            raise UsageError(f"there is no {what} {given}{near}")
    settings = Settings()
    topic = topics_of(settings).dead_letters
    with progress(f"reading {topic}"), broker_errors(settings, doing):
        return asyncio.run(read_box(Clients(settings.kafka), topic, selection))


class _OfALead(msgspec.Struct):
    lead_id: str = ""


_read_lead = msgspec.json.Decoder(_OfALead).decode


def lead_of(letter: Letter) -> str | None:
    """Return the id of the lead that a dead letter is about, if it can be read and is an id.

    What has an ``@`` is an e-mail address that somebody took for an id: it is not shown.
    """
    try:
        lead_id = _read_lead(letter.record.value or b"").lead_id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return lead_id if lead_id and "@" not in lead_id else None
