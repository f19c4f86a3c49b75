"""Operators' commands: published as records, so that they are part of the log like all else."""

from __future__ import annotations

import getpass
import time
import uuid
from contextlib import suppress
from typing import Annotated, Any

import typer

from router.cli.records import Outgoing, Publisher
from router.core.model.events import CommandType
from router.core.model.timestamps import rfc3339
from router.errors import UsageError
from router.intake.files.problems import did_you_mean, listed
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import latest_by_key
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

Actor = Annotated[
    str | None, typer.Option(help="Who does it, as a user id; yours on this machine if absent.")
]
Reason = Annotated[
    str | None,
    typer.Option(help="Why, for those who ask later: events tell it, so nothing personal."),
]
SalesOrg = Annotated[
    str | None, typer.Option("--sales-org", help="The default sales org if absent.")
]


def own_user() -> str:
    """Return the user id on this machine of whoever gives the command."""
    return getpass.getuser()


def sales_org_of(settings: Settings, given: str | None) -> str:
    """The sales org that a command is for.

    Raises:
        UsageError: there is no such one.
    """
    if given is not None and given not in settings.sales_orgs:
        known = ", ".join(settings.sales_orgs)
        raise UsageError(f"there is no sales org {given}; LEAD_ROUTER_SALES_ORGS has: {known}")
    return given or settings.default_sales_org


async def publish_command(
    settings: Settings, command: CommandType, subject: str, sales_org: str, **more: str | None
) -> dict[str, Any]:
    """Publish a command once intake would take it; returns the record.

    Raises:
        UsageError: intake would refuse it.
    """
    record: dict[str, Any] = {
        "command_id": str(uuid.uuid4()),
        "command": command,
        "subject": subject,
        "occurred_at": rfc3339(time.time_ns() // 1_000_000),
        "sales_org": sales_org,
        **{name: value for name, value in more.items() if value is not None},
    }
    record.setdefault("actor", own_user())
    value = encode(record)
    now_ms = time.time_ns() // 1_000_000
    answer = admit("commands", None, None, value, (), now_ms, IntakeContext.of(settings))
    if isinstance(answer, Rejected):
        raise UsageError(f"the command would be refused: {answer.detail}")
    topic = topics_of(settings).commands
    async with Publisher.started(Clients(settings.kafka), topic) as publisher:
        await publisher.put([Outgoing(subject, value)])
    return record


async def check_pool(settings: Settings, pool: str, sales_org: str) -> None:
    """Make sure that a published policy of the sales org has the pool.

    Raises:
        UsageError: none has.
    """
    topic = topics_of(settings).policies
    known: set[str] = set()
    for value in (await latest_by_key(Clients(settings.kafka), topic)).values():
        # Anyone can write anything there; intake names what is no policy among the dead letters.
        with suppress(ValueError, RecursionError, AttributeError, KeyError, TypeError):
            document = decode(value)
            if (document.get("sales_org") or settings.default_sales_org) == sales_org:
                known |= {each["pool_id"] for each in document["compiled"]["pools"]}
    if pool not in known:
        hint = did_you_mean(pool, known) or f"; pools are: {listed(sorted(known))}"
        raise UsageError(f"no policy of {sales_org} has a pool {pool}{hint}")
