"""``lead-router pause``: an operator's command about a pool."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.markup import escape

from router.cli.commanding import Actor, Reason, SalesOrg, check_pool, publish_command, sales_org_of
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, write_json
from router.cli.records import broker_errors
from router.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("pause")(pause)


def pause(
    pool: Annotated[str, typer.Argument(metavar="POOL", help="As the policy names it.")],
    *,
    reason: Reason = None,
    actor: Actor = None,
    sales_org: SalesOrg = None,
    as_json: Json = False,
) -> None:
    """Stop giving out the leads of a pool: they wait in its backlog until it is resumed.

    Example: lead-router pause emea-inside --reason "team meeting"
    """
    settings = Settings()
    org = sales_org_of(settings, sales_org)
    with broker_errors(settings, "pause a pool"):
        record = asyncio.run(_publish(settings, pool, org, reason, actor))
    if as_json:
        write_json(record)
    else:
        show(
            f"pool {escape(pool)} of {escape(org)} is being paused: its leads wait in the backlog"
            f" until `lead-router resume {escape(pool)}`"
        )


async def _publish(
    settings: Settings, pool: str, sales_org: str, reason: str | None, actor: str | None
) -> dict[str, Any]:
    await check_pool(settings, pool, sales_org)
    return await publish_command(
        settings, "pause_pool", pool, sales_org, reason=reason, actor=actor
    )
