"""``lead-router pause`` and ``resume``: an operator's commands about a pool."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from router.cli.commanding import Actor, Reason, SalesOrg, check_pool, publish_command, sales_org_of
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, write_json
from router.cli.records import broker_errors
from router.settings import Settings

PoolName = Annotated[str, typer.Argument(metavar="POOL", help="As the policy names it.")]


def register(app: typer.Typer) -> None:
    """Add both commands to the program."""
    app.command("pause")(pause)
    app.command("resume")(resume)


def pause(
    pool: PoolName,
    *,
    reason: Reason = None,
    actor: Actor = None,
    sales_org: SalesOrg = None,
    as_json: Json = False,
) -> None:
    """Stop giving out the leads of a pool: they wait in its backlog until it is resumed.

    Example: lead-router pause emea-inside --reason "team meeting"
    """
    record = _command("pause_pool", pool, sales_org, reason, actor)
    _tell(
        record,
        f"being paused: its leads wait in the backlog until `lead-router resume {escape(pool)}`",
        as_json=as_json,
    )


def resume(
    pool: PoolName,
    *,
    reason: Reason = None,
    actor: Actor = None,
    sales_org: SalesOrg = None,
    as_json: Json = False,
) -> None:
    """Give out the leads of a paused pool again, those that wait first.

    Example: lead-router resume emea-inside --reason "team meeting"
    """
    record = _command("resume_pool", pool, sales_org, reason, actor)
    _tell(record, "being resumed: leads that wait are offered with the next tick", as_json=as_json)


def _command(
    command: Literal["pause_pool", "resume_pool"],
    pool: str,
    sales_org: str | None,
    reason: str | None,
    actor: str | None,
) -> dict[str, Any]:
    settings = Settings()
    org = sales_org_of(settings, sales_org)
    with broker_errors(settings, f"{command.partition('_')[0]} a pool"):
        return asyncio.run(_publish(settings, command, pool, org, reason=reason, actor=actor))


async def _publish(
    settings: Settings,
    command: Literal["pause_pool", "resume_pool"],
    pool: str,
    sales_org: str,
    **more: str | None,
) -> dict[str, Any]:
    await check_pool(settings, pool, sales_org)
    return await publish_command(settings, command, pool, sales_org, **more)


def _tell(record: dict[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        write_json(record)
    else:
        show(f"pool {escape(record['subject'])} of {escape(record['sales_org'])} is {what}")
