"""``lead-router feedback``: say what became of a lead, as a CRM would."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from typing import Annotated, Any, NamedTuple, get_args

import typer
from aiokafka.structs import TopicPartition
from rich.markup import escape

from router.cli.commanding import own_user
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, progress, write_json
from router.cli.records import Outgoing, Publisher, broker_errors
from router.cli.rep_names import rep_of
from router.core.explain.explain import People, headline
from router.core.explain.messages import READ_PROBLEMS
from router.core.handlers.ignored_feedback import IgnoredReport, in_words
from router.core.model.assignment import Assignment
from router.core.model.events import FeedbackType
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError, UsageError
from router.intake.files.problems import did_you_mean
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.kafka.client.clients import Clients
from router.kafka.queries.ignored_feedback import ignored_key
from router.kafka.queries.lookups import decisions_of, people_of
from router.kafka.queries.reader import Span, log_spans, read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.changelog import MESSAGE_PACKING
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

TYPES: tuple[str, ...] = get_args(FeedbackType)
_NEED_REP = ("owner_changed", "claimed")
_WAIT_S = 15.0
_REST_S = 0.7
"""A transaction's records in other partitions come within so long of the first."""
_AMOUNT = re.compile(r"([A-Za-z]{3}) ?([0-9.]+)|([0-9.]+) ?([A-Za-z]{3})")


class Answer(NamedTuple):
    """The router's answer to a report: decisions, or why it changed nothing, or neither."""

    decisions: list[Assignment]
    ignored: IgnoredReport | None
    people: People


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("feedback")(feedback)


def feedback(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The lead's id.")],
    what: Annotated[str, typer.Argument(metavar="TYPE", help=f"One of: {', '.join(TYPES)}.")],
    *,
    rep: Annotated[
        str | None, typer.Option(help="Who did it, or the new owner: rep id, CRM id or name.")
    ] = None,
    amount: Annotated[str | None, typer.Option(help="Of a deal won, such as 'EUR 1200'.")] = None,
    reason: Annotated[str | None, typer.Option(help="A word such as no_budget.")] = None,
    into: Annotated[
        str | None, typer.Option("--into", metavar="LEAD", help="Of merged: the lead that remains.")
    ] = None,
    actor: Annotated[
        str | None, typer.Option(help="Who reports it, as a user id; yours if absent.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Report what became of a lead, as the CRM does, and say what the router made of it.

    Waits until the router has taken it in; exits with 1 if it changed nothing (the reason is
    told), or has not come within 15 seconds.

    Example: lead-router feedback lead-4711 won --amount "EUR 1200"
    """
    settings = Settings()
    more = {"reason": reason, "into_lead_id": into, "actor": actor or own_user()}
    record = _record(lead, what, more, amount)
    with progress(f"reporting {what} of {lead}"), broker_errors(settings, "report about a lead"):
        answer = asyncio.run(_report(settings, record, rep))
    if as_json:
        write_json(
            {
                "feedback": record,
                "ignored": None if answer.ignored is None else in_words(answer.ignored),
                "decisions": answer.decisions,
            }
        )
    if answer.ignored is not None:
        raise LeadRouterError(in_words(answer.ignored))
    if not as_json:
        _show(lead, what, answer)


def _record(
    lead: str, what: str, more: dict[str, str | None], amount: str | None
) -> dict[str, Any]:
    if what not in TYPES:
        hint = did_you_mean(what, TYPES) or f"; there are: {', '.join(TYPES)}"
        raise UsageError(f"there is no feedback {what}{hint}")
    record: dict[str, Any] = {
        "event_id": f"operator-{uuid.uuid4()}",
        "lead_id": lead,
        "feedback_type": what,
        "occurred_at": rfc3339(time.time_ns() // 1_000_000),
        **{name: value for name, value in more.items() if value is not None},
    }
    if amount is not None:
        found = _AMOUNT.fullmatch(amount.strip())
        if found is None:
            raise UsageError(f"--amount {amount} must read like 'EUR 1200' or '1200.50 EUR'")
        record["amount"] = {
            "amount": found[2] or found[3],
            "currency": (found[1] or found[4]).upper(),
        }
    return record


def _show(lead: str, what: str, answer: Answer) -> None:
    for decision in answer.decisions:
        said = headline(decision, answer.people)
        show(f"lead {escape(decision['lead_id'])}: {escape(said)}")
    if not answer.decisions:
        show(f"{what} of lead {escape(lead)} is noted; it stays where it is")


async def _report(settings: Settings, record: dict[str, Any], rep: str | None) -> Answer:
    clients, topics, lead = Clients(settings.kafka), topics_of(settings), record["lead_id"]
    decisions = await decisions_of(clients, topics.assignments, lead, lambda _: None)
    if not decisions and record["feedback_type"] != "erased":
        raise UsageError(f"no lead {lead} is known: see that its id is right")
    sales_org = decisions[-1]["sales_org"] if decisions else settings.default_sales_org
    people = await people_of(clients, topics, sales_org)
    record["sales_org"] = sales_org
    if rep is not None:
        record["rep_id"] = rep_of(people, rep, sales_org)
    elif record["feedback_type"] in _NEED_REP:
        raise UsageError(f"{record['feedback_type']} needs --rep: whose it is now")
    value = _checked(settings, record)
    held = await log_spans(clients, [topics.assignments, topics.state])
    async with Publisher.started(clients, topics.feedback) as publisher:
        await publisher.put([Outgoing(lead, value)])
    to_come = {source: Span(span.end or 0) for source, span in held.items()}
    found = _Seen(sales_org, lead, record["event_id"], topics.assignments)
    await _read_until_seen(clients, to_come, found)
    if not found.is_seen:
        raise LeadRouterError(
            f"the report is published and the router has not taken it in within {_WAIT_S:.0f} s:"
            " see with `lead-router status` whether it runs"
        )
    return Answer(found.decisions, found.ignored, people)


def _checked(settings: Settings, record: dict[str, Any]) -> bytes:
    value = encode(record)
    now_ms = time.time_ns() // 1_000_000
    answer = admit("feedback", None, None, value, (), now_ms, IntakeContext.of(settings))
    if isinstance(answer, Rejected):
        raise UsageError(f"the report would be refused: {answer.detail}")
    for each in answer.warnings:
        raise UsageError(f"`{each.field}` {READ_PROBLEMS[each.problem]}: nothing was sent")
    return value


async def _read_until_seen(
    clients: Clients, to_come: dict[TopicPartition, Span], found: _Seen
) -> None:
    """Read on until the report's effect is there, and what was committed with it."""
    try:
        async with asyncio.timeout(_WAIT_S) as wait:
            async for records in read_spans(clients, to_come):
                was_seen = found.is_seen
                for record in records:
                    found.take(record)
                if found.is_seen and not was_seen:
                    wait.reschedule(asyncio.get_running_loop().time() + _REST_S)
    except TimeoutError:
        return  # the span has no end: it is left when enough is seen, or nothing came


class _Seen:
    """A report's effect as far as it has been read."""

    def __init__(self, sales_org: str, lead_id: str, event_id: str, assignments: str) -> None:
        self._lead_key = f"lead/{sales_org}/{lead_id}".encode()
        self._erased_key = f"erased/{sales_org}/{lead_id}".encode()
        self._ignored_key = ignored_key(sales_org, lead_id)
        self._event_id = event_id
        self._assignments = assignments
        self.is_seen = False
        self.decisions: list[Assignment] = []
        self.ignored: IgnoredReport | None = None

    def take(self, record: Record) -> None:
        """Look at one record of the decisions or of the state."""
        value = record.value or b""
        if record.topic == self._assignments:
            decision: Assignment = decode(value or b"{}")
            if decision.get("event_id") == self._event_id:
                self.decisions.append(decision)
                self.is_seen = True
        elif record.key == self._ignored_key and value:
            report: IgnoredReport = tuple(decode(value))
            if report[0] == self._event_id:
                self.ignored, self.is_seen = report, True
        elif record.key == self._erased_key:  # also of a lead that is known no more
            self.is_seen = True
        elif record.key == self._lead_key and value:
            self.is_seen |= self._event_id in str(MESSAGE_PACKING.decode(value))
